import type { Bot } from "../../agent/bots.ts";
import type { FeatureList } from "../../feature/define.ts";
import { settingOf } from "../feature-settings.ts";
import { requiresProof } from "../match.ts";
import { compilePath } from "../path-match.ts";
import type { RulesFile } from "../schema.ts";
import { writeFields, type FittingSetting, type GroupField } from "./group-fields.ts";
import { agentsOf, type Fit } from "./fit.ts";
import type { Region, RegionLists } from "./region.ts";
import {
  linesOf,
  pagesOf,
  saidBy,
  SHARE,
  UnsaidNotes,
  type LackNote,
  type Said,
  type Unsaid,
} from "./setting.ts";
import { writeSiteLines, type SiteLine, type TokenPolicy } from "./site-lines.ts";

/** The rules' decisions for one crawler on one host. */
export interface GroupPolicy {
  /** By feature; none of a feature that blocks no page. */
  readonly regions: readonly RegionLists[];
  readonly fields: readonly GroupField[];
  readonly unsaid: readonly Unsaid[];
  /** The settings that apply to the crawler, and not to crawlers that no table has. */
  readonly own: readonly Pick<Unsaid, "rule" | "name" | "feature">[];
}

/** The rules' decisions for one host that concern no single crawler. */
export interface SitePolicy {
  readonly lines: readonly SiteLine[];
  readonly tokens: readonly TokenPolicy[];
  readonly unsaid: readonly Unsaid[];
}

/** The lines of the rules in robots.txt. */
export interface RobotsPolicies {
  /** About a crawler; undefined is any that no table has. */
  groupOf(bot: Bot | undefined, host: string): GroupPolicy;
  siteOf(host: string): SitePolicy;
}

/** Compiles the lines of the rules in robots.txt. */
export function compileRobotsPolicies(file: RulesFile, features: FeatureList): RobotsPolicies {
  const speaking = features.filter((feature) => feature.robots !== undefined);
  const said = speaking.map((feature) => {
    const list = saidBy(feature, file);
    return { key: feature.key, list, groups: new GroupsOf(feature.key, list) };
  });
  return {
    groupOf(bot, host) {
      const parts = said.map(({ groups }) => groups.partOf(bot, host));
      return {
        regions: parts.flatMap(({ regions }) => (regions.length > 0 ? [regions] : [])),
        fields: parts.flatMap(({ fields }) => fields),
        unsaid: parts.flatMap(({ notes }) => notes.all),
        own: parts.flatMap(({ own }) => own),
      };
    },
    siteOf(host) {
      const parts = said.map(({ key, list }) => {
        const notes = new UnsaidNotes(key);
        const { lines, tokens } = writeSiteLines(list, host, notes);
        return { lines, tokens, notes };
      });
      return {
        lines: parts.flatMap(({ lines }) => lines),
        tokens: parts.flatMap(({ tokens }) => tokens),
        unsaid: parts.flatMap(({ notes }) => notes.all),
      };
    },
  };
}

/** A setting that applies to a crawler, or to some of its requests. */
type OwnSetting = FittingSetting & Exclude<Fit, "never"> & { readonly isOwn: boolean };

/** The part of one feature in the group of a crawler. */
interface GroupPart extends Pick<GroupPolicy, "fields" | "own"> {
  /** Empty if no page is blocked. */
  readonly regions: RegionLists;
  readonly notes: UnsaidNotes;
}

/** The parts of one feature in groups; crawlers to which the same settings apply share one. */
class GroupsOf {
  readonly #feature: string;
  readonly #list: readonly Said[];
  readonly #parts = new Map<string, GroupPart>();

  constructor(feature: string, list: readonly Said[]) {
    this.#feature = feature;
    this.#list = list;
  }

  partOf(bot: Bot | undefined, host: string): GroupPart {
    const settings: OwnSetting[] = [];
    for (const said of this.#list) {
      const fit = said.fitOf(bot, host);
      if (fit === "never") continue;
      const isOwn = bot !== undefined && said.fitOf(undefined, host) === "never";
      settings.push({ said, ...fit, isOwn });
      // To agents without proof, later rules apply, too.
      if (isWhole({ said, ...fit }) && !requiresProof(said.match)) break;
    }
    const key = JSON.stringify([
      bot === undefined,
      settings.map(({ said, doubt, ways, isOwn }) => [
        this.#list.indexOf(said),
        doubt,
        ways,
        isOwn,
      ]),
    ]);
    const part = this.#parts.get(key) ?? this.#make(settings, bot);
    this.#parts.set(key, part);
    return part;
  }

  #make(settings: readonly OwnSetting[], bot: Bot | undefined): GroupPart {
    const feature = this.#feature;
    const notes = new UnsaidNotes(feature);
    const paths = new PathsOf(notes, bot);
    for (const { said, ...fit } of settings) paths.add(said, fit);
    const last = settings.findIndex(isWhole);
    const fields = writeFields(last === -1 ? settings : settings.slice(0, last + 1), notes);
    const own = settings.flatMap(({ said: { rule, name, lines }, isOwn }) =>
      isOwn && lines.some(({ kind }) => kind !== "unsaid") ? [{ rule, name, feature }] : [],
    );
    return { regions: paths.regions(), fields, notes, own };
  }
}

function isSame(one: readonly Region[], other: readonly Region[]): boolean {
  return one.length === other.length && one.every((region, i) => region === other[i]);
}

function isWhole({ said, doubt }: FittingSetting): boolean {
  return said.match.path === undefined && doubt === undefined;
}

/** Collects the pages that one feature blocks or admits for a crawler. */
class PathsOf {
  readonly #notes: UnsaidNotes;
  readonly #isNamed: boolean;
  /** For each way in which the crawler's requests are identified. */
  readonly #lists: readonly Region[][];
  readonly #proven: ReadonlySet<number>;
  readonly #given: { readonly said: Said; readonly why: string }[] = [];

  /** @param bot undefined for all that no table has */
  constructor(notes: UnsaidNotes, bot: Bot | undefined) {
    this.#notes = notes;
    this.#isNamed = bot !== undefined;
    const agents = agentsOf(bot);
    this.#lists = agents.map(() => []);
    this.#proven = new Set(agents.flatMap(({ kind }, way) => (kind === "verified" ? [way] : [])));
  }

  /** The lists that differ; none if one of them blocks nothing. */
  regions(): RegionLists {
    if (!this.#lists.every((list) => list.some(({ isBlocked }) => isBlocked))) return [];
    return this.#lists.filter((list, i) => this.#lists.findIndex((e) => isSame(e, list)) === i);
  }

  add(said: Said, { doubt: condition, dependence, ways }: Exclude<Fit, "never">): void {
    const doubt = said.isShare ? SHARE : condition;
    const paths = linesOf(said, "paths");
    const blocks = paths.some(({ name }) => name === "Disallow");
    for (const { why } of linesOf(said, "unsaid")) this.#notes.add(said, why);
    if (blocks && doubt !== undefined) this.#notes.add(said, doubt);
    // A block for a share of agents admits the others.
    const isBlocked = blocks && !said.isShare;
    const isOfProven = requiresProof(said.match);
    // Such a rule admits no request without proof that a later one blocks.
    const admitted = isOfProven ? ways.filter((way) => this.#proven.has(way)) : ways;
    if (!isBlocked) this.#addRegions(said, isBlocked, admitted);
    else if (dependence === undefined) this.#addRegions(said, isBlocked, ways);
    const why = doubt ?? (this.#isNamed && isOfProven ? PROVEN : undefined);
    if (!blocks && paths.length > 0 && why !== undefined) this.#given.push({ said, why });
    if (this.#given.length > 0 && blocks) this.#noteGiven();
  }

  /** Notes rules that admit only some requests, although a later rule blocks the others. */
  #noteGiven(): void {
    for (const { said, why } of this.#given.splice(0)) {
      this.#notes.add(said, `${why}; the lines admit all requests of the crawler`);
    }
  }

  #addRegions(said: Said, isBlocked: boolean, ways: readonly number[]): void {
    const note: LackNote = (why, saysMore) => {
      if (isBlocked) this.#notes.add(said, why, saysMore);
    };
    for (const pages of pagesOf(said, isBlocked, note)) {
      const region = { ...pages, isBlocked, name: said.name };
      for (const way of ways) this.#lists[way]?.push(region);
    }
  }
}

const PROVEN = "it admits only agents that prove their identity";

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
