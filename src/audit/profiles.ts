import { CHECK_IDS, type CheckId } from "./model.ts";

const CONTENT: readonly CheckId[] = [
  "robotsTxt",
  "sitemap",
  "linkHeaders",
  "markdownNegotiation",
  "robotsTxtAiRules",
  "contentSignals",
];

const COMMERCE = new Set<CheckId>(["x402", "mpp", "ucp", "acp", "ap2"]);

/** The checks of each profile of the scanner. */
export const AUDIT_PROFILES: Readonly<Record<string, readonly CheckId[]>> = {
  all: CHECK_IDS,
  content: CONTENT,
  apiApp: CHECK_IDS.filter((id) => !COMMERCE.has(id)),
};
