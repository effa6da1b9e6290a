import { hashWithDashes, isLongMixed, looksLikeHash } from "./hash-token.ts";

/** The position of a version in a name: the first character, and the one after the last. */
export interface VersionPart {
  readonly from: number;
  readonly to: number;
}

const LONGEST_NAME = 256;

/** `1.2.3`, `v2.4`, `5.0.0-beta.1`, `2026-11-21`, between separators. */
const NUMBERS =
  /(?<=^|[-_.@~])[vr]?\d{1,8}(?:\.\d{1,8}){1,3}(?:[-_.+](?:alpha|beta|rc|pre|preview|dev|next|canary|nightly|snapshot)(?:[-_.]?\d{1,14}){0,3})?(?=$|[-_.])|(?<=^|[-_.])20\d\d-[01]\d-[0-3]\d(?=$|[-_.])/i;

/** `v12`, `r160`, `build1234`, `version1700000000`: a number after a word for a version. */
const NAMED = /(?<=^|[-_.])(?:v|r|rev|ver|build|version|release)[-_]?\d{1,14}(?=$|[-_.])/i;

/** A build number or a time; shorter numbers are usually pages and chunks. */
const LONG_NUMBER = /(?<=^|[-_.])\d{4,17}(?=$|[-_.])/;

/** The last hash and the version number in a file's name; if there is neither, a long number. */
export function versionsInFile(name: string, isImmutable = false): readonly VersionPart[] {
  if (name.length > LONGEST_NAME) return [];
  const known = recognized(name);
  return known.length > 0 || !isImmutable ? known : present(lastPart(name));
}

function recognized(name: string): readonly VersionPart[] {
  const [hash, numbers] = [hashIn(name), findNumbers(name)];
  if (hash === undefined) return present(numbers ?? find(LONG_NUMBER, name));
  if (numbers === undefined || (hash.from < numbers.to && numbers.from < hash.to)) return [hash];
  return hash.from < numbers.from ? [hash, numbers] : [numbers, hash];
}

/** The version in a folder's name, which may be the whole name; none or one. */
export function versionInFolder(name: string): readonly VersionPart[] {
  if (name.length > LONGEST_NAME) return [];
  if (UUID.test(name) || isLongMixed(name)) return [{ from: 0, to: name.length }];
  // Shorter numbers in folders are usually users, years and months.
  return present(hashIn(name) ?? findNumbers(name) ?? find(/^\d{5,17}$/, name));
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isVersionValue(value: string): boolean {
  if (value.length > LONGEST_NAME) return false;
  if (/^\d{1,24}$/.test(value) || looksLikeHash(value) || UUID.test(value)) return true;
  if (findNumbers(value)?.from === 0) return true;
  // Short values like those of Drupal: letters and digits alternate.
  return /^(?=[a-z0-9]{5,12}$)(?:[a-z]+\d+[a-z]|\d+[a-z]+\d)/.test(value);
}

/** Characters of hashes that look like words. */
const HASH_LENGTHS = { least: 8, most: 64 };

/** The part of a name before its extension, if it is as long as a hash. */
function lastPart(name: string): VersionPart | undefined {
  const to = name.lastIndexOf(".");
  let from = to;
  while (from > 0 && /[A-Za-z0-9]/.test(name[from - 1] as string)) from--;
  const { least, most } = HASH_LENGTHS;
  if (from === 0 || to - from < least || to - from > most) return undefined;
  return /[-_.]/.test(name[from - 1] as string) ? { from, to } : undefined;
}

function present(part: VersionPart | undefined): readonly VersionPart[] {
  return part === undefined ? [] : [part];
}

function findNumbers(text: string): VersionPart | undefined {
  return find(NUMBERS, text) ?? find(NAMED, text);
}

function find(pattern: RegExp, text: string): VersionPart | undefined {
  const match = pattern.exec(text);
  return match === null ? undefined : { from: match.index, to: match.index + match[0].length };
}

/** The last hash in a name; a hash between dots may contain "-" and "_". */
function hashIn(name: string): VersionPart | undefined {
  let to = name.length;
  while (to > 0) {
    const from = name.lastIndexOf(".", to - 1) + 1;
    const dashed = hashWithDashes(name.slice(0, to));
    if (dashed !== undefined && dashed >= from) return { from: dashed, to };
    const found = lastToken(name, from, to);
    if (found !== undefined) return found;
    to = from - 1;
  }
  return undefined;
}

function lastToken(name: string, from: number, to: number): VersionPart | undefined {
  let end = to;
  for (let i = to - 1; i >= from - 1; i--) {
    if (i >= from && /[A-Za-z0-9]/.test(name[i] as string)) continue;
    if (looksLikeHash(name.slice(i + 1, end))) return { from: i + 1, to: end };
    end = i;
  }
  return undefined;
}
