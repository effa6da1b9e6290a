import { canonicalPath } from "../../http/canonical-path.ts";
import { withoutIndex } from "../../http/index-page.ts";

/** A page that may be one of a series, and its neighbours in it. */
export interface SeriesPage {
  readonly page: URL;
  readonly previous: readonly URL[];
  readonly next: readonly URL[];
}

/** Whether a query parameter or a path segment of this name counts pages. */
export type CountsPages = (name: string) => boolean;

/**
 * Whether a page is a later page of a series, and its canonical is the first one or another page of
 * the series: a redirect would lose the content of this page.
 */
export function leadsToFirstPage(series: SeriesPage, to: URL, countsPages: CountsPages): boolean {
  const { page } = series;
  return (
    byParameter(page, to, countsPages) ||
    bySegment(page, to, countsPages) ||
    byNeighbours(series, to)
  );
}

/** `?page=2` to the same path with a lower page number, or with none. */
function byParameter(page: URL, to: URL, countsPages: CountsPages): boolean {
  if (page.search === "" || pathOf(page) !== pathOf(to)) return false;
  for (const [name, value] of page.searchParams) {
    if (!countsPages(name.toLowerCase()) || !isLater(value)) continue;
    const target = to.searchParams.get(name);
    if (target === null || isLower(target, value)) return true;
  }
  return false;
}

/** `/page/2/`, `/page-2` to the path with a lower number, or without that part. */
function bySegment(page: URL, to: URL, countsPages: CountsPages): boolean {
  const segments = segmentsOf(page);
  const target = segmentsOf(to).join("/");
  return segments.some((segment, i) => {
    const [, word = "", joined = ""] = /^(\p{L}+)[-_]?(\d{1,9})$/u.exec(segment) ?? [];
    const isShort = word.length <= 2 && segments.length <= 2;
    if (joined !== "" && !isShort && countsPages(word.toLowerCase()) && isLater(joined)) {
      return isWithout(segments, i, 1, joined, target);
    }
    // Below the root, a short word such as "p" may also be a folder of articles.
    const isWord = segment.length > 2 || segments.length > 3;
    if (!isWord || !countsPages(segment.toLowerCase())) return false;
    const number = segments[i + 1] ?? "";
    return isLater(number) && isWithout(segments, i, 2, number, target);
  });
}

/** Whether a path is the other without the segments that number it, or with a lower number. */
function isWithout(
  segments: readonly string[],
  at: number,
  count: number,
  number: string,
  target: string,
): boolean {
  if (segments.toSpliced(at, count).join("/") === target) return true;
  const [before, after] = [segments.slice(0, at + count - 1), segments.slice(at + count)];
  const last = segments[at + count - 1] as string;
  const [head, tail] = [last.slice(0, last.length - number.length), after.join("/")];
  const start = [...before, head].join("/");
  if (!target.startsWith(start) || !target.endsWith(tail)) return false;
  const lower = target.slice(start.length, tail === "" ? undefined : -tail.length - 1);
  return isLower(lower, number);
}

/** `rel=prev` and `rel=next` show that the page is one of a series, however that is numbered. */
function byNeighbours({ page, previous, next }: SeriesPage, to: URL): boolean {
  if (previous.some((each) => keyOf(each) === keyOf(to))) return true;
  const path = pathOf(page);
  const isSamePath = (each: URL): boolean => pathOf(each) === path;
  // A series whose pages differ in their query; without rel=prev, the page may be the first.
  if (isSamePath(to) && to.search !== page.search && previous.some(isSamePath)) return true;
  return [...previous, ...next].some((neighbour) =>
    isNumbered(path, pathOf(neighbour), pathOf(to)),
  );
}

/** Whether a path differs from its neighbour's in one number, and from the canonical in the same. */
function isNumbered(path: string, neighbour: string, to: string): boolean {
  for (const { 0: number, index } of [...path.matchAll(/\d{1,9}/g)].slice(-MAX_NUMBERS)) {
    const before = path.slice(0, index);
    const after = path.slice(index + number.length);
    const at = (other: string): string | undefined =>
      other.startsWith(before) &&
      other.endsWith(after) &&
      other.length > before.length + after.length
        ? other.slice(before.length, other.length - after.length)
        : undefined;
    const isSeries = isNumber(at(neighbour)) || neighbour === trimEnd(before) + after;
    if (!isSeries || !isLater(number)) continue;
    if (to === trimEnd(before) + after || isLower(at(to) ?? "", number)) return true;
  }
  return false;
}

/** The most numbers of a path that are tried as the page's number, from its end. */
const MAX_NUMBERS = 8;

function trimEnd(path: string): string {
  return path.replace(/[-_./]$/, "");
}

function segmentsOf(url: URL): string[] {
  return pathOf(url).split("/");
}

/** The path in one spelling, without "index.html" and a slash at its end. */
function pathOf(url: URL): string {
  const path = withoutIndex(canonicalPath(url.pathname));
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

function keyOf(url: URL): string {
  return url.origin + pathOf(url) + url.search;
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,9}$/.test(text);
}

/** Whether a page number is not that of a first page, which may be 0 or 1. */
function isLater(number: string): boolean {
  return isNumber(number) && Number(number) >= 2;
}

function isLower(number: string, than: string): boolean {
  return isNumber(number) && Number(number) < Number(than);
}
