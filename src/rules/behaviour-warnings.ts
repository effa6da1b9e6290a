import type { Bot } from "../agent/bots.ts";
import { refusesBy } from "./access-path-warnings.ts";
import type { PathStep } from "./fault.ts";
import { botsMatched } from "./match.ts";
import type { Rule } from "./schema.ts";
import type { ValidRules, Warn } from "./warn.ts";

/** Purposes by which one crawler may have several; the others say who uses an agent. */
const PURPOSES: ReadonlySet<string> = new Set(["Search", "Agent", "Training"]);

/** Names of bots in a note, at most. */
const SHOWN = 8;

/**
 * Notes which bots of several behaviours a rule that refuses something hits or spares, unless the
 * rule says itself which ones it leaves out.
 */
export function behaviourWarner({ features, bots, places }: ValidRules, warn: Warn) {
  return (rule: Rule, at: readonly PathStep[]): void => {
    const { agent } = rule.match;
    const where = [...at, "match", "agent"];
    if (agent?.behaviour === undefined || !refusesBy(features, rule)) return;
    if (places.has([...where, "exceptBehaviour"])) return;
    const wanted = new Set<string>([agent.behaviour].flat());
    const all = botsMatched({ ...agent, exceptBehaviour: [] }, bots).filter(hasUserAgent);
    const hit = new Set(botsMatched(agent, bots));
    const several = all.filter(({ behaviours }) =>
      behaviours.some((each) => PURPOSES.has(each) && !wanted.has(each)),
    );
    const spared = several.filter((bot) => !hit.has(bot));
    const others = several.filter((bot) => hit.has(bot));
    const parts = [
      ...(spared.length === 0 ? [] : [`spares ${names(spared)}`]),
      ...(others.length === 0 ? [] : [`hits ${names(others)}`]),
    ];
    if (parts.length === 0) return;
    const message = `the rule ${parts.join(", and ")}, which have other behaviours, too; say with "exceptBehaviour" which it leaves out`;
    warn([...where, "behaviour"], "several-behaviours", message);
  };
}

function hasUserAgent({ robotsOnly }: Bot): boolean {
  return !robotsOnly;
}

function names(bots: readonly Bot[]): string {
  const shown = bots.slice(0, SHOWN).map(({ name }) => name);
  const more = bots.length > SHOWN ? ` and ${bots.length - SHOWN} more` : "";
  return `${shown.join(", ")}${more}`;
}
