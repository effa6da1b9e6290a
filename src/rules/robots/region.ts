import type { PathPattern } from "../../http/path-pattern.ts";
import { intersectGlobs, matchesGlob, containsGlob, type Glob } from "./pattern.ts";

/** The pages of one rule, in the patterns of robots.txt. */
export interface Pages {
  readonly patterns: readonly Glob[];
  /** Patterns of pages that are not meant, although `patterns` match them. */
  readonly except: readonly Glob[];
}

/** The pages of one rule and its decision; the first region that has a page decides. */
export interface Region extends Pages {
  readonly isBlocked: boolean;
  /** The name of the rule. */
  readonly name: string;
}

/**
 * The regions for each way in which the requests of a crawler are identified, of which a file knows
 * nothing: a page is blocked if all of them block it.
 */
export type RegionLists = readonly (readonly Region[])[];

/** The region that decides about a target: one that admits it if there is one. */
export function ruleAt(lists: RegionLists, target: string): Pick<Region, "isBlocked" | "name"> {
  const all = lists.map((regions) => regionAt(regions, target) ?? NONE);
  return all.find(({ isBlocked }) => !isBlocked) ?? all[0] ?? NONE;
}

/** The first region that has a target. */
export function regionAt<Of extends Pages>(regions: readonly Of[], target: string): Of | undefined {
  const has = (glob: Glob): boolean => matchesGlob(glob, target);
  return regions.find(({ patterns, except }) => patterns.some(has) && !except.some(has));
}

const NONE = { isBlocked: false, name: "built-in" };

/** The most intersections of patterns of which neither contains the other. */
const MOST_CELLS = 24;

/**
 * The patterns of the regions and their intersections, each after those that contain it: the last one that
 * a target matches tells whether it is blocked. Undefined if there are too many.
 */
export function cellsOf(lists: RegionLists): readonly Glob[] | undefined {
  const regions = [...new Set(lists.flat())];
  const isPlain = (region: Region): boolean =>
    region.isBlocked && region.except.length === 0 && lists.every((list) => list.includes(region));
  const shapes = regions.filter((region) => !isPlain(region));
  const shaped = new Set(shapes.flatMap(({ patterns, except }) => patterns.concat(except)));
  const all = new Set([...shaped, ...regions.flatMap(({ patterns }) => patterns)]);
  const containing = (cell: Glob): Glob[] => [...all].filter((each) => containsGlob(each, cell));
  const known = new Set<Glob>(shaped);
  // Patterns that only block need no intersection: every page of both is blocked.
  for (const cell of known) {
    const outer = new Set(containing(cell));
    for (const pattern of all) {
      if (outer.has(pattern)) continue;
      const parts = intersectGlobs(cell, pattern);
      if (parts === undefined) return undefined;
      for (const part of parts) known.add(part);
      if (known.size > shaped.size + MOST_CELLS) return undefined;
    }
  }
  for (const pattern of all) known.add(pattern);
  const depth = new Map(Array.from(known, (cell) => [cell, containing(cell).length]));
  return [...known].toSorted((a, b) => (depth.get(a) ?? 0) - (depth.get(b) ?? 0));
}

/** The translation of a path pattern. */
export interface Translation extends Pages {
  /**
   * "query": texts in the query of an address can match too. "wider": the patterns match more pages than
   * the path pattern. "literal": the path pattern has a `*` that stands for itself.
   */
  readonly lacks?: "query" | "wider" | "literal";
}

/** Translates a path pattern of a rule; `*` and the end of a path have other meanings in robots.txt. */
export function translatePattern({ parts }: PathPattern): Translation {
  const literals = parts.flatMap((part) => (part.kind === "literal" ? [part.text] : []));
  if (literals.some((text) => text.includes("*"))) {
    return { patterns: [], except: [], lacks: "literal" };
  }
  const texts = parts.map((part) => (part.kind === "literal" ? part.text : "*"));
  const names = parts.flatMap((part, i) => (part.kind === "segment" ? [i] : []));
  const anys = parts.filter(({ kind }) => kind === "any").length;
  const isOpen = parts.at(-1)?.kind === "any";
  const patterns = ended(texts, parts.at(-1)?.kind === "literal");
  const hasInner = anys - Number(isOpen) > 0;
  if (names.length === 0) {
    return { patterns, except: [], ...(hasInner ? { lacks: "query" } : {}) };
  }
  // After the first name, "/*" at the end leaves no other way to read a path.
  const [first = 0] = names;
  if (names.length === 1 && anys === 1 && isOpen && parts[first + 1]?.kind === "literal") {
    if (texts[first + 1] === "/" && first + 3 === parts.length) return { patterns, except: [] };
  }
  if (anys > 0) return { patterns, except: [], lacks: "wider" };
  // More slashes than the pattern has are in one of the names.
  const deeper = names.flatMap((at) => {
    const wider = texts.with(at, "*/*");
    return ended(wider, parts.at(-1)?.kind === "literal");
  });
  const isLast = parts.at(-1)?.kind === "segment";
  const empty = isLast ? ended(texts.slice(0, -1), true) : [];
  return { patterns, except: [...deeper, ...empty], lacks: "query" };
}

/** The patterns of addresses with a path; without an end, the path may continue. */
function ended(each: readonly string[], ends: boolean): Glob[] {
  const text = each.join("").replaceAll(/\*{2,}/g, "*");
  // An address is path and query: the path ends at the end, or before "?".
  return ends ? [text, `${text}?*`] : [text.endsWith("*") ? text : `${text}*`];
}
