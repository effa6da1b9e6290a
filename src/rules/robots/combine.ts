import {
  containsGlob,
  formatGlob,
  intersectGlobs,
  lengthenGlob,
  matchesGlob,
  mayMeet,
  witnessOf,
  type Glob,
} from "./pattern.ts";
import { ruleAt, type RegionLists } from "./region.ts";

/** An Allow or Disallow line of the origin server's file. */
export interface OriginRule {
  readonly allow: boolean;
  readonly glob: Glob;
  /** Its length as the readers that count the fewest and the most characters see it. */
  readonly shortest: number;
  readonly longest: number;
  /** Its number in the file, from 1. */
  readonly line: number;
}

/** A line that the rules add to a group. */
export interface AddedRule {
  readonly allow: boolean;
  /** The value of the line. */
  readonly text: string;
  /** The rule of the rules file. */
  readonly rule: string;
  /** The line of the origin server's file that this one restates or overrides. */
  readonly because?: { readonly line: number; readonly is: "restated" | "overridden" };
}

/** The lines that the rules add to a group of rules; the pages about which it can't say everything. */
export interface Combined {
  readonly added: readonly AddedRule[];
  /** Pages for which no line is long enough. */
  readonly unsaid: readonly { readonly pattern: string; readonly rule: string }[];
}

/** A line in force, of the origin server or added. */
export interface RankedLine extends Omit<OriginRule, "line"> {
  /** Position among the origin server's lines by precedence; undefined if it is added. */
  readonly rank: number | undefined;
  readonly line: number | undefined;
}

/** The most comparisons of lines for one group and for one file, and the most lines that are added. */
const MOST_COMPARED = 300_000;
const MOST_OF_FILE = 3_000_000;
const MOST_ADDED = 2000;
/** The comparisons for which one intersection counts; the lines of which a look at each counts as one. */
const COST_OF_PARTS = 50;
const LINES_AT_A_TIME = 40;

class TooMany extends Error {}

/** The comparisons that are left for the groups of one file. */
export class ComparisonBudget {
  left = MOST_OF_FILE;
}

/**
 * Finds the lines to add to the rules of a group, so that it forbids what these rules forbid, and what the
 * regions block, and nothing else. The longest matching line decides, Allow if two are equal (RFC 9309
 * §2.2.2). Undefined if too many lines overlap.
 *
 * @param cells patterns of the regions' parts, each after those that contain it
 */
export function combineRules(
  origin: readonly RankedLine[],
  regions: RegionLists,
  cells: readonly Glob[],
  budget: ComparisonBudget,
): Combined | undefined {
  const combiner = new Combiner(origin, budget);
  try {
    for (const cell of cells) {
      const witness = witnessOf(cell);
      const { name, isBlocked } = ruleAt(regions, witness);
      if (isBlocked) combiner.block(cell, name);
      else combiner.open(cell, name);
    }
  } catch (error) {
    if (!(error instanceof TooMany)) throw error;
    return undefined;
  }
  return { added: combiner.added, unsaid: combiner.unsaid };
}

/** Ranks the rules of a group by ascending precedence. */
export function rankRules(rules: readonly OriginRule[]): readonly RankedLine[] {
  return rules
    .toSorted((a, b) => a.longest - b.longest || Number(a.allow) - Number(b.allow))
    .map((each, rank) => Object.assign({ rank }, each));
}

class Combiner {
  readonly added: AddedRule[] = [];
  readonly unsaid: { pattern: string; rule: string }[] = [];
  /** By ascending precedence. */
  readonly #origin: readonly RankedLine[];
  readonly #lines: RankedLine[];
  readonly #budget: ComparisonBudget;
  #left = MOST_COMPARED;

  constructor(origin: readonly RankedLine[], budget: ComparisonBudget) {
    this.#budget = budget;
    this.#origin = origin;
    this.#lines = [...origin];
  }

  /** Forbids all targets of a cell. */
  block(cell: Glob, rule: string): void {
    this.#countLines();
    this.#ensure(cell, false, { rule, isAgainst: isAllow, within: cell });
  }

  /** Gives all targets of a cell the meaning that they have for the origin server's rules alone. */
  open(cell: Glob, rule: string): void {
    this.#countLines();
    if (!this.#lines.some((line) => isOurs(line) && !line.allow && this.#meets(line.glob, cell))) {
      return;
    }
    const base = this.#origin.findLast(({ glob }) => this.#contains(glob, cell));
    const allow = base?.allow ?? true;
    const isAgainst = (line: RankedLine): boolean => isOurs(line) && line.allow !== allow;
    this.#ensure(cell, allow, { rule, isAgainst, ...restated(base) });
    for (const line of this.#origin.slice((base?.rank ?? -1) + 1)) {
      const rank = line.rank ?? 0;
      const isBelow = (other: RankedLine): boolean =>
        other.allow !== line.allow && (other.rank === undefined || other.rank < rank);
      for (const part of this.#intersect(line.glob, cell)) {
        this.#ensure(part, line.allow, { rule, isAgainst: isBelow, ...restated(line) });
      }
    }
  }

  /**
   * Adds lines unless those in force already give a pattern this meaning against all others.
   *
   * @param isPart whether only lines that contain the pattern count, since it is a part of another
   */
  #ensure(glob: Glob, allow: boolean, why: Why, isPart = false): void {
    this.#countLines();
    const against = this.#lines.filter(
      (line) => why.isAgainst(line) && this.#meets(line.glob, glob),
    );
    if (against.length === 0 && (allow || why.within === undefined)) return;
    const least = this.#leastLength(glob, allow, against);
    const before = this.#lines.find(
      (line) => line.allow === allow && line.shortest >= least && this.#contains(line.glob, glob),
    );
    const length = before?.shortest ?? this.#add(glob, allow, least, why);
    if (length === undefined || isPart) return;
    for (const line of against) {
      const wins = allow ? line.longest > length : line.longest >= length;
      if (!wins || this.#contains(line.glob, glob)) continue;
      const because = line.line === undefined ? why.because : { line: line.line, is: OVER };
      for (const part of this.#intersect(line.glob, glob)) {
        this.#ensure(part, allow, because === undefined ? why : { ...why, because }, true);
      }
    }
  }

  /** The length with which a line decides against those that contain it. */
  #leastLength(glob: Glob, allow: boolean, against: readonly RankedLine[]): number {
    let least = 0;
    for (const line of against) {
      if (this.#contains(line.glob, glob)) least = Math.max(least, line.longest + (allow ? 0 : 1));
    }
    return least;
  }

  #add(glob: Glob, allow: boolean, least: number, why: Why): number | undefined {
    const widened = why.within === undefined ? undefined : () => widen(glob, why.within as Glob);
    let of = glob;
    let text = lengthenGlob(glob, least);
    if (text === undefined && widened !== undefined) {
      of = widened() ?? glob;
      text = lengthenGlob(of, least);
    }
    if (text === undefined) {
      this.unsaid.push({ pattern: formatGlob(glob), rule: why.rule });
      return undefined;
    }
    if (this.added.length >= MOST_ADDED) throw new TooMany();
    const { rule, because } = why;
    this.added.push({ allow, text, rule, ...(because === undefined ? {} : { because }) });
    const { length } = text;
    const line = { allow, glob: of, shortest: length, longest: length };
    this.#lines.push({ ...line, rank: undefined, line: undefined });
    return length;
  }

  #meets(a: Glob, b: Glob): boolean {
    if (!mayMeet(a, b)) {
      this.#count();
      return false;
    }
    this.#count(costOf(a, b));
    return matchesGlob(a, witnessOf(b)) || this.#intersect(a, b).length > 0;
  }

  #contains(outer: Glob, inner: Glob): boolean {
    this.#count(mayMeet(outer, inner) ? costOf(outer, inner) : 1);
    return containsGlob(outer, inner);
  }

  #intersect(a: Glob, b: Glob): readonly Glob[] {
    this.#count(COST_OF_PARTS * costOf(a, b));
    const parts = intersectGlobs(a, b);
    if (parts === undefined) throw new TooMany();
    return parts;
  }

  #countLines(): void {
    this.#count(Math.ceil(this.#lines.length / LINES_AT_A_TIME));
  }

  #count(cost = 1): void {
    this.#left -= cost;
    this.#budget.left -= cost;
    if (this.#left < 0 || this.#budget.left < 0) throw new TooMany();
  }
}

/** The cost of a match grows with both lengths. */
function costOf(a: Glob, b: Glob): number {
  return 1 + Math.floor((a.length * b.length) / 4096);
}

function isAllow({ allow }: RankedLine): boolean {
  return allow;
}

function isOurs({ rank }: RankedLine): boolean {
  return rank === undefined;
}

interface Why {
  readonly rule: string;
  /** Whether a line must not decide. */
  readonly isAgainst: (line: RankedLine) => boolean;
  /** The pattern in which all targets may get the meaning. @default none but the line's own */
  readonly within?: Glob;
  readonly because?: { readonly line: number; readonly is: "restated" | "overridden" };
}

const OVER = "overridden" as const;

function restated(line: RankedLine | undefined) {
  if (line?.line === undefined) return {};
  return { because: { line: line.line, is: "restated" as const } };
}

/** A pattern with a `*` that contains one without, and is in another. */
function widen(glob: Glob, within: Glob): Glob | undefined {
  for (let at = glob.length; at > 0; at--) {
    const wider = `${glob.slice(0, at)}*${glob.slice(at)}`;
    if (containsGlob(within, wider)) return wider;
  }
  return undefined;
}

/** The decision of a list of lines for a target: the longest that matches, Allow if two are equal. */
export function isForbidden(
  rules: readonly { readonly allow: boolean; readonly glob: Glob; readonly longest: number }[],
  target: string,
): boolean {
  let best: (typeof rules)[number] | undefined;
  for (const rule of rules) {
    const longer = rule.longest - (best?.longest ?? -1);
    if (longer < 0 || (longer === 0 && !rule.allow)) continue;
    if (matchesGlob(rule.glob, target)) best = rule;
  }
  return best?.allow === false;
}
