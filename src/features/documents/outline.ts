import { nextTurn, sortInTurns, TurnCount } from "../../timing/turns.ts";
import { isIndexPage } from "./index-pages.ts";
import { HEADER_LENGTH } from "./write.ts";

/** A page in a list. */
export interface ListedPage {
  readonly path: string;
  readonly title: string;
  readonly description: string;
  /** Absolute. */
  readonly url: string;
  /** Characters of its line in a list. */
  readonly length: number;
}

/** One llms.txt. */
export interface LlmsFile {
  /** Path of the file, e.g. "/guide/llms.txt". */
  readonly path: string;
  /** The directory of its pages, with a "/" at both ends. */
  readonly directory: string;
  /** The number of the file in its directory, from 1. */
  readonly part: number;
  readonly pages: readonly ListedPage[];
}

/** The llms.txt files of a site: the root, which points to all others. */
export interface Outline {
  readonly root: readonly ListedPage[];
  readonly files: readonly LlmsFile[];
}

/** The approximate length of a pointer to a file, in characters. */
const POINTER = 200;

/** Pages that are put into directories in one turn of the event loop. */
const A_TURN = 2000;

/** Divides a site into a file for each top-level directory, split at `maxChars`, and the root. */
export async function outlineOf(pages: readonly ListedPage[], maxChars: number): Promise<Outline> {
  const sorted = await sortInTurns(pages, (a, b) =>
    a.path < b.path ? -1 : a.path > b.path ? 1 : 0,
  );
  const files: LlmsFile[] = [];
  const rest: ListedPage[] = [];
  const share = new TurnCount(A_TURN);
  for (const [directory, inside] of await byDirectory(sorted, "/", share)) {
    if (directory === "/" || inside.length < 2) rest.push(...inside);
    else await split(directory, inside, maxChars, files, share);
  }
  // The root reserves room for its pointers; pages without room go into files beside it.
  const room = maxChars - HEADER_LENGTH - files.length * POINTER;
  const [root = [], ...others] = await chunks(rest, Math.max(maxChars / 4, room), maxChars, share);
  others.forEach((pages, i) => {
    files.push({ path: `/llms-${i + 2}.txt`, directory: "/", part: i + 2, pages });
  });
  return { root, files };
}

async function split(
  directory: string,
  pages: readonly ListedPage[],
  maxChars: number,
  files: LlmsFile[],
  share: TurnCount,
): Promise<void> {
  const room = maxChars - HEADER_LENGTH;
  let rest = pages;
  let length = 0;
  for (const page of pages) {
    if (share.isOver()) await nextTurn();
    length += page.length;
  }
  if (length > room) {
    directory = commonDirectory(pages);
    const groups = [...(await byDirectory(pages, directory, share))];
    const deeper = groups.filter(([name, inside]) => name !== directory && inside.length > 1);
    // If one directory has all pages, it is split by its subdirectories.
    if (deeper.length > 0) {
      rest = groups
        .filter(([name, inside]) => name === directory || inside.length < 2)
        .flatMap(([, inside]) => inside);
      for (const [name, inside] of deeper) await split(name, inside, maxChars, files, share);
    }
  }
  (await chunks(rest, room, room, share)).forEach((inside, i) => {
    const name = i === 0 ? "llms.txt" : `llms-${i + 1}.txt`;
    files.push({ path: directory + name, directory, part: i + 1, pages: inside });
  });
}

/** The deepest directory that all pages are in, which are sorted by path. */
function commonDirectory(pages: readonly ListedPage[]): string {
  const [first = "", last = ""] = [pages[0]?.path, pages.at(-1)?.path];
  let end = 0;
  while (end < first.length && first[end] === last[end] && first[end] !== "?") end += 1;
  return first.slice(0, first.lastIndexOf("/", end - 1) + 1);
}

/** Groups pages by their directory below a parent, or under the parent itself. */
async function byDirectory(
  pages: readonly ListedPage[],
  parent: string,
  share: TurnCount,
): Promise<ReadonlyMap<string, readonly ListedPage[]>> {
  const groups = new Map<string, ListedPage[]>();
  for (const page of pages) {
    if (share.isOver()) await nextTurn();
    const path = page.path.split("?", 1)[0] ?? "";
    const slash = path.indexOf("/", parent.length);
    const directory = slash === -1 ? parent : path.slice(0, slash + 1);
    const group = groups.get(directory);
    if (group === undefined) groups.set(directory, [page]);
    else group.push(page);
  }
  return groups;
}

/** Divides pages into lists by their length; those that only list others come last. */
async function chunks(
  pages: readonly ListedPage[],
  firstRoom: number,
  room: number,
  share: TurnCount,
): Promise<readonly (readonly ListedPage[])[]> {
  const all: ListedPage[][] = [];
  let left = 0;
  const add = (page: ListedPage): void => {
    const { length } = page;
    if (length > left || all.length === 0) {
      left = all.length === 0 ? firstRoom : room;
      all.push([]);
    }
    all.at(-1)?.push(page);
    left -= length;
  };
  const last: ListedPage[] = [];
  for (const page of pages) {
    if (share.isOver()) await nextTurn();
    if (isIndexPage(page.path)) last.push(page);
    else add(page);
  }
  for (const page of last) {
    if (share.isOver()) await nextTurn();
    add(page);
  }
  return all;
}
