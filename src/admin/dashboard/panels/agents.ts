import { COLOURS } from "../chart/chart.ts";
import { type Figures, type Panel, type PanelData } from "../panel.ts";
import { NOBODY } from "../../../telemetry/history/tables.ts";
import { chartWithTable } from "./chart-with-table.ts";
import { ranking } from "./ranking.ts";

/** Agents that a chart or table has, at most. */
const MOST_AGENTS = 20;

/** A group of requests that has a colour of its own. */
type Group = readonly [name: string, colour: number];

const CLASSES: Readonly<Record<string, Group>> = {
  "2": ["2xx success", COLOURS.good],
  "3": ["3xx redirect", COLOURS.plain],
  "4": ["4xx client error", COLOURS.warning],
  "5": ["5xx server error", COLOURS.bad],
  "1": ["1xx", COLOURS.odd],
  other: ["no status", COLOURS.neutral],
};

const VERDICTS: Readonly<Record<string, Group>> = {
  verified: ["verified", COLOURS.good],
  claimed: ["claimed", COLOURS.warning],
  spoofed: ["refuted by the address", COLOURS.bad],
  invalid: ["invalid signature", COLOURS.odd],
  anonymous: ["anonymous", COLOURS.neutral],
  other: ["rare, added up", COLOURS.plain],
};

/** Counts of agents in groups, as stacked bars with their table. */
function byAgent(
  groups: Readonly<Record<string, Group>>,
  rows: readonly { readonly agent: string; readonly group: string; readonly requests: number }[],
): PanelData {
  const agents = new Map<string, Map<string, number>>();
  for (const { agent, group, requests } of rows) {
    const counts = agents.get(agent) ?? new Map<string, number>();
    counts.set(group, (counts.get(group) ?? 0) + requests);
    agents.set(agent, counts);
  }
  const sorted = [...agents].toSorted(([, a], [, b]) => sumOf(b) - sumOf(a)).slice(0, MOST_AGENTS);
  const names = Object.keys(groups).filter((group) => sorted.some(([, each]) => each.has(group)));
  const series = names.map((group) => ({
    name: groups[group]?.[0] ?? group,
    colour: groups[group]?.[1] ?? COLOURS.neutral,
    values: sorted.map(([, counts]) => counts.get(group) ?? 0),
  }));
  const labels = sorted.map(([agent]) => agent);
  const chart = { kind: "bars", labels, series, unit: "count" } as const;
  return chartWithTable(chart, { name: "agent", title: "Agent" });
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

async function statusClasses(figures: Figures): Promise<PanelData> {
  const rows = await figures.read("requests", ["agent", "status"]);
  return byAgent(
    CLASSES,
    rows.map(({ key: { agent, status }, requests }) => ({
      agent,
      group: /^[1-5]/.exec(status)?.[0] ?? "other",
      requests,
    })),
  );
}

async function claims(figures: Figures): Promise<PanelData> {
  const rows = await figures.read("requests", ["agent", "verdict"]);
  const known = rows.filter(({ key }) => key.agent !== NOBODY);
  return byAgent(
    VERDICTS,
    known.map(({ key: { agent, verdict }, requests }) => ({ agent, group: verdict, requests })),
  );
}

/** The panels of the view "Agents". */
export const AGENTS: readonly Panel[] = [
  {
    name: "agents",
    view: "agents",
    title: "Agents",
    about: "Agents of the bot table, and those that sign their requests.",
    source: "requests",
    load: async (figures) =>
      ranking(figures, "requests", {
        by: [
          ["agent", "Agent"],
          ["operator", "Operator", "unknown"],
          ["category", "Category", "unknown"],
        ],
        more: [["bytesSent", "Bytes sent", "bytes"]],
        only: ({ agent }) => agent !== NOBODY,
        limit: 100,
      }),
  },
  {
    name: "claims",
    view: "agents",
    title: "Claims against verified",
    about:
      "A claim is a name in User-Agent; an address, a signature or reverse DNS verifies or refutes it.",
    source: "requests",
    load: claims,
  },
  {
    name: "status-classes",
    view: "agents",
    title: "Status classes by agent",
    about: "What the proxy answered.",
    source: "requests",
    load: statusClasses,
  },
  {
    name: "evidence",
    view: "agents",
    title: "Evidence",
    about: "How agents were identified.",
    source: "requests",
    load: async (figures) =>
      ranking(figures, "requests", {
        by: [
          ["evidence", "Evidence", "none"],
          ["verdict", "Verdict"],
        ],
      }),
  },
  {
    name: "impostors",
    view: "agents",
    title: "Impostors",
    about: "Claims that the client's address refutes, by the truncated address.",
    source: "impostors",
    load: async (figures) =>
      ranking(figures, "impostors", {
        by: [
          ["agent", "Claimed agent"],
          ["network", "Network", "unknown"],
        ],
      }),
  },
];
