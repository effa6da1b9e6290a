import type { Panel } from "../panel.ts";
import { ranking } from "./ranking.ts";

/** The panels of the view "Content". */
export const CONTENT: readonly Panel[] = [
  {
    name: "patterns",
    view: "content",
    title: "Path patterns",
    about: "Requests by the part of the site.",
    source: "patterns",
    load: async (figures) =>
      ranking(figures, "patterns", {
        by: [["pattern", "Pattern", "other"]],
        more: [["bytesSent", "Bytes sent", "bytes"]],
        limit: 50,
      }),
  },
  {
    name: "paths",
    view: "content",
    title: "Paths",
    about: "The most frequent paths; rare ones are added up as other.",
    source: "paths",
    load: async (figures) =>
      ranking(figures, "paths", {
        by: [["path", "Path", "other"]],
        more: [["bytesSent", "Bytes sent", "bytes"]],
        limit: 100,
      }),
  },
  {
    name: "referrals",
    view: "content",
    title: "Referrals from assistants",
    about: "Visits that came by a link of an AI assistant's site, by the pattern of the page.",
    source: "referrals",
    load: async (figures) =>
      ranking(figures, "referrals", {
        by: [
          ["referrer", "From"],
          ["pattern", "To", "other"],
        ],
        where: { referrerClass: "assistant" },
        counts: "Visits",
        limit: 50,
      }),
  },
  {
    name: "redirects",
    view: "content",
    title: "Canonical redirects",
    about: "Agents that the proxy redirected, or would redirect in observe mode.",
    source: "redirects",
    load: async (figures) =>
      ranking(figures, "redirects", {
        by: [
          ["path", "From"],
          ["target", "To"],
          ["outcome", "Outcome"],
        ],
        limit: 50,
      }),
  },
  {
    name: "missing",
    view: "content",
    title: "Pages that agents did not find",
    about: "Responses 404 and 410 to agents: candidates for a redirect.",
    source: "missing",
    load: async (figures) =>
      ranking(figures, "missing", {
        by: [
          ["path", "Path"],
          ["status", "Status"],
          ["agent", "Agent", "unknown"],
        ],
        limit: 50,
      }),
  },
];
