import { html } from "hono/html";
import { LOGOUT } from "../access/login.ts";
import type { ShownViewer } from "../operator-pages.ts";
import type { Html } from "../page.ts";
import {
  dateOf,
  FILTERS,
  FILTER_VALUES,
  queryOf,
  SPLITS,
  VIEWS,
  type DashboardRequest,
  type Filter,
  type RangeName,
  type View,
} from "./request.ts";

/** A page of the dashboard: its head, the views, and the content of the view. */
export function layout(asked: DashboardRequest, viewer: ShownViewer, content: Html): Html {
  return html`<a class="skip" href="#content">Skip to content</a>
    <header class="top">
      <h1>wayleave</h1>
      <nav aria-label="Views">
        <ul>
          ${Object.entries(VIEWS).map(([view, title]) => viewLink(asked, view as View, title))}
        </ul>
      </nav>
      <div class="who">${whoOf(viewer)}</div>
    </header>
    <main id="content" tabindex="-1">${content}</main>
    <footer>
      <p>All times are UTC. Figures are those of this installation, and nobody else gets them.</p>
    </footer>`;
}

function viewLink(asked: DashboardRequest, view: View, title: string): Html {
  const current = asked.view === view ? html` aria-current="page"` : "";
  return html`<li><a href="/.wayleave/${queryOf(asked, { view })}" ${current}>${title}</a></li>`;
}

function whoOf({ name, form }: ShownViewer): Html {
  if (form !== undefined) {
    return html`<form method="post" action="${LOGOUT}">
      <input type="hidden" name="form" value="${form}" /><button class="plain" type="submit">
        Log out
      </button>
    </form>`;
  }
  return html`${name === undefined ? "" : html`<span>${name}</span>`}`;
}

const RANGE_TITLES: Readonly<Record<RangeName, string>> = {
  "1h": "Last hour",
  "24h": "Last 24 hours",
  "7d": "Last 7 days",
  "30d": "Last 30 days",
  "90d": "Last 90 days",
  "365d": "Last year",
};

/** The form of range, filters and comparison. It sends a GET, so that all of it is in the URL. */
export function filterForm(asked: DashboardRequest): Html {
  const { range, from, to, by, isCompared, filters, view } = asked;
  const isCustom = range === "custom";
  const ranges = { ...RANGE_TITLES, ...(isCustom && { "": "Dates below" }) };
  return html`<form
    class="filters"
    method="get"
    action="/.wayleave/"
    aria-label="Range and filters"
  >
    <input type="hidden" name="view" value="${view}" />
    ${choice("range", "Range", ranges, isCustom ? "" : range)}
    ${view === "overview" ? choice("by", "Split by", SPLITS, by) : ""}
    <details class="more" ${isCustom || Object.keys(filters).length > 0 ? html` open` : ""}>
      <summary>Dates and filters</summary>
      <div>
        <label
          >From (replaces the range)<input
            type="date"
            name="from"
            value="${isCustom ? dateOf(from) : ""}"
        /></label>
        <label>To<input type="date" name="to" value="${isCustom ? dateOf(to - 1) : ""}" /></label>
        ${(Object.keys(FILTERS) as Filter[]).map((name) => filterField(name, filters[name] ?? ""))}
      </div>
    </details>
    <label class="check"
      ><input
        type="checkbox"
        name="compare"
        value="yes"
        ${isCompared ? html` checked` : ""}
      />Compare with the period before</label
    >
    <input type="hidden" name="shown" value="yes" />
    <button type="submit">Show</button>
  </form>`;
}

function filterField(name: Filter, value: string): Html {
  const values = FILTER_VALUES[name];
  if (values !== undefined) {
    const options = Object.fromEntries([["", "any"], ...values.map((each) => [each, each])]);
    return choice(name, FILTERS[name], options as Record<string, string>, value);
  }
  return html`<label
    >${FILTERS[name]}<input
      type="text"
      name="${name}"
      value="${value}"
      placeholder="any"
      maxlength="200"
      size="14"
      spellcheck="false"
  /></label>`;
}

function choice(
  name: string,
  title: string,
  values: Readonly<Record<string, string>>,
  chosen: string,
): Html {
  const options = Object.entries(values).map(
    ([value, text]) =>
      html`<option value="${value}" ${value === chosen ? html` selected` : ""}>${text}</option>`,
  );
  return html`<label
    >${title}<select name="${name}">
      ${options}
    </select></label
  >`;
}

/** The range in words. */
export function periodOf({ from, to, isCompared }: DashboardRequest): Html {
  const before = isCompared
    ? html`, compared with the ${text(from - (to - from))} to ${text(from)} before`
    : "";
  return html`<p class="period">${text(from)} to ${text(to)} UTC${before}.</p>`;
}

function text(at: number): string {
  return new Date(at * 1000).toISOString().slice(0, 16).replace("T", " ");
}
