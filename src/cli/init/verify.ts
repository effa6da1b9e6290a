import { FEATURES } from "../../features.ts";
import { readRules } from "../../rules/load.ts";
import { RUNTIMES } from "../../rules/runtime-warnings.ts";
import { findWarnings } from "../../rules/warnings.ts";
import { runPolicyTests } from "../../simulate/policy-tests/run.ts";
import { now } from "../../timing/duration.ts";
import { checkRobots } from "../robots/check.ts";
import { builtInBots } from "../rules-file.ts";
import { CommandFailure } from "../usage.ts";

/** The result of checking a draft without faults. */
interface VerifiedDraft {
  readonly rules: number;
  readonly warnings: number;
  readonly tests: number;
}

/**
 * Checks rules and tests before they are written, as `check` and `test` do. Rejects with a CommandFailure if one
 * of them is faulty, which is a defect of ours.
 */
export async function verifyDraft(rulesText: string, testsText: string): Promise<VerifiedDraft> {
  const read = readRules(rulesText, builtInBots(), () => undefined, FEATURES);
  if (read.kind === "faulty") throw defect(read.faults[0]?.message);
  const robots = checkRobots(read);
  if (robots.faults.length > 0) throw defect(robots.faults[0]?.message);
  const { rules, bots, features } = read;
  const options = { rules, bots, features, now };
  const { faults, results } = await runPolicyTests(testsText, options, () => undefined);
  if (faults.length > 0) throw defect(faults[0]?.message);
  const failed = results.find(({ differences }) => differences.length > 0);
  if (failed !== undefined) {
    const [first] = failed.differences;
    throw defect(
      `test ${JSON.stringify(failed.name)}: ${first?.at}: ${first?.expected}, not ${first?.got}`,
    );
  }
  const warnings = findWarnings(read, RUNTIMES).length + robots.warnings.length;
  return { rules: rules.rules.length, warnings, tests: results.length };
}

function defect(why: string | undefined): CommandFailure {
  return new CommandFailure(
    `the rules for this site would be faulty, so nothing is written; please report this: ${why}`,
  );
}
