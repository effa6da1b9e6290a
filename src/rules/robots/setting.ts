import * as v from "valibot";
import type { FeatureDefinition, RobotsLine } from "../../feature/define.ts";
import { settingOf, type FeatureSetting } from "../feature-settings.ts";
import { compilePath } from "../path-match.ts";
import type { Rule, RuleMatch, RulesFile } from "../schema.ts";
import { compileFit } from "./fit.ts";
import { translatePattern, type Pages } from "./region.ts";

/** A part of a rule that robots.txt can't express. */
export interface Unsaid {
  /** The index of the rule; undefined for the defaults. */
  readonly rule: number | undefined;
  readonly name: string;
  readonly feature: string;
  /** A clause that says why. */
  readonly why: string;
  /** Whether lines say more than the rule, and not less. @default false */
  readonly saysMore?: boolean;
  /** Whether only bots without a token are concerned, which no rules can change. @default false */
  readonly isOfUnnamed?: boolean;
}

/** Called with a reason, and whether the lines say more than the rule. */
export type LackNote = (why: string, saysMore: boolean) => void;

/** A setting of a feature, as far as robots.txt can say it. */
export interface Said {
  readonly rule: number | undefined;
  readonly name: string;
  readonly match: RuleMatch;
  readonly fitOf: ReturnType<typeof compileFit>;
  readonly isShare: boolean;
  /** None if the feature does not act. */
  readonly lines: readonly RobotsLine[];
}

/** The settings of a feature in their order, with the defaults last. */
export function saidBy(
  feature: FeatureDefinition,
  { rules, defaults }: RulesFile,
): readonly Said[] {
  const list = rules.flatMap((rule: Rule, i): readonly Said[] => {
    const setting = settingOf(rule, feature.key);
    if (setting === undefined) return [];
    const { name, match } = rule;
    return [{ rule: i, name, match, fitOf: compileFit(match), ...saidIn(feature, setting) }];
  });
  const setting = settingOf(defaults, feature.key);
  if (setting === undefined) return list;
  const all = { rule: undefined, name: "defaults", match: {}, fitOf: compileFit({}) };
  return [...list, { ...all, ...saidIn(feature, setting) }];
}

/** The lines of a setting, if it acts. */
export function saidIn(
  feature: FeatureDefinition,
  setting: FeatureSetting,
): Pick<Said, "lines" | "isShare"> {
  const policy = setting === true ? v.parse(feature.options, {}) : setting;
  if (typeof policy !== "object" || policy.mode !== "enforce" || policy.percentage === 0) {
    return { lines: [], isShare: false };
  }
  return { lines: feature.robots?.(policy) ?? [], isShare: policy.percentage < 100 };
}

/** The lines of one kind of a setting. */
export function linesOf<Kind extends RobotsLine["kind"]>(
  { lines }: Pick<Said, "lines">,
  kind: Kind,
) {
  return lines.filter((line): line is RobotsLine & { kind: Kind } => line.kind === kind);
}

/** The reason why no line is for a setting in force for a share of agents. */
export const SHARE = "it is in force for a share of agents only";

/**
 * The pages of a setting in the patterns of robots.txt.
 *
 * @param isExact whether patterns that match more pages than the setting are left out
 * @param note called with the reason if the patterns are not the setting's paths
 */
export function pagesOf(
  { match: { path } }: Said,
  isExact: boolean,
  note: LackNote,
): readonly Pages[] {
  if (path === undefined) return [{ patterns: ["/*"], except: [] }];
  return [path].flat().flatMap((source) => {
    const { patterns, except, lacks } = translatePattern(compilePath(source));
    if (lacks !== undefined) note(`${source}: ${LACKS[lacks]}`, lacks === "query");
    return isExact && (lacks === "wider" || lacks === "literal") ? [] : [{ patterns, except }];
  });
}

const LACKS = {
  query: "the lines also concern addresses whose query has the text after the group",
  wider: 'no line is for ":name" and "*" in one path, so there is none',
  literal: 'no line is for a "*" that stands for itself, so there is none',
};

/** Collects the parts that robots.txt can't express, each once. */
export class UnsaidNotes {
  readonly all: Unsaid[] = [];
  readonly #feature: string;

  constructor(feature: string) {
    this.#feature = feature;
  }

  add({ rule, name }: Pick<Said, "rule" | "name">, why: string, saysMore = false): void {
    if (this.all.some((each) => each.rule === rule && each.why === why)) return;
    const more = saysMore ? { saysMore } : {};
    this.all.push({ rule, name, feature: this.#feature, why, ...more });
  }
}
