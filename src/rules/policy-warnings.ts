import * as v from "valibot";
import { FEATURES, type FeatureName, type PolicyWarning } from "../pipeline/policy.ts";
import { accessWarnings } from "../stages/access/warnings.ts";
import { canonicalRedirectWarnings } from "../stages/canonical-redirect/warnings.ts";
import { quote, type Step, type WarningCode } from "./fault.ts";
import { botsMatched } from "./match.ts";
import { provability } from "./provable.ts";
import type { RuntimeName } from "./runtime-warnings.ts";
import { featureOptions, type Rule } from "./schema.ts";
import type { ValidRules, Warn } from "./warn.ts";

/** Keys whose place `cache` has taken. */
const DEPRECATED = [
  ["compression", "keep"],
  ["markdown", "keepFor"],
] as const;

/** Warns of what the options of features do to those whom a rule is about. */
export function policyWarner(read: ValidRules, runtimes: readonly RuntimeName[], warn: Warn) {
  const { rules: file, bots, places } = read;
  const canProve = provability(bots, file.agents, !runtimes.includes("node"));
  const standard = v.parse(featureOptions.canonicalRedirect, {});

  return (from: Omit<Rule, "name">, path: readonly Step[]): void => {
    const { access, canonicalRedirect, match } = from;
    const concerned = botsMatched(match.agent, bots);
    for (const feature of FEATURES) {
      const options = from[feature];
      if (typeof options === "object") warnOfPercentage(options, [...path, feature], read, warn);
    }
    for (const [feature, key] of DEPRECATED) {
      const at = [...path, feature, key];
      if (places.has(at))
        warn(at, "deprecated", `write "cache" instead: it says if stored responses are reused`);
    }
    const tell = (feature: FeatureName, told: readonly PolicyWarning<WarningCode>[]): void => {
      for (const { level, code, path: inner, message } of told) {
        const at = [...path, feature, ...inner];
        // Who wrote down what holds by default has thought of it.
        if (level === "warning" || !places.has(at)) warn(at, code, message);
      }
    };
    if (typeof access === "object") {
      const humans = match.agent === undefined || Object.keys(match.agent).length === 0;
      tell("access", accessWarnings(access, { humans, bots: concerned, canProve }));
    }
    if (canonicalRedirect === true || typeof canonicalRedirect === "object") {
      const options = canonicalRedirect === true ? standard : canonicalRedirect;
      const told = canonicalRedirectWarnings(options, concerned);
      // Only with a proxy in front can there be a cache that has the page already.
      const hasFront = file.agents.trustedProxyHops > 0;
      tell(
        "canonicalRedirect",
        told.filter(({ level }) => level === "warning" || hasFront),
      );
    }
  };
}

function warnOfPercentage(
  { mode, percentage }: { readonly mode: string; readonly percentage: number },
  path: readonly Step[],
  { places }: ValidRules,
  warn: Warn,
): void {
  const at = [...path, "percentage"];
  if (!places.has(at)) return;
  if (mode !== "enforce") {
    const message = `a percentage is of those for whom the feature acts; with the mode ${quote(mode)} it does for nobody`;
    warn(at, "no-effect", message);
  } else if (percentage === 0) {
    warn(at, "no-effect", 'the feature acts for nobody; "observe" says so plainly');
  }
}
