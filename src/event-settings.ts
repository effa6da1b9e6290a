import { validPathPattern } from "./http/path-pattern.ts";
import type { Platform, Settings } from "./platform.ts";
import { LearntPatterns, pathPatterns } from "./telemetry/path-patterns.ts";
import type { EventSettings } from "./telemetry/settings.ts";

/** A pattern that says nothing about a path. */
const ALL = "/*";

const LEARNT = "path-patterns";

/**
 * The parts of the rules that events depend on.
 *
 * @param lasting values that outlive a change of the rules
 */
export function eventSettings(
  { rules, rulesVersion: known }: Settings,
  { rulesState }: Pick<Platform, "rulesState">,
  lasting: Map<string, unknown>,
): EventSettings {
  const paths = rules.rules.flatMap(({ match: { path = [] } }) => path);
  const patterns = [...new Set(paths)].filter((path) => path !== ALL).map(validPathPattern);
  if (!lasting.has(LEARNT)) lasting.set(LEARNT, new LearntPatterns(() => performance.now()));
  const learnt = lasting.get(LEARNT) as LearntPatterns;
  let version = known;
  return {
    addresses: rules.telemetry.addresses,
    // The version of the first rules is known only after the start.
    rulesVersion: () => (version ??= rulesState?.().version),
    patternOf: pathPatterns(patterns, learnt),
  };
}
