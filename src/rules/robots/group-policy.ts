import * as v from "valibot";
import type { Agent } from "../../agent/agent.ts";
import type { Bot } from "../../agent/bots.ts";
import type { FeatureDefinition, FeatureList, RobotsLine } from "../../feature/define.ts";
import { settingOf, type FeatureSetting } from "../feature-settings.ts";
import { compileMatch, requiresProof } from "../match.ts";
import { compilePath } from "../path-match.ts";
import type { Rule, RuleMatch, RulesFile } from "../schema.ts";
import { translatePattern, type Region } from "./region.ts";

/** A part of a rule that robots.txt can't express. */
export interface Unsaid {
  /** The index of the rule; undefined for the defaults. */
  readonly rule: number | undefined;
  readonly name: string;
  readonly feature: string;
  /** A clause that says why. */
  readonly why: string;
}

/** A line of a group that is no Allow or Disallow line. */
export interface GroupField {
  readonly name: string;
  readonly value: string;
  readonly rule: string;
}

/** The rules' decisions for one crawler on one host. */
export interface GroupPolicy {
  /** By feature: the first region that has a page decides. */
  readonly regions: readonly (readonly Region[])[];
  readonly fields: readonly GroupField[];
  readonly unsaid: readonly Unsaid[];
}

/** A setting of a feature, as far as robots.txt can say it. */
interface Said {
  readonly rule: number | undefined;
  readonly name: string;
  readonly match: RuleMatch;
  readonly isShare: boolean;
  /** None if the feature does not act. */
  readonly lines: readonly RobotsLine[];
}

/** Compiles the function that tells what the rules say about a crawler; undefined is any that no table has. */
export function compileGroupPolicies(
  file: RulesFile,
  features: FeatureList,
): (bot: Bot | undefined, host: string) => GroupPolicy {
  const speaking = features.filter((feature) => feature.robots !== undefined);
  const said = speaking.map((feature) => ({ feature, list: saidBy(feature, file) }));
  return (bot, host) => {
    const regions: (readonly Region[])[] = [];
    const fields: GroupField[] = [];
    const unsaid: Unsaid[] = [];
    for (const { feature, list } of said) {
      const group = new GroupOf(feature.key);
      for (const each of list) {
        if (group.add(each, bot, host)) break;
      }
      if (group.regions.some(({ isBlocked }) => isBlocked)) regions.push(group.regions);
      fields.push(...group.fields);
      unsaid.push(...group.unsaid);
    }
    return { regions, fields, unsaid };
  };
}

function saidBy(feature: FeatureDefinition, { rules, defaults }: RulesFile): readonly Said[] {
  const list = rules.flatMap((rule: Rule, i): readonly Said[] => {
    const setting = settingOf(rule, feature.key);
    if (setting === undefined) return [];
    return [{ rule: i, name: rule.name, match: rule.match, ...saidIn(feature, setting) }];
  });
  const setting = settingOf(defaults, feature.key);
  if (setting === undefined) return list;
  return [...list, { rule: undefined, name: "defaults", match: {}, ...saidIn(feature, setting) }];
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

/** Collects what one feature says about a crawler. */
class GroupOf {
  readonly regions: Region[] = [];
  readonly fields: GroupField[] = [];
  readonly unsaid: Unsaid[] = [];
  readonly #feature: string;
  readonly #given: { readonly said: Said; readonly why: string }[] = [];
  #hasField = false;

  constructor(feature: string) {
    this.#feature = feature;
  }

  /** Adds a rule; true if it decides about all pages, so that later ones have no effect. */
  add(said: Said, bot: Bot | undefined, host: string): boolean {
    const fit = fitOf(said.match, bot, host);
    if (fit === "never") return false;
    const { lines } = said;
    const doubt = said.isShare ? "it is in force for a share of agents only" : fit.doubt;
    const isWhole = said.match.path === undefined && doubt === undefined;
    const blocks = lines.some((line) => line.kind === "paths" && line.name === "Disallow");
    this.#addFields(said, lines, doubt);
    for (const line of lines) {
      if (line.kind === "unsaid") this.#note(said, line.why);
    }
    if (blocks && doubt !== undefined) this.#note(said, doubt);
    // A rule that may not match leaves the decision to later ones; one for a share of agents does not.
    if (!blocks || fit.doubt === undefined) this.#addRegions(said, blocks && !said.isShare);
    const isGiving = !blocks && lines.some(({ kind }) => kind === "paths");
    const proof = bot !== undefined && requiresProof(said.match) ? PROVEN : undefined;
    const why = doubt ?? proof;
    if (isGiving && why !== undefined) this.#given.push({ said, why });
    if (this.#given.length > 0 && blocks) this.#noteGiven();
    return isWhole;
  }

  /** Notes rules that admit only some requests, although a later rule blocks the others. */
  #noteGiven(): void {
    for (const { said, why } of this.#given.splice(0)) {
      this.#note(said, `${why}; the lines admit all requests of the crawler`);
    }
  }

  #addFields(said: Said, lines: readonly RobotsLine[], doubt: string | undefined): void {
    const fields = lines.filter((line) => line.kind === "field");
    const isForPart = said.match.path !== undefined || doubt !== undefined;
    if (isForPart) {
      const [field] = fields;
      if (field === undefined) return;
      const why = doubt ?? "a group has one line for all pages, and this is for some";
      this.#note(said, `${field.name}: ${why}`);
      return;
    }
    if (this.#hasField) return;
    this.#hasField = true;
    for (const { name, value } of fields) this.fields.push({ name, value, rule: said.name });
  }

  #addRegions(said: Said, isBlocked: boolean): void {
    const { path } = said.match;
    const { name } = said;
    if (path === undefined) {
      this.regions.push({ isBlocked, name, patterns: ["/*"], except: [] });
      return;
    }
    for (const source of [path].flat()) {
      const { patterns, except, lacks } = translatePattern(compilePath(source));
      const isInexact = lacks === "wider" || lacks === "literal";
      if (lacks !== undefined && isBlocked) this.#note(said, `${source}: ${LACKS[lacks]}`);
      if (isBlocked && isInexact) continue;
      this.regions.push({ isBlocked, name, patterns, except });
    }
  }

  #note({ rule, name }: Said, why: string): void {
    const feature = this.#feature;
    if (this.unsaid.some((each) => each.rule === rule && each.why === why)) return;
    this.unsaid.push({ rule, name, feature, why });
  }
}

const PROVEN = "it admits only agents that prove their identity";

const LACKS = {
  query: "the lines also concern addresses whose query has the text after the group",
  wider: 'no line is for ":name" and "*" in one path, so there is none',
  literal: 'no line is for a "*" that stands for itself, so there is none',
};

/** The conditions on agents that depend on the bot and its evidence only. */
const ABOUT_BOTS = new Set([
  "name",
  "operator",
  "category",
  "behaviour",
  "exceptBehaviour",
  "evidence",
  "verdict",
]);

/** Whether a rule applies to the requests of a crawler for pages on a host, and what it depends on. */
function fitOf(
  { host: hosts, method, query, agent, path: _path, ...others }: RuleMatch,
  bot: Bot | undefined,
  host: string,
): "never" | { readonly doubt: string | undefined } {
  const at = { method: "GET", host, path: "/", query: "" };
  const known = Object.entries(agent ?? {}).filter(([key]) => ABOUT_BOTS.has(key));
  const ofBots = agent && Object.fromEntries(known);
  const fits = (match: RuleMatch, sender: Agent) => compileMatch(match)({ ...at, agent: sender });
  const agents = agentsOf(bot);
  if (!agents.some((each) => fits({ host: hosts, method, agent: ofBots }, each))) return "never";
  if (!agents.every((each) => fits({ agent: ofBots }, each)))
    return { doubt: "it depends on evidence" };
  if (query !== undefined) return { doubt: "it depends on the query" };
  const unknown = [
    ...Object.entries(others),
    ...Object.entries(agent ?? {}).filter(([key]) => !ABOUT_BOTS.has(key)),
  ].find(([, value]) => value !== undefined);
  if (unknown !== undefined) return { doubt: `it depends on "${unknown[0]}"` };
  return { doubt: undefined };
}

/** The ways in which requests of a crawler can be identified. */
export function agentsOf(bot: Bot | undefined): readonly Agent[] {
  if (bot === undefined) {
    const signed = {
      kind: "verified",
      bot,
      evidence: "signature",
      signatureAgent: "https://a.example",
    };
    return [{ kind: "anonymous" }, signed as Agent];
  }
  const kinds = ["ip-range", "reverse-dns", "signature"] as const;
  return [
    { kind: "claimed", bot, reason: "unsigned" },
    ...kinds.map((evidence): Agent => ({ kind: "verified", bot, evidence })),
  ];
}

/** Whether a literal path, without a group, is among the paths of rules that refuse it. */
export function namedPaths(file: RulesFile, features: FeatureList): ReadonlySet<string> {
  const named = new Set<string>();
  for (const { match, ...rest } of file.rules) {
    if (!features.some((each) => each.strictness && settingOf(rest, each.key))) continue;
    for (const source of [match.path ?? []].flat()) {
      const { groups, literals } = compilePath(source);
      if (groups.length === 0) named.add(literals.join(""));
    }
  }
  return named;
}
