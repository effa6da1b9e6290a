import type { Body } from "../../pipeline/body.ts";
import { deriveEntityTag } from "../../http/validators.ts";
import { HeadersFields, type HeadersSource } from "./fields.ts";
import { readWithin } from "./origin-timeouts.ts";

/** A fetched `Response`. As it is immutable, the first change copies it, with the same body. */
export class FetchedResponse implements HeadersSource {
  response: Response;
  /** Those of the response, which are read once. */
  headers: Headers;
  /** Whether the content was released, so that only status and fields are sent. */
  isReleased = false;
  readonly status: number;
  readonly statusText: string;
  #own = false;

  constructor(response: Response) {
    this.response = response;
    this.headers = response.headers;
    this.status = response.status;
    this.statusText = response.statusText;
  }

  editable(): Headers {
    if (!this.#own) {
      const { response, headers, status, statusText } = this;
      const isFit = statusText === "" || WRITABLE.test(statusText);
      // Not a copy of the Response's properties: it also carries the state of its content coding.
      const init = isFit ? response : { status, headers };
      // A released body is cancelled, and no Response accepts it.
      this.response = new Response(this.isReleased ? null : response.body, init);
      this.headers = this.response.headers;
      this.#own = true;
    }
    return this.headers;
  }
}

/** Reason phrases that every runtime accepts in a new `Response`. */
export const WRITABLE = /^[\x20-\x7e]+$/;

/** Describes content that the runtime decoded, and encodes again when it is sent. */
export function describeRecoded(headers: Headers): void {
  const coding = headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  headers.delete("content-length");
  // Other bytes than the origin's: no download may continue with these (RFC 9110 §13.1.5).
  const tag = deriveEntityTag(headers.get("etag") ?? "", coding);
  if (tag !== undefined) headers.set("etag", tag);
}

/** The decoder of a copied body: the runtime, or a function of ours. */
export type Decoder =
  | "runtime"
  | ((content: ReadableStream<Uint8Array>) => ReadableStream<Uint8Array>);

/** The decoder of a content coding in lower case; undefined if there is none. */
export type DecoderOf = (coding: string) => Decoder | undefined;

/**
 * The content of a Web `Response`. It is sent unchanged if only copies of it are read: the runtime
 * decodes a copy of gzip or br, and leaves the original coded.
 */
export class ResponseBody implements Body {
  readonly fetched: FetchedResponse;
  readonly readable: boolean;
  readonly #decode: Decoder | undefined;
  readonly #isDecoded: boolean;
  readonly #idle: number | undefined;

  /**
   * @param contentCoding the value of Content-Encoding
   * @param idleTimeout milliseconds between two pieces that are read @default no limit
   */
  constructor(
    fetched: FetchedResponse,
    contentCoding: string | undefined,
    decoderOf: DecoderOf,
    idleTimeout?: number,
  ) {
    this.fetched = fetched;
    this.#idle = idleTimeout;
    const coding = contentCoding?.trim().toLowerCase() ?? "";
    const isPlain = coding === "" || coding === "identity";
    this.#decode = isPlain ? "runtime" : decoderOf(coding);
    this.#isDecoded = !isPlain && this.#decode === "runtime";
    this.readable = this.#decode !== undefined;
  }

  open(): ReadableStream<Uint8Array> {
    const copy = this.copy();
    return typeof this.#decode === "function" ? this.#decode(copy) : copy;
  }

  /** A copy of the content, in which the runtime has decoded gzip and br. */
  copy(): ReadableStream<Uint8Array> {
    const copy: ReadableStream<Uint8Array> | null = this.fetched.response.clone().body;
    if (copy === null) return new ReadableStream({ start: (to) => to.close() });
    return readWithin(copy, { idle: this.#idle, isDecoded: this.#isDecoded });
  }

  /**
   * Sends the content through a stream of ours. The runtime encodes again what it decodes for that, and
   * so the bytes and their length may change.
   */
  through(wrap: (content: ReadableStream<Uint8Array>) => ReadableStream<Uint8Array>): {
    readonly body: ResponseBody;
    readonly fields: HeadersFields;
  } {
    const { response, status, statusText } = this.fetched;
    const headers = new Headers(this.fetched.headers);
    if (this.#isDecoded) describeRecoded(headers);
    const init: ResponseInit & { encodeBody?: "manual" } = { status, headers };
    if (WRITABLE.test(statusText)) init.statusText = statusText;
    if (headers.has("content-encoding") && !this.#isDecoded) init.encodeBody = "manual";
    const content = response.body === null ? null : wrap(response.body);
    const fetched = new FetchedResponse(new Response(content, init));
    const fields = new HeadersFields(fetched);
    const coding = fields.get("content-encoding");
    return { body: new ResponseBody(fetched, coding, () => this.#decode, this.#idle), fields };
  }

  release(): void {
    this.fetched.isReleased = true;
    this.fetched.response.body?.cancel().catch(() => {});
  }
}
