import type { Purge } from "./store.ts";

/**
 * The times of the last purges, in milliseconds since the epoch. The latest of the marks that apply
 * to a scope decides; marks older than `all` have no effect and are left out.
 */
export interface Marks {
  readonly all: number;
  readonly groups: ReadonlyMap<string, number>;
  readonly urls: ReadonlyMap<string, number>;
}

export const EMPTY: Marks = { all: 0, groups: new Map(), urls: new Map() };

/** Bounds of names and their characters; beyond them everything is purged. */
const MAX_NAMES = 1000;
const MAX_TEXT = 131_072;

/** The generation of a scope: one short word, "0" if nothing was ever purged. */
export function generationOf(
  { all, groups, urls }: Marks,
  { url, group }: { readonly url?: string; readonly group?: string },
): string {
  let mark = all;
  if (group !== undefined && groups.size > 0) mark = Math.max(mark, groups.get(group) ?? 0);
  if (url !== undefined && urls.size > 0) mark = Math.max(mark, urls.get(nameOf(url)) ?? 0);
  return mark.toString(36);
}

/** The marks that a purge adds: later than all known marks, even if the clock was set back. */
export function raise(known: Marks, what: Purge, time: number): Marks {
  const latest = Math.max(known.all, ...known.groups.values(), ...known.urls.values());
  const mark = Math.max(Math.floor(time), latest + 1);
  switch (what.kind) {
    case "all":
      return { ...EMPTY, all: mark };
    case "group":
      return { ...EMPTY, groups: new Map([[what.group, mark]]) };
    case "url":
      return { ...EMPTY, urls: new Map([[nameOf(what.url), mark]]) };
  }
}

/** Joins marks: the later one of each counts, so that no purge is undone. */
export function join(a: Marks, b: Marks): Marks {
  const all = Math.max(a.all, b.all);
  const latest = (
    one: ReadonlyMap<string, number>,
    other: ReadonlyMap<string, number>,
  ): ReadonlyMap<string, number> => {
    const joined = new Map<string, number>();
    for (const [name, mark] of [...one, ...other]) {
      if (mark > Math.max(all, joined.get(name) ?? 0)) joined.set(name, mark);
    }
    return joined;
  };
  return { all, groups: latest(a.groups, b.groups), urls: latest(a.urls, b.urls) };
}

/** Whether joining `some` to `others` would change nothing. */
export function isWithin(some: Marks, others: Marks): boolean {
  const has = (one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): boolean =>
    [...one].every(([name, mark]) => Math.max(others.all, other.get(name) ?? 0) >= mark);
  return some.all <= others.all && has(some.groups, others.groups) && has(some.urls, others.urls);
}

/** The marks; if there are too many, one later mark for everything. */
export function bounded(marks: Marks, time: number): Marks {
  const { groups, urls } = marks;
  let text = 0;
  for (const name of [...groups.keys(), ...urls.keys()]) text += name.length;
  return groups.size + urls.size > MAX_NAMES || text > MAX_TEXT
    ? raise(marks, { kind: "all" }, time)
    : marks;
}

export function writeMarks({ all, groups, urls }: Marks): string {
  return JSON.stringify({ all, groups: [...groups], urls: [...urls] });
}

/** Parses the text of `writeMarks`; malformed parts count as no marks. */
export function parseMarks(text: string | undefined): Marks {
  if (text === undefined) return EMPTY;
  try {
    const value = JSON.parse(text) as { all?: unknown; groups?: unknown; urls?: unknown } | null;
    return {
      all: isMark(value?.all) ? value.all : 0,
      groups: parseNamed(value?.groups),
      urls: parseNamed(value?.urls),
    };
  } catch {
    return EMPTY;
  }
}

function parseNamed(value: unknown): ReadonlyMap<string, number> {
  const entries = Array.isArray(value) ? (value as unknown[]) : [];
  return new Map(
    entries.filter(
      (entry): entry is [string, number] =>
        Array.isArray(entry) && typeof entry[0] === "string" && isMark(entry[1]),
    ),
  );
}

function isMark(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A URL without fragment and without slashes at the end of its path. */
function nameOf(url: string): string {
  const hash = url.indexOf("#");
  const whole = hash === -1 ? url : url.slice(0, hash);
  const at = whole.indexOf("?");
  const query = at === -1 ? whole.length : at;
  let end = query;
  // A regular expression for slashes at the end would backtrack over slashes elsewhere.
  while (whole[end - 1] === "/") end--;
  return end === query ? whole : whole.slice(0, end) + whole.slice(query);
}
