import type { Bot } from "../agent/bots.ts";
import { refusesBy } from "./access-path-warnings.ts";
import type { PathStep } from "./fault.ts";
import { botsMatched } from "./match.ts";
import type { AgentMatch, Rule } from "./schema.ts";
import type { ValidRules, Warn } from "./warn.ts";

/** Purposes by which one crawler may have several; the others say who uses an agent. */
const PURPOSES: ReadonlySet<string> = new Set(["Search", "Agent", "Training"]);

/** Names of bots in a note, at most. */
const SHOWN = 8;

/**
 * Tells which bots of several behaviours a rule that refuses something hits or spares: a note if the
 * rule says with `exceptBehaviour` which ones it leaves out, else a warning.
 */
export function behaviourWarner({ features, bots, places }: ValidRules, warn: Warn, note: Warn) {
  return (rule: Rule, at: readonly PathStep[]): void => {
    const { agent } = rule.match;
    const where = [...at, "match", "agent"];
    if (agent === undefined || !refusesBy(features, rule)) return;
    const found = hitsAndSpares(agent, bots);
    if (found === undefined) return;
    const except = [...where, "exceptBehaviour"];
    if (places.has(except)) {
      note(except, "several-behaviours", found);
    } else {
      const message = `${found}; say with "exceptBehaviour" which it leaves out`;
      warn([...where, "behaviour"], "several-behaviours", message);
    }
  };
}

/** The bots of several behaviours that a match of behaviours hits and spares, in words. */
function hitsAndSpares(agent: AgentMatch, bots: readonly Bot[]): string | undefined {
  const { behaviour, exceptBehaviour } = agent;
  if (behaviour === undefined && exceptBehaviour === undefined) return undefined;
  const wanted = new Set<string>([behaviour ?? []].flat());
  const hasOthers = ({ behaviours }: Bot): boolean => {
    const purposes = behaviours.filter((each) => PURPOSES.has(each));
    if (wanted.size === 0) return purposes.length > 1;
    return purposes.some((each) => !wanted.has(each));
  };
  const all = botsMatched({ ...agent, exceptBehaviour: [] }, bots).filter(hasUserAgent);
  const hit = new Set(botsMatched(agent, bots));
  const several = all.filter(hasOthers);
  const spared = several.filter((bot) => !hit.has(bot));
  const others = several.filter((bot) => hit.has(bot));
  const parts = [
    ...(spared.length === 0 ? [] : [`spares ${names(spared)}`]),
    ...(others.length === 0 ? [] : [`hits ${names(others)}`]),
  ];
  if (parts.length === 0) return undefined;
  return `the rule ${parts.join(", and ")}, which have other behaviours, too`;
}

function hasUserAgent({ robotsOnly }: Bot): boolean {
  return !robotsOnly;
}

function names(bots: readonly Bot[]): string {
  const shown = bots.slice(0, SHOWN).map(({ name }) => name);
  const more = bots.length > SHOWN ? ` and ${bots.length - SHOWN} more` : "";
  return `${shown.join(", ")}${more}`;
}
