/** Numbers below 1, the same in each run (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Random = () => number;
type Change = (path: string, random: Random) => string;

const pick = <T>(from: readonly T[], random: Random): T =>
  from[Math.floor(random() * from.length)] as T;

const hex = (char: string, random: Random): string => {
  const digits = (char.codePointAt(0) ?? 0).toString(16).padStart(2, "0");
  return `%${random() < 0.5 ? digits : digits.toUpperCase()}`;
};

/** Replaces one place of several; the path as it is if there is none. */
const atOne = (places: RegExp, change: (found: string, random: Random) => string): Change => {
  return (path, random) => {
    const found = [...path.matchAll(places)];
    if (found.length === 0) return path;
    const { 0: text, index } = pick(found, random);
    return path.slice(0, index) + change(text, random) + path.slice(index + text.length);
  };
};

const SLASHES = [
  "//",
  "/./",
  "/%2e/",
  "/x/../",
  "/x/%2e%2e/",
  "/x/.%2E/",
  "/x/..;/",
  "/x/..%2f",
  "/x/..%5c",
  String.raw`/x/..\ `.trim(),
  "/x//../",
  "/;/",
  "/;a=b/",
  "/%2f",
  "%2f",
  "%2F",
  "%5c",
  "%5C",
  "\\",
  "/\\",
  "%252f",
  "%252F",
  "%c0%af",
  "/%09/",
  "/ /".replace(" ", "%20"),
  "/%00/",
  "///",
  "/%3b/",
  "/.;/",
  "/x/%252e%252e/",
  "/x/%c0%ae%c0%ae/",
  "/x/..%u002f",
  "%ef%bc%8f",
];

const BEHIND = [
  ";a=b",
  ";",
  "%3b",
  "%3Ba=b",
  "%20",
  ".",
  "%2e",
  "%00",
  "%09",
  "%0a",
  "%0d%0a",
  "..;",
  "%23",
  "%3f",
  ".html",
  ".json",
  "::$DATA",
  "~",
  "%ff",
  "%",
  ",",
];

const AT_THE_END = [
  "/",
  "//",
  "/.",
  "/..",
  "/./",
  "/x/..",
  "/../",
  "%2f",
  "%2f..",
  "\\",
  "?",
  "?a=/../b",
  ";",
  "/;",
  ".",
  "..",
  "%20",
  "%00",
  "%00.html",
  "/../x",
  "/%2e%2e/x",
  "%2f..%2fx",
  "/..%2f..%2fx",
  "/..%2fx",
  "/..;/x",
  String.raw`/..\x`,
  "/x/%2e%2e/%2e%2e/y",
  "/index.html",
  "/index.php",
];

const AT_THE_START = [
  "/.",
  "/..",
  "/x/..",
  "/x/%2e%2e",
  "/%2e",
  "/x/..;",
  "/",
  "//",
  "/%2f",
  "/;",
  "/;a",
  "\\",
  "/public/..",
  "/public/%2e%2e",
  "/public/..%2f..",
  "http://x.example",
  "HTTP://x.example",
];

const FOLDED: Readonly<Record<string, string>> = { k: "%E2%84%AA", s: "%C5%BF", i: "%C4%B1" };

/** Every kind of change that we know some server undoes. */
const CHANGES: readonly Change[] = [
  atOne(/[a-zA-Z]/g, (char) =>
    char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase(),
  ),
  atOne(/[a-z]{3,}/gi, (word) => word.toUpperCase()),
  atOne(/[a-z]{3,}/gi, (word, random) =>
    Array.from(word, (char) => (random() < 0.5 ? char.toUpperCase() : char)).join(""),
  ),
  atOne(/[^/%]/g, hex),
  atOne(/[^/%]/g, (char, random) => `%25${hex(char, random).slice(1)}`),
  atOne(/[a-z]{3,}/gi, (word, random) => Array.from(word, (char) => hex(char, random)).join("")),
  atOne(/[kis]/gi, (char) => FOLDED[char.toLowerCase()] ?? char),
  atOne(/[a-z]/g, (char) =>
    encodeURIComponent(String.fromCodePoint((char.codePointAt(0) ?? 0) + 0xfee0)),
  ),
  atOne(/\//g, (_slash, random) => pick(SLASHES, random)),
  atOne(/\//g, (_slash, random) => pick(SLASHES, random)),
  atOne(/(?<=[^/])(?=\/|$)/g, (_end, random) => pick(BEHIND, random)),
  (path, random) => path + pick(AT_THE_END, random),
  (path, random) => pick(AT_THE_START, random) + path,
];

/**
 * Ways to write a path that some server may read as it, or as one below it: each kind of change alone,
 * and mixes of up to five.
 */
export function spellingsOf(path: string, count: number, seed = 7): readonly string[] {
  const random = randomNumbers(seed);
  const found = new Set<string>([path]);
  for (const end of AT_THE_END) found.add(path + end);
  for (const start of AT_THE_START) found.add(start + path);
  for (const slash of SLASHES) {
    for (const { index } of path.matchAll(/\//g)) {
      found.add(path.slice(0, index) + slash + path.slice(index + 1));
    }
  }
  while (found.size < count) {
    let spelling = path;
    const changes = 1 + Math.floor(random() * 5);
    for (let i = 0; i < changes; i++) spelling = pick(CHANGES, random)(spelling, random);
    if (/^(?:[/\\%]|https?:)/i.test(spelling)) found.add(spelling);
  }
  return [...found].slice(0, count);
}
