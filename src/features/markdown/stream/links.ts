import { isOnWeb } from "../../../http/target.ts";

const SCHEME = /^[a-z][a-z0-9+.-]{0,30}:/i;
/** Schemes that have no meaning outside the page. */
const DEAD = /^(?:javascript|data|blob|about|vbscript):/i;
/** Characters that require the full URL parser: not printable ASCII, or rewritten by it. */
const UNUSUAL = /[^!-~]|[\\"<>^`{|}]/;
const DOT_SEGMENT = /(?:^|\/)\.{1,2}(?:\/|$)/;
const LONGEST = 4096;

/** Resolves references of one page; common spellings without the URL parser. */
export class LinkResolver {
  #page: string;
  #base: string;
  #hasBase = false;
  #origin = "";
  #scheme = "";
  #folder = "";
  #path = "";

  constructor(page: string) {
    this.#page = withoutFragment(page);
    this.#base = page;
    this.#split();
  }

  /** Sets the base; the first `<base href>` of a page counts (HTML §4.2.3). */
  setBase(href: string): void {
    if (this.#hasBase) return;
    this.#hasBase = true;
    const base = this.resolve(href);
    if (base === undefined || !SCHEME.test(base)) return;
    this.#base = base;
    this.#split();
  }

  #split(): void {
    const url = URL.parse(this.#base);
    this.#origin = isOnWeb(url) ? url.origin : "";
    if (url === null) return;
    this.#scheme = url.protocol;
    this.#path = url.pathname;
    this.#folder = url.origin + url.pathname.slice(0, url.pathname.lastIndexOf("/") + 1);
  }

  /** The absolute form of a reference; undefined if it has no meaning outside the page. */
  resolve(reference: string): string | undefined {
    const href = reference.trim();
    if (href.length > LONGEST) return undefined;
    if (UNUSUAL.test(href) || this.#origin === "") return this.#parse(href);
    if (href.includes(":") && SCHEME.test(href)) {
      if (DEAD.test(href)) return undefined;
      return href.startsWith("http") && !DOT_SEGMENT.test(href) && href.indexOf("/", 8) > 0
        ? href
        : this.#parse(href);
    }
    if (href.startsWith("#") || href === "") return withoutFragment(this.#base) + href;
    if (href.includes(".") && DOT_SEGMENT.test(href)) return this.#climb(href);
    if (href.startsWith("//")) return this.#parse(this.#scheme + href);
    if (href.startsWith("/")) return this.#origin + href;
    if (href.startsWith("?")) return this.#origin + this.#path + href;
    return this.#folder + href;
  }

  /** Resolves leading `../` of a path; other dot segments need the URL parser. */
  #climb(href: string): string | undefined {
    let folder = this.#folder;
    let rest = href;
    while (rest.startsWith("../")) {
      rest = rest.slice(3);
      const up = folder.lastIndexOf("/", folder.length - 2) + 1;
      if (up > this.#origin.length) folder = folder.slice(0, up);
    }
    return DOT_SEGMENT.test(rest) || rest.startsWith("/") ? this.#parse(href) : folder + rest;
  }

  #parse(href: string): string | undefined {
    const url = URL.parse(href, this.#base)?.href;
    return url === undefined || DEAD.test(url) ? undefined : url;
  }

  /** Whether a reference points into the page itself. */
  isFragment(reference: string): boolean {
    if (reference.startsWith("#")) return true;
    const mark = reference.indexOf("#");
    return mark > 0 && this.resolve(reference)?.startsWith(`${this.#page}#`) === true;
  }
}

function withoutFragment(url: string): string {
  const mark = url.indexOf("#");
  return mark < 0 ? url : url.slice(0, mark);
}

/** Writes a URL as CommonMark link destination (§6.3). */
export function destination(url: string): string {
  if (!/[\s()<>\\&]/.test(url)) return url;
  const safe = url
    .replaceAll(/[\s<>\\]/g, (char) => encodeURIComponent(char))
    .replaceAll(/&(?=#?\w{1,31};)/g, "\\&");
  return hasBalancedParentheses(safe) ? safe : safe.replaceAll(/[()]/g, "\\$&");
}

function hasBalancedParentheses(url: string): boolean {
  let open = 0;
  for (let i = 0; i < url.length; i++) {
    const code = url.charCodeAt(i);
    if (code === 40) open += 1;
    else if (code === 41) open -= 1;
    if (open < 0 || open > 20) return false;
  }
  return open === 0;
}
