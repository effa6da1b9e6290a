import { html } from "hono/html";
import type { HealthDetails } from "../health.ts";
import type { Html } from "../page.ts";
import type { PartState } from "../../telemetry/conditions.ts";
import { formatBytes } from "./format.ts";
import { tableView } from "./panel-view.ts";
import type { FigureTable } from "./figure-table.ts";

/** The state of rules, sources of evidence, origin server and stores. */
export function healthView(health: HealthDetails): Html {
  const { rules, refused, origin, memory, lists, directories } = health;
  const parts = [
    ["Rules in force", rules.version ?? "unknown", `since ${rules.since}`],
    [
      "Newest rules refused",
      refused === null ? "none" : `${refused.version}: the log has the faults`,
      refused === null ? "" : `at ${refused.at}`,
    ],
    [
      "Origin server",
      origin.up === null ? "not checked yet" : origin.up ? "reachable" : "down",
      `${origin.server ?? ""} ${origin.checked ?? ""}`,
    ],
    ...(["store", "ledger", "rates"] as const).map((name) => partRow(name, health[name])),
    ["Memory of caches", formatBytes(memory.used), `of ${formatBytes(memory.limit)}`],
  ] as const;
  const state: FigureTable = {
    columns: [
      { name: "part", title: "Part", kind: "text" },
      { name: "state", title: "State", kind: "text" },
      { name: "more", title: "Details", kind: "text" },
    ],
    rows: parts,
  };
  const sections = [
    ["State", "Each process reports its own.", state],
    [
      "Address lists",
      "Lists of operators, by which a claim is verified or refuted.",
      sources(lists, "Ranges"),
    ],
    ["Key directories", "Keys by which signatures are verified.", sources(directories, "Keys")],
    ["Telemetry", "Lines and figures that were dropped.", facts(health.telemetry)],
  ] as const;
  return html`${sections.map(
      ([title, about, table], i) =>
        html`<section class="panel" aria-labelledby="h${i}">
          <h2 id="h${i}">${title}</h2>
          <p class="about">${about}</p>
          ${tableView(title, table)}
        </section>`,
    )}
    <p>The same as JSON: <a href="/.wayleave/health">/.wayleave/health</a></p>`;
}

const PART_TITLES = { store: "Store", ledger: "Ledger of charges", rates: "Counts of limits" };

function partRow(name: keyof typeof PART_TITLES, { works, since, event }: PartState) {
  const more = works ? "" : `since ${since ?? "?"} (${event ?? "?"})`;
  return [PART_TITLES[name], works ? "works" : "fails", more] as const;
}

function sources(list: HealthDetails["lists"], entries: string): FigureTable {
  return {
    columns: [
      { name: "url", title: "Source", kind: "text" },
      { name: "entries", title: entries, kind: "count" },
      { name: "age", title: "Age in minutes", kind: "count" },
      { name: "failure", title: "Last fetch", kind: "text" },
    ],
    rows: list.map(({ url, entries: count, age, failure }) => [
      url,
      count,
      age === null ? null : Math.round(age / 60),
      failure ?? (age === null ? "not fetched yet" : "succeeded"),
    ]),
  };
}

function facts(object: object): FigureTable {
  return {
    columns: [
      { name: "what", title: "What", kind: "text" },
      { name: "value", title: "Value", kind: "text" },
    ],
    rows: Object.entries(object).map(([name, value]) => [
      name,
      typeof value === "object" ? JSON.stringify(value) : String(value),
    ]),
  };
}
