import { nextTurn, PAGES_A_TURN, TurnCount } from "../../timing/turns.ts";

/** Separates a page's title from that of its site. */
const SEPARATOR = /\s(?:[—–|·•»«~/-]|::)\s|\s?｜\s?/g;

/** The fewest titles that show that a part belongs to the site. */
const FEWEST = 3;
/** Parts of one title, and different parts of all, that are counted. */
const MOST_PARTS = 6;
const MOST_KEYS = 20_000;

/** The parts that the titles of a site's pages have in common. */
interface SharedParts {
  /** Begins with a separator; empty if they share no end. */
  readonly end: string;
  /** Ends with a separator; empty if they share no start. */
  readonly start: string;
}

/**
 * Finds the part that all titles of a site share, such as the name of the site. One title, or a tenth
 * of them, may lack it: the first page often does.
 */
export async function sharedParts(titles: readonly string[]): Promise<SharedParts> {
  const ends = new Map<string, number>();
  const starts = new Map<string, number>();
  const share = new TurnCount(PAGES_A_TURN);
  for (const title of titles) {
    if (share.isOver()) await nextTurn();
    for (const { index, 0: separator } of [...title.matchAll(SEPARATOR)].slice(-MOST_PARTS)) {
      count(ends, title.slice(index));
      count(starts, title.slice(0, index + separator.length));
    }
  }
  const least = Math.max(FEWEST, titles.length - Math.max(1, Math.floor(titles.length / 10)));
  return { end: longest(ends, least), start: longest(starts, least) };
}

/** A title without what all share; unchanged if nothing else would be left. */
export function withoutShared(title: string, { end, start }: SharedParts): string {
  const from = start !== "" && title.startsWith(start) ? start.length : 0;
  const to = end !== "" && title.endsWith(end) ? title.length - end.length : title.length;
  const own = title.slice(from, Math.max(from, to)).trim();
  return own === "" ? title : own;
}

function count(counts: Map<string, number>, part: string): void {
  const known = counts.get(part);
  if (known !== undefined || counts.size < MOST_KEYS) counts.set(part, (known ?? 0) + 1);
}

function longest(counts: ReadonlyMap<string, number>, least: number): string {
  let found = "";
  for (const [part, times] of counts) {
    if (times >= least && part.length > found.length) found = part;
  }
  return found;
}
