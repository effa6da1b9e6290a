import type { Figures, Panel, PanelData } from "../panel.ts";
import { measuresOverTime } from "./over-time.ts";
import { ranking } from "./ranking.ts";

/** Groups of dictionaries with the share of requests that got a delta. */
async function dictionaries(figures: Figures): Promise<PanelData> {
  const rows = await figures.read("dictionaries", ["group", "outcome", "reason"], {
    measures: ["requests", "savedByDelta"],
  });
  const groups = new Map<
    string,
    { offers: number; deltas: number; saved: number; why: Map<string, number> }
  >();
  for (const { key, requests, savedByDelta } of rows) {
    const group = groups.get(key.group) ?? { offers: 0, deltas: 0, saved: 0, why: new Map() };
    groups.set(key.group, group);
    if (key.outcome === "advertised") continue;
    group.offers += requests;
    group.saved += savedByDelta;
    if (key.outcome === "used") group.deltas += requests;
    else group.why.set(key.reason, (group.why.get(key.reason) ?? 0) + requests);
  }
  const sorted = [...groups].toSorted(([, a], [, b]) => b.offers - a.offers).slice(0, 50);
  return {
    table: {
      columns: [
        { name: "group", title: "Group", kind: "text" },
        { name: "requests", title: "Requests", kind: "count", hasBar: true },
        { name: "deltas", title: "Deltas", kind: "count" },
        { name: "hit-rate", title: "Hit rate", kind: "share" },
        { name: "saved", title: "Bytes saved", kind: "bytes" },
        { name: "why-not", title: "Most frequent reason for no delta", kind: "text" },
      ],
      rows: sorted.map(([group, { offers, deltas, saved, why }]) => {
        const [most] = [...why].toSorted(([, a], [, b]) => b - a);
        return [
          group,
          offers,
          deltas,
          offers === 0 ? null : deltas / offers,
          saved,
          most?.[0] ?? null,
        ];
      }),
    },
  };
}

/** The distribution of the origin server's durations. */
async function latency(figures: Figures): Promise<PanelData> {
  const rows = await figures.read("durations", ["bucket"], { where: { of: "origin" } });
  const sorted = rows
    .map(({ key, requests }) => ({
      bound: Number(key.bucket.replace("+Inf", "Infinity")),
      requests,
    }))
    .toSorted((a, b) => a.bound - b.bound);
  const total = sorted.reduce((sum, { requests }) => sum + requests, 0);
  const labels = sorted.map(({ bound }) => (bound === Infinity ? "more" : `≤ ${bound * 1000} ms`));
  let running = 0;
  return {
    chart: {
      kind: "bars",
      labels,
      series: [{ name: "Requests", values: sorted.map(({ requests }) => requests) }],
      unit: "count",
    },
    table: {
      columns: [
        { name: "duration", title: "Time to the head", kind: "text" },
        { name: "requests", title: "Requests", kind: "count" },
        { name: "within", title: "Within that time", kind: "share" },
      ],
      rows: sorted.map(({ requests }, i) => {
        running += requests;
        return [labels[i] ?? "", requests, total === 0 ? null : running / total];
      }),
    },
  };
}

/** The panels of the view "Delivery". */
export const DELIVERY: readonly Panel[] = [
  {
    name: "saved-over-time",
    view: "delivery",
    title: "Bytes saved over time",
    about: "Bytes that did not have to be sent, by the feature that saved them.",
    source: "requests",
    load: (figures) =>
      measuresOverTime(
        figures,
        [
          ["savedByMarkdown", "markdown"],
          ["savedByCoding", "content coding"],
          ["savedByDelta", "dictionaries"],
          ["savedByCache", "304 and cache"],
        ],
        "bytes",
      ),
  },
  {
    name: "cache",
    view: "delivery",
    title: "Cache",
    about: "Whether a stored response was used.",
    source: "requests",
    load: async (figures) =>
      ranking(figures, "requests", {
        by: [["cache", "Cache status"]],
        more: [["bytesSent", "Bytes sent", "bytes"]],
      }),
  },
  {
    name: "dictionaries",
    view: "delivery",
    title: "Dictionaries",
    about: "Requests that offered a dictionary, and how many got a delta.",
    source: "dictionaries",
    load: dictionaries,
  },
  {
    name: "origin",
    view: "delivery",
    title: "Origin server",
    about: "Statuses of the origin server, and the causes if there was no response.",
    source: "origin",
    load: async (figures) =>
      ranking(figures, "origin", {
        by: [
          ["status", "Status", "no response"],
          ["fault", "Fault"],
        ],
        more: [["originDuration", "Time, added up", "milliseconds"]],
      }),
  },
  {
    name: "origin-latency",
    view: "delivery",
    title: "Latency of the origin server",
    about: "Requests by the time until the head of the response.",
    source: "durations",
    load: latency,
  },
];
