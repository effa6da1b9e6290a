import { headerLength } from "./write.ts";

/** A page to be listed. */
export interface ListedPage {
  readonly path: string;
  readonly title: string;
  readonly description: string;
  /** Absolute. */
  readonly url: string;
  /** Characters of its line in a list; what laying out a large site needs of each page. */
  readonly length: number;
}

/** One llms.txt. */
export interface LlmsFile {
  /** Path of the file, e.g. "/guide/llms.txt". */
  readonly path: string;
  /** The directory that it is about, with slashes at both ends. */
  readonly directory: string;
  /** Which of the directory's files, from 1. */
  readonly part: number;
  readonly pages: readonly ListedPage[];
}

/** A site as llms.txt files: one for the root, which points to all others. */
export interface Outline {
  readonly root: readonly ListedPage[];
  readonly files: readonly LlmsFile[];
}

/** Characters that a pointer to a file takes, about. */
const POINTER = 200;

/**
 * Lays a site out: a file for each top-level directory, split further where one grows over
 * `maxChars` characters; what stands alone is listed in the root.
 */
export function outlineOf(pages: readonly ListedPage[], maxChars: number): Outline {
  const sorted = pages.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const files: LlmsFile[] = [];
  const rest: ListedPage[] = [];
  for (const [directory, inside] of byDirectory(sorted, "/")) {
    if (directory === "/" || inside.length < 2) rest.push(...inside);
    else split(directory, inside, maxChars, files);
  }
  // The root keeps room for its pointers; what is left over goes into files beside it.
  const room = maxChars - headerLength() - files.length * POINTER;
  const [root = [], ...others] = chunks(rest, Math.max(maxChars / 4, room), maxChars);
  others.forEach((pages, i) => {
    files.push({ path: `/llms-${i + 2}.txt`, directory: "/", part: i + 2, pages });
  });
  return { root, files };
}

function split(
  directory: string,
  pages: readonly ListedPage[],
  maxChars: number,
  files: LlmsFile[],
): void {
  const room = maxChars - headerLength();
  let rest = pages;
  if (lengthOf(pages) > room) {
    const groups = [...byDirectory(pages, directory)];
    const deeper = groups.filter(([name, inside]) => name !== directory && inside.length > 1);
    // Where one directory holds all, going down only helps if it is another one.
    if (deeper.length > 0) {
      rest = groups
        .filter(([name, inside]) => name === directory || inside.length < 2)
        .flatMap(([, inside]) => inside);
      for (const [name, inside] of deeper) split(name, inside, maxChars, files);
    }
  }
  chunks(rest, room, room).forEach((inside, i) => {
    const name = i === 0 ? "llms.txt" : `llms-${i + 1}.txt`;
    files.push({ path: directory + name, directory, part: i + 1, pages: inside });
  });
}

/** Pages by the directory below a parent that they are in; those right in the parent under it. */
function byDirectory(
  pages: readonly ListedPage[],
  parent: string,
): ReadonlyMap<string, readonly ListedPage[]> {
  const groups = new Map<string, ListedPage[]>();
  for (const page of pages) {
    const path = page.path.split("?", 1)[0] ?? "";
    const slash = path.indexOf("/", parent.length);
    const directory = slash === -1 ? parent : path.slice(0, slash + 1);
    const group = groups.get(directory);
    if (group === undefined) groups.set(directory, [page]);
    else group.push(page);
  }
  return groups;
}

function chunks(
  pages: readonly ListedPage[],
  firstRoom: number,
  room: number,
): readonly (readonly ListedPage[])[] {
  const all: ListedPage[][] = [];
  let left = 0;
  for (const page of pages) {
    const { length } = page;
    if (length > left || all.length === 0) {
      left = all.length === 0 ? firstRoom : room;
      all.push([]);
    }
    all.at(-1)?.push(page);
    left -= length;
  }
  return all;
}

function lengthOf(pages: readonly ListedPage[]): number {
  let length = 0;
  for (const page of pages) length += page.length;
  return length;
}
