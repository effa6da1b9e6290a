/** Segments of a path that its shape distinguishes, at most. */
const DEPTH = 3;
/** Characters of a segment that is a word, at most. */
const LONGEST_WORD = 24;

/**
 * The shape of a path, in which `*` stands for each segment that is most likely one of many (number,
 * date, hash, title), and at the end for all further ones: "/blog/2026/11/a-long-title" is "/blog/*".
 * An extension remains: "/assets/app.3f2a9c1b.js" is "/assets/*.js".
 */
export function shapeOf(path: string): string {
  const parts = path.slice(1, 2048).split("/", DEPTH + 2);
  const isDirectory = parts.length > 1 && parts.at(-1) === "";
  const segments = isDirectory ? parts.slice(0, -1) : parts;
  const shown = segments.slice(0, DEPTH).map(wordOrStar);
  if (segments.length > DEPTH) shown[DEPTH - 1] = "*";
  while (shown.length > 1 && shown.at(-1) === "*" && shown.at(-2) === "*") shown.pop();
  const end = isDirectory && shown.at(-1) !== "*" ? "/" : "";
  return `/${shown.join("/")}${end}`;
}

const WORD = /^[\p{L}\d._~-]+$/u;
const EXTENSION = /^(.+)(\.[a-z][a-z\d]{0,5})$/i;
const HASH = /^(?=[a-z]*\d)[\da-f]{8,}$/i;

function wordOrStar(segment: string): string {
  const [, stem = segment, extension = ""] = EXTENSION.exec(segment) ?? [];
  return isWord(stem) ? segment : `*${extension.toLowerCase()}`;
}

/** Whether a segment is most likely chosen by the site's structure, and not one of many. */
function isWord(text: string): boolean {
  if (text === "") return true;
  if (text.length > LONGEST_WORD || !WORD.test(text) || HASH.test(text)) return false;
  // A version such as "v2" is a word; "2026", "item-1234" and "a1b2c3" are not.
  const digits = count(text, /\d/g);
  if (digits > 2 || digits === text.length) return false;
  return count(text, /[-_]/g) < 3;
}

function count(text: string, of: RegExp): number {
  return text.match(of)?.length ?? 0;
}
