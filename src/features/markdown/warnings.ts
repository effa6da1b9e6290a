import type { Concerned } from "../../feature/define.ts";
import type { PolicyWarning } from "../../pipeline/policy.ts";
import type { MarkdownPolicy } from "./policy.ts";

/** Warnings about a rule's options. */
export function markdownWarnings(
  { engine }: MarkdownPolicy,
  { runtimes }: Concerned,
): PolicyWarning<"runtime">[] {
  if (engine !== "turndown" || !runtimes.includes("workers")) return [];
  const message = 'on Workers, there is no "turndown": the default engine converts';
  return [{ level: "warning", code: "runtime", path: ["engine"], message }];
}
