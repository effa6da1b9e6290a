import type { Growing } from "./growing.ts";

/** The most starts of URLs that are tried in one run of characters without white space. */
const MOST_STARTS = 8;
/** The characters before a text in which the start of a URL is looked for. */
const LOOK_BACK = 256;
const END = /[\s<\0\u00ad\u200b\u2060\ufeff]/g;
const START = /https?:\/\/|www\./gi;
const DOMAIN = /(?:[-._]|[^\s\p{P}\p{S}])+/uy;
const BEFORE_WWW = /[\s(*_[\]~]/;
const IN_BRACKETS = /<https?:\/\/[^\s<>\\]{1,2000}>/iy;
const TRAIL = new Set("!\"'*,.:;?_~])");

/** Where a mark is: outside of URLs, in one, or in the punctuation that ends one, before the last. */
type Place = "outside" | "inside" | "trail" | "last";

/**
 * Finds the URLs in texts that GFM links by themselves (its section 6.9): a backslash in one would
 * be a part of the link. Each run of characters is read once.
 */
export class BareUrls {
  /** Where what is told of the output before it applies. */
  #from = 0;
  #read = 0;
  #start = 0;
  #end = 0;

  /** Begins with a text at a position, before which the output so far stands. */
  begin(from: number): void {
    this.#from = from;
    this.#read = this.#start = this.#end = from;
  }

  /** Ends the URL before a position. */
  leave(index: number): void {
    this.#from = -1;
    this.#read = this.#start = this.#end = index;
  }

  /**
   * Where the mark at an index of a text is.
   * @param before the output before the text
   * @param edge the character before all of that
   */
  place(text: string, index: number, end: number, before: Growing, edge: string): Place {
    if (index >= this.#read) this.#readRun(text, index, end, before, edge);
    if (index < this.#start) return "outside";
    if (index < this.#end) return "inside";
    if (index >= this.#read) return "outside";
    return index + 1 < this.#read ? "trail" : "last";
  }

  #readRun(text: string, index: number, end: number, before: Growing, edge: string): void {
    let from = index;
    while (from > this.#read && !isEnd(text.charCodeAt(from - 1))) from -= 1;
    END.lastIndex = index;
    const to = Math.min(END.exec(text)?.index ?? end, end);
    const wasUrl = from === this.#read && this.#start < this.#read;
    this.#read = to;
    const isFirst = from === this.#from;
    const previous = before.isEmpty ? edge : before.tail.slice(-1);
    const url =
      isFirst && endsInUrl(before, edge)
        ? from
        : startOfUrl(text.slice(from, to), isFirst ? previous : text.charAt(from - 1), from);
    this.#start = url ?? to;
    this.#end = url === undefined ? to : endOfUrl(text, url, to);
    if (to === index) this.#readBrackets(text, index, end, url !== undefined || wasUrl);
  }

  /** `<https://…>` is an autolink as it is (CommonMark §6.5). */
  #readBrackets(text: string, index: number, end: number, isAfterUrl: boolean): void {
    IN_BRACKETS.lastIndex = index;
    const found = IN_BRACKETS.test(text) && IN_BRACKETS.lastIndex <= end;
    this.#start = index;
    this.#read = found ? IN_BRACKETS.lastIndex : index + 1;
    this.#end = found ? this.#read : index;
    if (!found && !isAfterUrl) this.#start = this.#read;
  }
}

function isEnd(code: number): boolean {
  if (code < 128) return code <= 32 || code === 60;
  END.lastIndex = 0;
  return END.test(String.fromCharCode(code));
}

/** Where a URL starts in a run of characters, counted from an offset. */
function startOfUrl(run: string, before: string, offset = 0): number | undefined {
  START.lastIndex = 0;
  for (let tries = 0; tries < MOST_STARTS; tries++) {
    const found = START.exec(run);
    if (found === null) return undefined;
    const { index } = found;
    const previous = index > 0 ? run.charAt(index - 1) : before;
    const isWeb = found[0].endsWith("/");
    const isFree = isWeb ? !/[a-z]/i.test(previous) : previous === "" || BEFORE_WWW.test(previous);
    if (isFree && hasDomain(run, isWeb ? START.lastIndex : index)) return offset + index;
  }
  return undefined;
}

/** Whether a domain of GFM follows: without underscores in its last two labels. */
function hasDomain(run: string, at: number): boolean {
  DOMAIN.lastIndex = at;
  const domain = DOMAIN.exec(run)?.[0].replace(/[._]{1,100}$/, "") ?? "";
  return (
    domain !== "" && !/^[-._]/.test(domain) && !domain.split(".").slice(-2).join("").includes("_")
  );
}

/** Where GFM's link ends: before punctuation at the end, and before a link text that seems to end. */
function endOfUrl(text: string, start: number, to: number): number {
  let open = 0;
  let end = start;
  for (; end < to; end++) {
    const char = text.charAt(end);
    if (char === "(") open += 1;
    else if (char === ")") open -= 1;
    else if (char === "]" && /[[(]/.test(text.charAt(end + 1))) break;
  }
  while (end > start && TRAIL.has(text.charAt(end - 1))) {
    if (text.charAt(end - 1) === ")") {
      if (open >= 0) break;
      open += 1;
    }
    end -= 1;
  }
  return end;
}

/** Whether output ends in what may be a URL, markers after it included. */
export function mayEndInUrl(output: string): boolean {
  const end = output.slice(-LOOK_BACK);
  const at = Math.max(end.lastIndexOf("://"), end.lastIndexOf("www."));
  return at >= 0 && !/\s/.test(end.slice(at));
}

/**
 * Whether what was written last is a URL, to which more of it may be added.
 * @param edge the character before all of it
 */
export function endsInUrl(written: Growing, edge = ""): boolean {
  const words = written.lastWords(LOOK_BACK);
  if (words.indexOf("://") < 0 && words.indexOf("www.") < 0) return false;
  let from = words.length;
  while (from > 0 && !isEnd(words.charCodeAt(from - 1))) from -= 1;
  const { tail } = written;
  const at = tail.length - words.length + from - 1;
  const previous = at < 0 ? edge : tail.charAt(at);
  return from < words.length && startOfUrl(words.slice(from), previous) !== undefined;
}
