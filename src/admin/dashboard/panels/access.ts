import type { Panel } from "../panel.ts";
import { ranking } from "./ranking.ts";

/** The panels of the view "Access". */
export const ACCESS: readonly Panel[] = [
  {
    name: "access-actions",
    view: "access",
    title: "Access actions",
    about: "What access rules did with each request.",
    source: "requests",
    load: async (figures) =>
      ranking(figures, "requests", {
        by: [
          ["access", "Action", "no rule"],
          ["agent", "Agent"],
        ],
        limit: 50,
      }),
  },
  {
    name: "decisions",
    view: "access",
    title: "Decisions of rules",
    about: "Results of all features; in observe mode, what the rule would have done.",
    source: "decisions",
    load: async (figures) =>
      ranking(figures, "decisions", {
        by: [
          ["feature", "Feature"],
          ["rule", "Rule"],
          ["mode", "Mode"],
          ["action", "Action"],
          ["reason", "Reason"],
        ],
        counts: "Decisions",
        limit: 50,
      }),
  },
  {
    name: "violations",
    view: "access",
    title: "Violations of robots.txt",
    about: "Requests of known bots for paths that the site's robots.txt of the time forbids them.",
    source: "violations",
    load: async (figures) =>
      ranking(figures, "violations", {
        by: [
          ["agent", "Agent"],
          ["verdict", "Verdict"],
          ["path", "Path", "other"],
        ],
        limit: 50,
      }),
  },
  {
    name: "revenue",
    view: "access",
    title: "Revenue",
    about: "Charges that were settled.",
    source: "charges",
    load: async (figures) =>
      ranking(figures, "charges", {
        by: [
          ["agent", "Agent"],
          ["rule", "Rule"],
          ["currency", "Currency"],
        ],
        more: [["chargedMicros", "Amount", "money"]],
        counts: "Charges",
        limit: 50,
      }),
  },
];
