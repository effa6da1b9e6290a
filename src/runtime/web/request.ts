import { valuesOf } from "./fields.ts";

/** The parts of a URL that the proxy reads; the target is in origin form. */
interface UrlParts {
  readonly scheme: string;
  readonly host: string;
  readonly target: string;
}

/**
 * A client's `Request`, of which every part is read once: on Workers each read is a call into the
 * runtime, and one pass over all fields costs as much as a few of them.
 */
export class WebRequest {
  readonly raw: Request;
  readonly method: string;
  readonly url: string;
  readonly parts: UrlParts;
  readonly headers: Headers;
  /** The fields by lower-case name. */
  readonly values: ReadonlyMap<string, string>;
  #hasContent: boolean | undefined;

  constructor(raw: Request) {
    this.raw = raw;
    this.method = raw.method;
    this.url = raw.url;
    this.parts = splitUrl(this.url);
    this.headers = raw.headers;
    this.values = valuesOf(this.headers);
  }

  get hasContent(): boolean {
    this.#hasContent ??= this.raw.body !== null;
    return this.#hasContent;
  }

  /** A field by lower-case name. */
  readonly field = (name: string): string | undefined => this.values.get(name);
}

/**
 * Splits a `Request`'s URL without parsing it, which costs less and preserves the escapes and dot
 * segments that workerd leaves in the target.
 */
function splitUrl(url: string): UrlParts {
  const colon = url.indexOf("://");
  let end = colon + 3;
  while (end < url.length && !"/?#".includes(url[end] as string)) end++;
  const hash = url.indexOf("#", end);
  const target = url.slice(end, hash === -1 ? undefined : hash);
  return {
    scheme: url.slice(0, colon),
    host: url.slice(colon + 3, end),
    target: target.startsWith("/") ? target : `/${target}`,
  };
}
