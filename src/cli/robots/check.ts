import { robotsFeature } from "../../features/robots/feature.ts";
import { compileRules } from "../../rules/compile.ts";
import { quote, toPointer, type Fault, type PathStep, type Warning } from "../../rules/fault.ts";
import { compileRobots } from "../../rules/robots/index.ts";
import {
  findDisagreements,
  type Disagreement,
  type ReadRobots,
} from "../../rules/robots/parity.ts";
import type { ValidRules } from "../../rules/warn.ts";
import { ANONYMOUS } from "../../agent/agent.ts";
import { readIndependently } from "./reader.ts";
import { sitesOf } from "./sites.ts";

/**
 * The faults, warnings and notes of the robots.txt that rules compile to; none if it is off.
 *
 * @param reader compares the file with the rules
 */
export function checkRobots(
  read: ValidRules,
  reader: ReadRobots = readIndependently,
): {
  readonly faults: readonly Fault[];
  readonly warnings: readonly Warning[];
  /** Facts that no rules can change. */
  readonly notes: readonly Warning[];
} {
  const { rules, bots, features, places } = read;
  const compiled = compileRules(rules, features);
  const sites = sitesOf(rules).filter((site) => {
    const request = { method: "GET", host: new URL(site).host, path: "/robots.txt" };
    return (
      compiled.forRequest({ ...request, agent: ANONYMOUS })(robotsFeature.key).mode === "enforce"
    );
  });
  const robots = compileRobots(rules, features, bots);
  const warnings = new Map<string, Warning>();
  const notes = new Map<string, Warning>();
  const faults = new Map<string, Fault>();
  const at = (rule: number | undefined, key?: string) => {
    const path: PathStep[] = rule === undefined ? ["defaults"] : ["rules", rule];
    const inner = key === undefined ? path : [...path, key];
    const known = places.has(inner) ? inner : path;
    return { pointer: toPointer(known), ...places.key(known) };
  };
  for (const site of sites) {
    for (const { rule, feature, why, isOfUnnamed } of robots.unsaid(new URL(site).host)) {
      const message = `robots.txt can't say this: ${why}`;
      const remarks = isOfUnnamed === true ? notes : warnings;
      remarks.set(`${rule} ${why}`, { ...at(rule, feature), code: "robots-unsaid", message });
    }
    for (const found of findDisagreements(read, site, reader)) {
      if (found.isTold) continue;
      const message = describeDisagreement(found);
      faults.set(message, { ...at(found.rule), code: "robots-differs", message });
    }
  }
  return {
    faults: [...faults.values()],
    warnings: [...warnings.values()],
    notes: [...notes.values()],
  };
}

/** A disagreement, as a clause. */
export function describeDisagreement({
  robots,
  target,
  agents: [first = "", ...others],
  decider,
  isOfOrigin,
}: Disagreement): string {
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  const does = robots === "forbids" ? "does not block it" : "blocks it";
  const but = isOfOrigin
    ? "the origin server's file forbids it"
    : `the rule ${quote(decider)} ${does}`;
  return `robots.txt ${robots} ${quote(target)} for ${first}${more}, but ${but}`;
}
