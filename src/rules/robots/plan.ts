import type { Bot } from "../../agent/bots.ts";
import {
  combineRules,
  ComparisonBudget,
  rankRules,
  type AddedRule,
  type OriginRule,
  type RankedLine,
} from "./combine.ts";
import { ruleOf, type RobotsFile, type RobotsGroup } from "./file.ts";
import type { GroupField } from "./group-fields.ts";
import type { GroupPolicy } from "./group-policy.ts";
import { formatGlob } from "./pattern.ts";
import { cellsOf, type Region, type RegionLists } from "./region.ts";
import type { TokenPolicy } from "./site-lines.ts";

/** A crawler that robots.txt can name. */
export interface Crawler {
  /** As it is written. */
  readonly token: string;
  /** Undefined for all crawlers that have no group. */
  readonly bot: Bot | undefined;
}

/** Pages for which no line can express a rule. */
export interface UnsaidPages {
  /** Empty for all that the rule matches. */
  readonly pattern: string;
  readonly rule: string;
  /** @default other lines for the pages are longer */
  readonly why?: string;
}

/** The lines that the group of a crawler gets. */
export interface GroupPlan {
  /** The groups of the origin server's file whose rules the crawler has. */
  readonly sources: readonly RobotsGroup[];
  readonly added: readonly AddedRule[];
  readonly fields: readonly GroupField[];
  /** Names of fields, in lower case, of which the origin server's lines are left out. */
  readonly replaced: ReadonlySet<string>;
  /** Equal for crawlers that can share a group. */
  readonly key: string;
  readonly unsaid: readonly UnsaidPages[];
}

/** The policies from which plans are made. */
export interface PlannedPolicies {
  readonly policyOf: (bot: Bot | undefined) => GroupPolicy;
  /** The documents that no rule refuses. */
  readonly open: readonly Region[];
  readonly tokens: readonly TokenPolicy[];
}

/** Plans the groups of crawlers for one file. */
export class GroupPlans {
  readonly #policies: PlannedPolicies;
  readonly #tokens: ReadonlyMap<string, TokenPolicy>;
  readonly #naming = new Map<string, RobotsGroup[]>();
  readonly #numbers: ReadonlyMap<RobotsGroup, number>;
  readonly #forms = new Map<RegionLists, readonly RegionsForm[]>();
  readonly #byToken = new Map<string, GroupPlan>();
  readonly #byKey = new Map<string, GroupPlan>();
  readonly #keys = new Map<GroupPolicy, string>();
  readonly #sources = new Map<string, Source>();
  readonly #budget = new ComparisonBudget();

  constructor(file: RobotsFile, policies: PlannedPolicies) {
    this.#policies = policies;
    this.#tokens = new Map(policies.tokens.map((each) => [each.token.toLowerCase(), each]));
    this.#numbers = new Map(file.groups.map((group, i) => [group, i]));
    for (const group of file.groups) {
      for (const agent of new Set(group.agents)) {
        const naming = this.#naming.get(agent);
        if (naming === undefined) this.#naming.set(agent, [group]);
        else naming.push(group);
      }
    }
  }

  /** The groups of the file that name a token. */
  naming(token: string): readonly RobotsGroup[] {
    return this.#naming.get(token.toLowerCase()) ?? [];
  }

  /** The plan for a crawler, which has the group for all if no group names it (RFC 9309 §2.2.1). */
  planOf({ token, bot }: Crawler): GroupPlan {
    const name = token.toLowerCase();
    const known = this.#byToken.get(name);
    if (known !== undefined) return known;
    const named = this.naming(name);
    const sources = named.length > 0 ? named : this.naming("*");
    const policy = this.#policies.policyOf(bot);
    const purpose = this.#tokens.get(name);
    const isOwn = purpose !== undefined && named.length > 0 && !purpose.overrides;
    const key = `${this.#numbersOf(sources)} ${this.#keyOf(policy)} ${purpose === undefined ? "" : name}`;
    let plan = this.#byKey.get(key);
    if (plan === undefined) {
      const more = purpose === undefined || isOwn ? [] : purpose.regions;
      plan = this.#make(sources, policy, more);
      if (isOwn) plan = { ...plan, unsaid: [...plan.unsaid, ownGroup(purpose)] };
      this.#byKey.set(key, plan);
    }
    this.#byToken.set(name, plan);
    return plan;
  }

  #keyOf(policy: GroupPolicy): string {
    let key = this.#keys.get(policy);
    if (key === undefined) {
      key = JSON.stringify([policy.regions, policy.fields]);
      this.#keys.set(policy, key);
    }
    return key;
  }

  #numbersOf(sources: readonly RobotsGroup[]): string {
    return sources.map((source) => this.#numbers.get(source)).join();
  }

  #make(
    sources: readonly RobotsGroup[],
    { regions, fields }: GroupPolicy,
    ofPurpose: readonly Region[],
  ): GroupPlan {
    const { rules, ranked, said } = this.#sourceOf(sources);
    const added: AddedRule[] = [];
    const unsaid: UnsaidPages[] = [];
    const isPurposeBlocked = ofPurpose.some(({ isBlocked }) => isBlocked);
    const purpose = [ofPurpose];
    for (const each of isPurposeBlocked ? [...regions, purpose] : regions) {
      const isOpen = each !== purpose;
      const all = added.length === 0 ? ranked : rankRules([...rules, ...added.map(asOrigin)]);
      const made = this.#combine(all, each, isOpen);
      added.push(...made.added);
      unsaid.push(...made.unsaid);
    }
    const written = chooseFields(said, fields);
    const key = JSON.stringify([
      this.#numbersOf(sources),
      added.map(({ allow, text }) => [allow, text]),
      written.fields.map(({ name, value }) => [name, value]),
    ]);
    const { replaced } = written;
    unsaid.push(...written.unsaid);
    return { sources, added, fields: written.fields, replaced, key, unsaid };
  }

  /** The rules and the fields of groups, read once. */
  #sourceOf(sources: readonly RobotsGroup[]): Source {
    const key = this.#numbersOf(sources);
    let source = this.#sources.get(key);
    if (source === undefined) {
      const lines = sources.flatMap((group) => group.lines);
      const rules = lines.flatMap((line) => ruleOf(line) ?? []);
      const fields = lines.flatMap(({ kind, name }) => (kind === "group-field" ? [name] : []));
      source = { rules, ranked: rankRules(rules), said: new Set(fields) };
      this.#sources.set(key, source);
    }
    return source;
  }

  /** Combines; says less, and never more, if too many patterns overlap. */
  #combine(origin: readonly RankedLine[], lists: RegionLists, isOpen: boolean) {
    for (const { cells, lists: all, unsaid } of this.#formsOf(lists, isOpen)) {
      const parts = cells();
      const made = parts && combineRules(origin, all, parts, this.#budget);
      if (made !== undefined) return { added: made.added, unsaid: [...made.unsaid, ...unsaid] };
    }
    return { added: [], unsaid: distinct(lists).flatMap((each) => lostBy(each, undefined)) };
  }

  /** The regions, and simpler ones that say less. */
  #formsOf(own: RegionLists, isOpen: boolean): readonly RegionsForm[] {
    const known = this.#forms.get(own);
    if (known !== undefined) return known;
    const all = isOpen ? own.map((regions) => [...this.#policies.open, ...regions]) : own;
    const forms = SIMPLIFICATIONS.map((simplify) => {
      const simple = new Map(distinct(all).map((each) => [each, simplify(each)]));
      const lists = all.map((regions) => regions.flatMap((each) => simple.get(each) ?? []));
      const unsaid = [...simple].flatMap(([each, simpler]) => lostBy(each, simpler));
      return { lists, unsaid, cells: once(() => cellsOf(lists)) };
    });
    this.#forms.set(own, forms);
    return forms;
  }
}

/** The lines of groups in the origin server's file. */
interface Source {
  readonly rules: readonly OriginRule[];
  readonly ranked: readonly RankedLine[];
  /** The names of their fields. */
  readonly said: ReadonlySet<string>;
}

/** Regions, and the pages that they no longer block. */
interface RegionsForm {
  readonly lists: RegionLists;
  readonly unsaid: readonly UnsaidPages[];
  readonly cells: () => ReturnType<typeof cellsOf>;
}

function distinct(lists: RegionLists): readonly Region[] {
  return [...new Set(lists.flat())];
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}

function ownGroup({ token, rule }: TokenPolicy): UnsaidPages {
  return { pattern: "", rule, why: `the origin server's file has a group for ${token}` };
}

/** Leaves out fields about which the origin server's group speaks itself, unless they override it. */
function chooseFields(
  said: ReadonlySet<string>,
  fields: readonly GroupField[],
): Pick<GroupPlan, "fields" | "replaced" | "unsaid"> {
  const chosen: GroupField[] = [];
  const replaced = new Set<string>();
  const unsaid: UnsaidPages[] = [];
  for (const field of fields) {
    const { name, rule, overrides, yieldsTo } = field;
    const own = overrides ? undefined : yieldsTo.find((each) => said.has(each));
    if (own === undefined) chosen.push(field);
    else unsaid.push({ pattern: "", rule, why: `${name}: the origin server's file has ${own}` });
    if (overrides && said.has(name.toLowerCase())) replaced.add(name.toLowerCase());
  }
  return { fields: chosen, replaced, unsaid };
}

/** A region of simple patterns: an open one may get larger, a blocked one is left out. */
function withoutExceptions(region: Region): Region | undefined {
  if (region.except.length === 0) return region;
  return region.isBlocked ? undefined : { ...region, except: [] };
}

function onlyBeginnings(region: Region): Region | undefined {
  const isSimple = region.patterns.every((glob) => !glob.slice(0, -1).includes("*"));
  return isSimple || !region.isBlocked ? withoutExceptions(region) : undefined;
}

const SIMPLIFICATIONS = [(region: Region) => region, withoutExceptions, onlyBeginnings];

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
