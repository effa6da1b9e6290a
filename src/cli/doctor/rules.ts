import { RUNTIMES } from "../../rules/runtime-warnings.ts";
import { findWarnings } from "../../rules/warnings.ts";
import { countOf } from "./words.ts";
import type { readRulesFile } from "../rules-file.ts";
import { findingsOf, type SetupFinding } from "./finding.ts";

const { ok, doubtful, bad } = findingsOf("rules");

/** Looks at the rules file: its faults, and its warnings. */
export function lookAtRules({
  file,
  read,
}: ReturnType<typeof readRulesFile>): readonly SetupFinding[] {
  const todo = `See wayleave check ${file}.`;
  if (read.kind !== "valid") {
    return [bad(`${file} has ${countOf(read.faults.length, "fault")}`, todo)];
  }
  const rules = countOf(read.rules.rules.length, "rule");
  const warnings = findWarnings(read, RUNTIMES);
  if (warnings.length === 0) return [ok(`${file}: ${rules}, no faults`)];
  return [doubtful(`${file}: ${rules}, ${countOf(warnings.length, "warning")}`, todo)];
}
