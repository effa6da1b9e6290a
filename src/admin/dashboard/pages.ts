import { html } from "hono/html";
import type { Exchange } from "../../pipeline/exchange.ts";
import { problem } from "../../http/problem.ts";
import type { Awaitable, OwnResponse } from "../../pipeline/stage.ts";
import type { Log } from "../../telemetry/log.ts";
import { describeError } from "../../telemetry/describe-error.ts";
import { HOME } from "../access/login.ts";
import type { HealthDetails } from "../health.ts";
import type { ShownViewer, ViewerPage } from "../operator-pages.ts";
import { guarded, page, type Html } from "../page.ts";
import { svgFile } from "./chart/svg.ts";
import type { FigureSource } from "./figures.ts";
import { healthView } from "./health-view.ts";
import { filterForm, layout, periodOf } from "./layout.ts";
import { panelView, type LoadedPanel } from "./panel-view.ts";
import { Figures, type Panel, type PanelData } from "./panel.ts";
import { PANELS } from "./panels/index.ts";
import { parseDashboardRequest, VIEWS, type DashboardRequest } from "./request.ts";
import { csvOf, jsonOf } from "./figure-table.ts";
import { tilesView } from "./tiles.ts";

interface DashboardOptions {
  /** Undefined if this installation has no history. */
  readonly figures: (() => FigureSource | undefined) | undefined;
  readonly describe: () => Awaitable<HealthDetails>;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
}

/** The pages of the dashboard, and the files of each panel, by path. */
export function dashboardPages(
  options: DashboardOptions,
): readonly (readonly [path: string, page: ViewerPage])[] {
  const files = PANELS.flatMap((panel): (readonly [string, ViewerPage])[] => [
    [`/.wayleave/tables/${panel.name}.csv`, fileOf(options, panel, csvFile)],
    [`/.wayleave/tables/${panel.name}.json`, fileOf(options, panel, jsonFile)],
    [`/.wayleave/charts/${panel.name}.svg`, fileOf(options, panel, chartFile)],
  ]);
  return [[HOME, (exchange, viewer) => home(options, exchange, viewer)], ...files];
}

function requestOf(exchange: Exchange, now: number): DashboardRequest {
  const { target } = exchange;
  const start = target.indexOf("?");
  const search = new URLSearchParams(start === -1 ? "" : target.slice(start + 1));
  // A form does not send a box that is not ticked.
  if (search.has("shown") && !search.has("compare")) search.set("compare", "no");
  return parseDashboardRequest(search, now);
}

async function home(
  options: DashboardOptions,
  exchange: Exchange,
  viewer: ShownViewer,
): Promise<OwnResponse> {
  const asked = requestOf(exchange, options.now());
  const content =
    asked.view === "health"
      ? healthView(await options.describe())
      : await figuresView(options, asked);
  return page({ title: VIEWS[asked.view] }, layout(asked, viewer, content));
}

async function figuresView(options: DashboardOptions, asked: DashboardRequest): Promise<Html> {
  const { now, log } = options;
  const source = options.figures?.();
  if (source === undefined) return SET_UP;
  const figures = new Figures(source.reader, asked, now());
  const ofView = PANELS.filter(({ view }) => view === asked.view);
  const shown = ofView.filter((panel) => isIn(source, panel));
  const missing = ofView.filter((panel) => !isIn(source, panel)).map(({ title }) => title);
  const [tiles, ...panels] = await Promise.all([
    asked.view === "overview" ? tilesView(figures).catch(failed(log)) : undefined,
    ...shown.map((panel) => loaded(panel, figures, log)),
  ]);
  const sampled = source.isSampled === true ? SAMPLED : "";
  return html`${filterForm(asked)}${periodOf(asked)}${sampled}${tiles ?? ""}${panels.map((each) => panelView(each, asked))}${missing.length === 0 ? "" : nodeOnly(missing)}`;
}

function isIn({ has }: FigureSource, { source }: Panel): boolean {
  return has === undefined || has(source);
}

function nodeOnly(titles: readonly string[]): Html {
  return html`<p class="notice">Only a proxy on Node has these figures: ${titles.join(", ")}.</p>`;
}

async function loaded(panel: Panel, figures: Figures, log: Log): Promise<LoadedPanel> {
  return { panel, data: await panel.load(figures).catch(failed(log)) };
}

function failed(log: Log) {
  return (error: unknown): undefined => {
    log.warn("figures-failed", { error: describeError(error) });
  };
}

type MakeFile = (
  panel: Panel,
  data: PanelData,
) => Promise<readonly [type: string, extension: string, content: string] | undefined>;

const csvFile: MakeFile = async (_, { table }) => ["text/csv; charset=utf-8", "csv", csvOf(table)];
const jsonFile: MakeFile = async (_, { table }) => ["application/json", "json", jsonOf(table)];
const chartFile: MakeFile = async ({ title }, { chart }) =>
  chart && ["image/svg+xml", "svg", await svgFile(chart, title)];

/** A file of one panel, for the range and filters of the URL. */
function fileOf(
  { figures: find, now, log }: DashboardOptions,
  panel: Panel,
  make: MakeFile,
): ViewerPage {
  return async (exchange) => {
    const found = find?.();
    const source = found && isIn(found, panel) ? found : undefined;
    const figures = source && new Figures(source.reader, requestOf(exchange, now()), now());
    const data = figures && (await panel.load(figures).catch(failed(log)));
    const file = data && (await make(panel, data));
    if (file === undefined) {
      const name = figures !== undefined && data === undefined ? "store-unavailable" : "not-found";
      exchange.record?.refused(name, "endpoint");
      return problem(name, "There are no figures for this.", exchange.field("accept"));
    }
    const [type, extension, content] = file;
    const disposition = `attachment; filename="wayleave-${panel.name}.${extension}"`;
    return guarded(type, content, { more: [["content-disposition", disposition]] });
  };
}

const SAMPLED = html`<p class="notice">Cloudflare samples these figures: they are estimates.</p>`;

const SET_UP = html`<section class="panel">
  <h2>There are no figures yet</h2>
  <p>This installation has no history of requests.</p>
  <ul>
    <li>
      <strong>Node:</strong> set <code>"telemetry": { "history": "30d" }</code> in the rules file,
      and start the proxy with a store in a file.
    </li>
    <li>
      <strong>Cloudflare Workers:</strong> add the binding <code>ANALYTICS</code> for Analytics
      Engine to <code>wrangler.jsonc</code>, the variable <code>ACCOUNT_ID</code>, and the secret
      <code>ANALYTICS_TOKEN</code>: a token of your account with the permission Account Analytics,
      Read.
    </li>
  </ul>
  <p>See <code>docs/dashboard.md</code>. The view Health works without.</p>
</section>`;
