import type { Body } from "../../pipeline/body.ts";
import { deriveEntityTag } from "../../http/validators.ts";
import { HeadersFields, type HeadersSource } from "./fields.ts";
import { readWithin } from "./origin-timeouts.ts";

/** A fetched `Response`. As it is immutable, the first change copies it, with the same body. */
export class FetchedResponse implements HeadersSource {
  response: Response;
  /** Whether the content was released, so that only status and fields are sent. */
  isReleased = false;
  #own = false;

  constructor(response: Response) {
    this.response = response;
  }

  get headers(): Headers {
    return this.response.headers;
  }

  editable(): Headers {
    if (!this.#own) {
      // A released body is cancelled, and no Response accepts it.
      const { status, statusText, headers, body } = this.response;
      const isFit = statusText === "" || WRITABLE.test(statusText);
      // Not a copy of the Response's properties: it also carries the state of its content coding.
      const init = isFit ? this.response : { status, headers };
      this.response = new Response(this.isReleased ? null : body, init);
    }
    this.#own = true;
    return this.response.headers;
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

  /** @param idleTimeout milliseconds between two pieces that are read @default no limit */
  constructor(fetched: FetchedResponse, decoderOf: DecoderOf, idleTimeout?: number) {
    this.fetched = fetched;
    this.#idle = idleTimeout;
    const coding = fetched.headers.get("content-encoding")?.trim().toLowerCase() ?? "";
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
    const { response } = this.fetched;
    const headers = new Headers(response.headers);
    if (this.#isDecoded) describeRecoded(headers);
    const { status, statusText } = response;
    const init: ResponseInit & { encodeBody?: "manual" } = { status, headers };
    if (WRITABLE.test(statusText)) init.statusText = statusText;
    if (headers.has("content-encoding") && !this.#isDecoded) init.encodeBody = "manual";
    const content = response.body === null ? null : wrap(response.body);
    const fetched = new FetchedResponse(new Response(content, init));
    return {
      body: new ResponseBody(fetched, () => this.#decode, this.#idle),
      fields: new HeadersFields(fetched),
    };
  }

  release(): void {
    this.fetched.isReleased = true;
    this.fetched.response.body?.cancel().catch(() => {});
  }
}
