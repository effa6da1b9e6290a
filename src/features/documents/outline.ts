import { headerLength } from "./write.ts";

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

/** Divides a site into files: one for each top-level directory, split if it is longer than `maxChars`; single pages are in the root. */
export function outlineOf(pages: readonly ListedPage[], maxChars: number): Outline {
  const sorted = pages.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const files: LlmsFile[] = [];
  const rest: ListedPage[] = [];
  for (const [directory, inside] of byDirectory(sorted, "/")) {
    if (directory === "/" || inside.length < 2) rest.push(...inside);
    else split(directory, inside, maxChars, files);
  }
  // The root reserves room for its pointers; pages without room go into files beside it.
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
    // If one directory has all pages, it is split by its subdirectories.
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

/** Groups pages by their directory below a parent; pages directly in the parent are grouped under the parent. */
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
