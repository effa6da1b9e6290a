import type { IdentityState } from "../../agent/identification.ts";
import { countOf, namesOf, spanOf, STALE } from "./words.ts";
import { findingsOf, type SetupFinding } from "./finding.ts";

/** Looks at the operators' address lists. */
export function lookAtLists({ ipRanges }: IdentityState): readonly SetupFinding[] {
  const { ok, doubtful } = findingsOf("lists");
  if (ipRanges.length === 0) return [ok("the bot table names no address lists")];
  const without = ipRanges.filter(({ age }) => age === undefined);
  const stale = ipRanges.filter(({ age }) => age !== undefined && age > STALE);
  const refused = ipRanges.filter((each) => each.refused > 0);
  const oldest = Math.max(0, ...ipRanges.flatMap(({ age }) => age ?? []));
  const findings: SetupFinding[] = [];
  if (without.length > 0) {
    findings.push(
      doubtful(
        `${countOf(without.length, "list")} can't be read: ${urlsOf(without)}`,
        "Agents of these operators remain claims; is the network open for the proxy?",
      ),
    );
  }
  if (stale.length > 0) {
    findings.push(
      doubtful(
        `${countOf(stale.length, "list")} older than 48 hours: ${urlsOf(stale)}`,
        "A list that is not fresh refutes no claim (spoofed).",
      ),
    );
  }
  if (refused.length > 0) {
    findings.push(doubtful(`entries that are no addresses in ${urlsOf(refused)}`));
  }
  const read = ipRanges.length - without.length;
  if (findings.length === 0)
    findings.push(ok(`${countOf(read, "list")}, the oldest ${spanOf(oldest)} old`));
  return findings;
}

/** Looks at the key directories that the site trusts. */
export function lookAtDirectories({ directories }: IdentityState): readonly SetupFinding[] {
  const { ok, doubtful } = findingsOf("directories");
  if (directories.length === 0) return [ok("the rules and the bot table name none")];
  const failing = directories.filter(({ age, failure }) => age === undefined || failure);
  const empty = directories.filter(({ age, keys }) => age !== undefined && keys.length === 0);
  const findings: SetupFinding[] = [];
  if (failing.length > 0) {
    const reasons = new Set(failing.map(({ failure = "not fetched" }) => failure));
    findings.push(
      doubtful(
        `${countOf(failing.length, "directory", "directories")} can't be read (${[...reasons].join(", ")}): ${urlsOf(failing)}`,
        "Agents that sign with these keys are not verified.",
      ),
    );
  }
  if (empty.length > 0) findings.push(doubtful(`no usable key in ${urlsOf(empty)}`));
  if (findings.length === 0) findings.push(ok(`all ${directories.length} can be read`));
  return findings;
}

function urlsOf(all: readonly { readonly url: string }[]): string {
  return namesOf(all.map(({ url }) => url));
}
