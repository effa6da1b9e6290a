import { NO_AGENT, type Panel } from "../panel.ts";
import { SPLITS } from "../request.ts";
import { measuresOverTime, splitOverTime } from "./over-time.ts";
import { ranking } from "./ranking.ts";

/** The name in a split for requests that have no value in its column. */
function noneOf(by: keyof typeof SPLITS): string {
  return by === "evidence" ? "no evidence" : NO_AGENT;
}

/** The panels of the view "Overview". */
export const TRAFFIC: readonly Panel[] = [
  {
    name: "requests-over-time",
    view: "overview",
    title: "Requests over time",
    about: "All requests to the site, by the column that you choose above.",
    source: "requests",
    load: (figures) => splitOverTime(figures, figures.asked.by, noneOf(figures.asked.by)),
  },
  {
    name: "requests",
    view: "overview",
    title: "Requests by the chosen column",
    about: "The same requests, added up.",
    source: "requests",
    load: async (figures) => {
      const { by } = figures.asked;
      return ranking(figures, "requests", {
        by: [[by, SPLITS[by], noneOf(by)]],
        more: [["bytesSent", "Bytes sent", "bytes"]],
      });
    },
  },
  {
    name: "bytes-over-time",
    view: "overview",
    title: "Bytes sent over time",
    about: "Bytes of all responses.",
    source: "requests",
    load: (figures) => measuresOverTime(figures, [["bytesSent", "Bytes sent"]], "bytes"),
  },
];
