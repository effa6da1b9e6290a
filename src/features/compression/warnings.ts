import type { Concerned } from "../../feature/define.ts";
import { areDisjoint } from "../../http/path-pattern.ts";
import type { PolicyWarning } from "../../pipeline/policy.ts";
import type { CompressionPolicy } from "./policy.ts";

/** Warnings about a rule's options, given the paths that the rule is about. */
export function compressionWarnings(
  { dictionary }: CompressionPolicy,
  { paths }: Concerned,
): PolicyWarning<"no-effect">[] {
  const pattern = typeof dictionary === "object" ? dictionary.match : undefined;
  if (pattern === undefined || paths === undefined) return [];
  if (paths.some((each) => !areDisjoint(each, pattern))) return [];
  const message = `no path that the rule matches fits the dictionary's pattern ${JSON.stringify(pattern)}`;
  return [{ level: "warning", code: "no-effect", path: ["dictionary", "match"], message }];
}
