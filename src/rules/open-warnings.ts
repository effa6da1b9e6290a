import type { FeatureList } from "../feature/define.ts";
import { settingOf } from "./feature-settings.ts";
import { quote, type PathStep } from "./fault.ts";
import type { Rule } from "./schema.ts";
import type { Warn } from "./warn.ts";

/** Words of names and paths of which an operator would expect that they are refused. */
const CLOSED = new Set(
  (
    "admin administration block blocked blocks ban banned confidential deny denied disallow forbid forbidden " +
    "hidden internal intranet private protect protected refuse refused restricted secret wp-admin"
  ).split(" "),
);

/** Warns of `false` for a guard (`access`) in a rule whose name or path suggests a refusal. */
export function openWarner(features: FeatureList, warn: Warn) {
  const guards = features.filter((feature) => feature.strictness !== undefined);
  return (rule: Rule, at: readonly PathStep[]): void => {
    for (const { key } of guards) {
      if (settingOf(rule, key) !== false) continue;
      const word = [rule.name, ...[rule.match.path ?? []].flat()].flatMap(closedWord)[0];
      if (word === undefined) continue;
      const message = `${quote(word)} suggests otherwise, but false admits everyone: no ${key} control at all; write { "action": "block" } to refuse requests, or leave the key out`;
      warn([...at, key], "access-open", message);
    }
  };
}

function closedWord(text: string): readonly string[] {
  const words = text
    .toLowerCase()
    .slice(0, 200)
    .split(/[^a-z-]+/);
  return words.filter((word) => CLOSED.has(word));
}
