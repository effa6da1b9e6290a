import type { Bot } from "../../agent/bots.ts";
import type { Crawler, GroupPlan, GroupPlans } from "./plan.ts";
import { MOST_READ, type RobotsFile, type RobotsFileLine, type RobotsGroup } from "./file.ts";

/** The reason for a line of a merged file. */
export type LineSource =
  /** The line of the origin server's file; "restated" if another group has it, too. */
  | { readonly from: "origin"; readonly line: number; readonly is?: "restated" }
  | {
      readonly from: "rule";
      readonly rule: string;
      /** The line of the origin server's file that this one restates or overrides. */
      readonly because?: { readonly line: number; readonly is: "restated" | "overridden" };
    }
  /** A blank line, a User-agent line of a group that is split or new, or a rule that says nothing. */
  | { readonly from: "layout"; readonly why: "separator" | "agent" | "no-rule" };

/** A line of a merged file. */
export interface MergedLine {
  /** In bytes, one character for each, without its end. */
  readonly text: string;
  readonly source: LineSource;
}

/** Lines that stay together. */
interface Block {
  readonly lines: readonly MergedLine[];
  readonly isChanged: boolean;
}

/** The lines that the rules add to a file. */
export interface AddedLines {
  readonly plans: GroupPlans;
  /** Those of the bot table that robots.txt can name, without "*". */
  readonly crawlers: readonly Crawler[];
  /** Tokens that stand for a purpose, each of which gets a group. */
  readonly purposes: readonly Crawler[];
  /** The bot that a group of the origin server's file names. */
  readonly botOf: (token: string) => Bot | undefined;
  /** Lines outside of all groups. */
  readonly site: readonly MergedLine[];
}

/** The most characters of a merged file, with those of a line's source. */
const MOST_WRITTEN = 6 * 1024 * 1024;
const COST_OF_LINE = 32;

/**
 * Merges the lines that the rules add into a file. Undefined if they add none, so that the file stays as
 * it is; "too-much" if the merged file would be many times as long as crawlers read.
 */
export function mergeRobots(
  file: RobotsFile,
  { plans, crawlers, purposes, botOf, site }: AddedLines,
): readonly MergedLine[] | "too-much" | undefined {
  const planOf = (token: string): GroupPlan => plans.planOf({ token, bot: botOf(token) });
  const room = new Room();
  const added = newGroups(plans, crawlers, purposes, room);
  const hasLines = (agents: readonly string[]): boolean =>
    agents.some((agent) => isChanging(planOf(agent)));
  const isSame = added.length === 0 && site.length === 0;
  if (isSame && !file.groups.some(({ agents }) => hasLines(agents))) return undefined;
  const groups = file.groups.map((group) => blocksOf(group, plans, planOf, room));
  if (room.isUsedUp) return "too-much";
  const before: Block = { lines: file.before.map(asItIs), isChanged: false };
  const after: Block = { lines: file.after.map(asItIs), isChanged: false };
  const ofSite: Block = { lines: site, isChanged: true };
  const blocks = [before, ...groups.flat(), after, ...added, ofSite];
  // Some crawlers read no more than the beginning of a long file.
  const isLong = file.length > MOST_READ;
  const sorted = isLong ? blocks.toSorted(byUrgency) : blocks;
  return separated(sorted);
}

/** The room that is left for groups that repeat lines. */
class Room {
  #left = MOST_WRITTEN;

  get isUsedUp(): boolean {
    return this.#left < 0;
  }

  /** Lines that a group repeats; none if there is no room. */
  restate(lines: readonly RobotsFileLine[]): readonly MergedLine[] {
    if (this.isUsedUp) return [];
    for (const { text } of lines) this.#left -= text.length + COST_OF_LINE;
    return this.isUsedUp ? [] : lines.map(restated);
  }
}

/** Blocks with lines of the rules first, the shortest first, so that most of them are read. */
function byUrgency(a: Block, b: Block): number {
  const isUrgent = Number(b.isChanged) - Number(a.isChanged);
  return isUrgent || (a.isChanged ? a.lines.length - b.lines.length : 0);
}

function isChanging({ added, fields }: GroupPlan): boolean {
  return added.length > 0 || fields.length > 0;
}

/** The lines of a plan's groups that say something of its agents. */
function rulesOf({ replaced }: GroupPlan, groups: readonly RobotsGroup[]): RobotsFileLine[] {
  return groups.flatMap(({ lines }) =>
    lines.filter((line) => isOfGroup(line) && !replaced.has(line.name)),
  );
}

/** The new groups: crawlers that no group names, and for which the rules say other than for all. */
function newGroups(
  plans: GroupPlans,
  crawlers: readonly Crawler[],
  purposes: readonly Crawler[],
  room: Room,
): readonly Block[] {
  const all: Crawler = { token: "*", bot: undefined };
  const forAll = plans.planOf(all);
  const tokens = new Set(purposes.map(({ token }) => token.toLowerCase()));
  const unnamed = [...crawlers, ...purposes].filter(
    ({ token }) => plans.naming(token).length === 0,
  );
  const others = unnamed.filter(
    (each) => tokens.has(each.token.toLowerCase()) || plans.planOf(each).key !== forAll.key,
  );
  const wanted = plans.naming("*").length === 0 && isChanging(forAll) ? [all, ...others] : others;
  return [...Map.groupBy(wanted, (each) => plans.planOf(each).key).values()].map((sharing) => {
    const plan = plans.planOf(sharing[0] as Crawler);
    const agents = sharing.map(({ token }) => agentLine(token));
    const own = room.restate(rulesOf(plan, plan.sources));
    return { lines: complete([...agents, ...own], plan), isChanged: true };
  });
}

/** The blocks for a group: its agents with different lines are split, and each has one group only. */
function blocksOf(
  group: RobotsGroup,
  plans: GroupPlans,
  planOf: (token: string) => GroupPlan,
  room: Room,
): readonly Block[] {
  const own = [...new Set(group.agents)].filter((agent) => plans.naming(agent)[0] === group);
  const sets = [...Map.groupBy(own, (agent) => planOf(agent).key).values()];
  const [first, ...others] = sets;
  const lead = group.lead.map(asItIs);
  if (first === undefined) {
    // Its agents have an earlier group, which gets its rules.
    const rest = group.lines.filter((line) => line.kind !== "agent" && !isOfGroup(line));
    return [{ lines: [...lead, ...rest.map(asItIs)], isChanged: false }];
  }
  const plan = planOf(first[0] as string);
  const isWhole = first.length === group.agents.length && plan.sources.length === 1;
  if (isWhole && !isChanging(plan)) {
    return [{ lines: [...lead, ...ruled(group.lines.map(asItIs))], isChanged: false }];
  }
  const agents = agentLines(group, first);
  const rest = group.lines.filter(
    ({ kind, name }) => kind !== "agent" && !(kind === "group-field" && plan.replaced.has(name)),
  );
  const more = rulesOf(plan, plan.sources.slice(1));
  const block = complete([...agents, ...rest.map(asItIs), ...more.map(asItIs)], plan);
  return [
    { lines: [...lead, ...block], isChanged: true },
    ...others.map((set): Block => {
      const plan = planOf(set[0] as string);
      const lines = [...agentLines(group, set), ...room.restate(rulesOf(plan, plan.sources))];
      return { lines: complete(lines, plan), isChanged: true };
    }),
  ];
}

/** The User-agent lines of a group for some of its agents, each once. */
function agentLines(group: RobotsGroup, agents: readonly string[]): readonly MergedLine[] {
  const lines = group.lines.filter(({ kind }) => kind === "agent");
  const first = new Map(group.agents.map((agent, i) => [agent, lines[i]] as const).toReversed());
  return agents.map((agent) => asItIs(first.get(agent) as RobotsFileLine));
}

/** Adds the lines of the rules to those of a group. */
function complete(
  lines: readonly MergedLine[],
  { fields, added }: GroupPlan,
): readonly MergedLine[] {
  const more = [
    ...fields.map(({ name, value, rule }): MergedLine => {
      return { text: `${name}: ${value}`, source: { from: "rule", rule } };
    }),
    ...added.map(({ allow, text, rule, because }): MergedLine => {
      const source = { from: "rule", rule, ...(because === undefined ? {} : { because }) } as const;
      return { text: `${allow ? "Allow" : "Disallow"}: ${text}`, source };
    }),
  ];
  return ruled([...lines, ...more]);
}

/**
 * Adds a rule that says nothing to a group without Disallow: a crawler that does not know Allow would
 * read the next group as a part of this one.
 */
function ruled(lines: readonly MergedLine[]): readonly MergedLine[] {
  if (lines.some(({ text }) => /^\s*disallow\s*:/i.test(text))) return lines;
  return [...lines, { text: "Disallow:", source: { from: "layout", why: "no-rule" } }];
}

/** Joins blocks, with a blank line before each. */
function separated(blocks: readonly Block[]): readonly MergedLine[] {
  const all: MergedLine[] = [];
  for (const { lines } of blocks) {
    const [first] = lines;
    if (first === undefined) continue;
    const last = all.at(-1);
    if (last !== undefined && !isBlank(last) && !isBlank(first) && !isRemarkOn(last, first)) {
      all.push({ text: "", source: { from: "layout", why: "separator" } });
    }
    all.push(...lines);
  }
  return all;
}

function isBlank({ text }: MergedLine): boolean {
  return text.trim() === "";
}

/** Whether a line is a comment of the origin server's on the next one. */
function isRemarkOn(line: MergedLine, next: MergedLine): boolean {
  if (line.source.from !== "origin" || next.source.from !== "origin") return false;
  return /^\s*#/.test(line.text) && next.source.line === line.source.line + 1;
}

function isOfGroup({ kind }: RobotsFileLine): boolean {
  return kind === "rule" || kind === "group-field";
}

function agentLine(token: string): MergedLine {
  return { text: `User-agent: ${token}`, source: { from: "layout", why: "agent" } };
}

function asItIs({ text, number }: RobotsFileLine): MergedLine {
  return { text, source: { from: "origin", line: number } };
}

function restated({ text, number }: RobotsFileLine): MergedLine {
  return { text, source: { from: "origin", line: number, is: "restated" } };
}
