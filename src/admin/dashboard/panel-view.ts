import { html } from "hono/html";
import type { Html } from "../page.ts";
import { svgInPage } from "./chart/svg.ts";
import { formatCell } from "./format.ts";
import { ignoredFilters, type Panel, type PanelData } from "./panel.ts";
import { queryOf, type DashboardRequest } from "./request.ts";
import type { FigureCell, Column, FigureTable } from "./figure-table.ts";

/** The loaded figures of a panel, or that they could not be read. */
export type LoadedPanel = { readonly panel: Panel } & (
  | { readonly data: PanelData }
  | { readonly data: undefined }
);

/** A panel: its title, files, chart and table. */
export function panelView({ panel, data }: LoadedPanel, asked: DashboardRequest): Html {
  const { name, title, about } = panel;
  const ignored = ignoredFilters(panel, asked);
  const note =
    ignored.length === 0 ? "" : html` <strong>Not filtered by ${ignored.join(", ")}.</strong>`;
  return html`<section class="panel" aria-labelledby="${name}">
    <div class="head">
      <h2 id="${name}">${title}</h2>
      ${filesOf(panel, data, asked)}
    </div>
    <p class="about">${about}${note}</p>
    ${contentOf(title, data)}
  </section>`;
}

function filesOf({ name, title }: Panel, data: PanelData | undefined, asked: DashboardRequest) {
  if (data === undefined) return "";
  const query = queryOf(asked);
  const link = (path: string, type: string): Html =>
    html`<a href="/.wayleave/${path}${query}" aria-label="${title} as ${type}">${type}</a>`;
  const chart = data.chart === undefined ? "" : link(`charts/${name}.svg`, "SVG");
  return html`<span class="files"
    >${link(`tables/${name}.csv`, "CSV")}${link(`tables/${name}.json`, "JSON")}${chart}</span
  >`;
}

function contentOf(title: string, data: PanelData | undefined): Html {
  if (data === undefined) {
    return html`<p class="fault" role="alert">The figures can't be read; the log says why.</p>`;
  }
  const { chart, table } = data;
  if (chart === undefined) return tableView(title, table);
  const isEmpty = chart.series.every(({ values }) => values.every((value) => value === 0));
  if (isEmpty) return html`<p class="empty">No requests in this period.</p>`;
  return html`<figure>
      ${svgInPage(chart, title, "wide")}${svgInPage(chart, title, "narrow")}
    </figure>
    <details>
      <summary>Table: ${title}</summary>
      ${tableView(title, table)}
    </details>`;
}

/** A table with a bar in each cell of the columns that have bars. */
export function tableView(title: string, { columns, rows }: FigureTable): Html {
  if (rows.length === 0) return html`<p class="empty">Nothing in this period.</p>`;
  const largest = columns.map((_, i) =>
    Math.max(1, ...rows.map((cells) => (typeof cells[i] === "number" ? cells[i] : 0))),
  );
  const head = columns.map(
    ({ title: text, kind }) =>
      html`<th scope="col" class="${kind === "text" ? "text" : "number"}">${text}</th>`,
  );
  const body = rows.map(
    (cells) =>
      html`<tr>
        ${columns.map((column, i) => cellView(cells[i] ?? null, column, i === 0, largest[i] ?? 1))}
      </tr>`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${title}, table">
    <table>
      <caption>
        ${title}
      </caption>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

function cellView(
  cell: FigureCell,
  { kind, hasBar }: Column,
  isFirst: boolean,
  largest: number,
): Html {
  const text = formatCell(cell, kind);
  if (isFirst) return html`<th scope="row" class="text">${text}</th>`;
  if (kind === "text") return html`<td class="text">${text}</td>`;
  const share = hasBar === true && typeof cell === "number" ? (cell / largest) * 100 : undefined;
  const bar =
    share === undefined
      ? ""
      : html`<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
          <rect class="s0" width="${Math.round(share * 10) / 10}" height="4" />
        </svg>`;
  return html`<td class="number">${text}${bar}</td>`;
}
