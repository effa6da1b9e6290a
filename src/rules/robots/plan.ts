import type { Bot } from "../../agent/bots.ts";
import { combineRules, type AddedRule, type Combined, type OriginRule } from "./combine.ts";
import { ruleOf, type RobotsFile, type RobotsGroup } from "./file.ts";
import type { GroupField, GroupPolicy } from "./group-policy.ts";
import { formatGlob } from "./pattern.ts";
import { cellsOf, type Region } from "./region.ts";

/** A crawler that robots.txt can name. */
export interface Crawler {
  /** As it is written. */
  readonly token: string;
  /** Undefined for all crawlers that have no group. */
  readonly bot: Bot | undefined;
}

/** The lines that the group of a crawler gets. */
export interface GroupPlan {
  /** The groups of the origin server's file whose rules the crawler has. */
  readonly sources: readonly RobotsGroup[];
  readonly added: readonly AddedRule[];
  readonly fields: readonly GroupField[];
  /** Equal for crawlers that can share a group. */
  readonly key: string;
  /** Pages about which no line can say what a rule enforces, with the rule's name. */
  readonly unsaid: readonly { readonly pattern: string; readonly rule: string }[];
}

/** Plans the groups of crawlers for one file. */
export class GroupPlans {
  readonly #file: RobotsFile;
  readonly #policyOf: (bot: Bot | undefined) => GroupPolicy;
  readonly #open: readonly Region[];
  readonly #cells = new Map<string, ReturnType<typeof cellsOf>>();
  readonly #plans = new Map<string, GroupPlan>();

  /** @param open the documents that no rule refuses */
  constructor(
    file: RobotsFile,
    policyOf: (bot: Bot | undefined) => GroupPolicy,
    open: readonly Region[],
  ) {
    this.#file = file;
    this.#policyOf = policyOf;
    this.#open = open;
  }

  /** The groups of the file that name a token. */
  naming(token: string): readonly RobotsGroup[] {
    return this.#file.groups.filter(({ agents }) => agents.includes(token.toLowerCase()));
  }

  /** The plan for a crawler, which has the group for all if no group names it (RFC 9309 §2.2.1). */
  planOf({ token, bot }: Crawler): GroupPlan {
    const named = this.naming(token);
    const sources = named.length > 0 ? named : this.naming("*");
    const { regions, fields } = this.#policyOf(bot);
    const policy = JSON.stringify([regions, fields]);
    const numbers = sources.map((source) => this.#file.groups.indexOf(source));
    const key = `${numbers.join()} ${policy}`;
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      plan = this.#make(sources, regions, fields);
      this.#plans.set(key, plan);
    }
    return plan;
  }

  #make(
    sources: readonly RobotsGroup[],
    regions: GroupPolicy["regions"],
    fields: readonly GroupField[],
  ): GroupPlan {
    const lines = sources.flatMap((source) => source.lines);
    const origin = lines.flatMap((line) => ruleOf(line) ?? []);
    const added: AddedRule[] = [];
    const unsaid: { pattern: string; rule: string }[] = [];
    for (const each of regions) {
      const made = this.#combine([...origin, ...added.map(asOrigin)], each);
      added.push(...made.added);
      unsaid.push(...made.unsaid);
    }
    const said = new Set(lines.map(({ name }) => name));
    const own = fields.filter(({ name }) => !said.has(name.toLowerCase()));
    const key = JSON.stringify([
      sources.map((source) => this.#file.groups.indexOf(source)),
      added.map(({ allow, text }) => [allow, text]),
      own.map(({ name, value }) => [name, value]),
    ]);
    return { sources, added, fields: own, key, unsaid };
  }

  /** Combines; says less, and never more, if too many patterns overlap. */
  #combine(origin: readonly OriginRule[], all: readonly Region[]) {
    let unsaid: readonly UnsaidPages[] = [];
    for (const simplify of [(each: Region) => each, withoutExceptions, onlyBeginnings]) {
      const regions = all.flatMap((each) => simplify(each) ?? []);
      unsaid = all.flatMap((each) => lostBy(each, simplify(each)));
      const made = this.#combineAll(origin, regions);
      if (made !== undefined) return { added: made.added, unsaid: [...made.unsaid, ...unsaid] };
    }
    return { added: [], unsaid: all.flatMap((each) => lostBy(each, undefined)) };
  }

  #combineAll(origin: readonly OriginRule[], regions: readonly Region[]): Combined | undefined {
    const all = [...this.#open, ...regions];
    const key = JSON.stringify(regions);
    if (!this.#cells.has(key)) this.#cells.set(key, cellsOf(all));
    const cells = this.#cells.get(key);
    return cells && combineRules(origin, all, cells);
  }
}

type UnsaidPages = GroupPlan["unsaid"][number];

/** A region of simple patterns: an open one may get larger, a blocked one is left out. */
function withoutExceptions(region: Region): Region | undefined {
  if (region.except.length === 0) return region;
  return region.isBlocked ? undefined : { ...region, except: [] };
}

function onlyBeginnings(region: Region): Region | undefined {
  const isSimple = region.patterns.every((glob) => !glob.slice(0, -1).includes("*"));
  return isSimple || !region.isBlocked ? withoutExceptions(region) : undefined;
}

/** The pages about which a simpler region says less. */
function lostBy(region: Region, simpler: Region | undefined): readonly UnsaidPages[] {
  if (simpler === region || (simpler === undefined && !region.isBlocked)) return [];
  const globs = simpler === undefined ? region.patterns : region.except;
  return globs.map((glob) => ({ pattern: formatGlob(glob), rule: region.name }));
}

/** A line of an earlier feature, for the next one. */
function asOrigin({ allow, text }: AddedRule): OriginRule {
  const line = { kind: "rule", name: allow ? "allow" : "disallow", value: text } as const;
  return ruleOf({ ...line, number: 0, text: "" }) as OriginRule;
}
