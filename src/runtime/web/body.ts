import type { Body } from "../../pipeline/body.ts";
import type { HeadersSource } from "./fields.ts";
import { readWithin } from "./origin-timeouts.ts";

/** A fetched `Response`, which is immutable: made anew, with its very body, at the first change. */
export class FetchedResponse implements HeadersSource {
  response: Response;
  /** Whether the content was given up: then only status and fields go out. */
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
      // A body that was given up is cancelled, and no Response takes such a one.
      const { status, statusText, headers, body } = this.response;
      const isFit = statusText === "" || WRITABLE.test(statusText);
      // Not spread into a plain object: the Response also says how its content is coded.
      const init = isFit ? this.response : { status, headers };
      this.response = new Response(this.isReleased ? null : body, init);
    }
    this.#own = true;
    return this.response.headers;
  }
}

/** Reason phrases that every runtime takes in the making of a `Response`. */
export const WRITABLE = /^[\x20-\x7e]+$/;

/** How a copy of a body becomes decoded content: the runtime decodes it, or we do. */
export type Decoder =
  | "runtime"
  | ((content: ReadableStream<Uint8Array>) => ReadableStream<Uint8Array>);

/** The decoder of a content coding in lower case; undefined if there is none. */
export type DecoderOf = (coding: string) => Decoder | undefined;

/**
 * The content of a Web `Response`, which goes out untouched as long as only copies of it are read:
 * a copy of a gzip or br body is decoded by the runtime while the original stays as it came.
 */
export class ResponseBody implements Body {
  readonly fetched: FetchedResponse;
  readonly readable: boolean;
  readonly #decode: Decoder | undefined;
  readonly #isDecoded: boolean;
  readonly #idle: number | undefined;

  /** @param idleTimeout milliseconds between two pieces of what is read @default any time */
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

  /** The runtime has decoded gzip and br in it. */
  copy(): ReadableStream<Uint8Array> {
    const copy: ReadableStream<Uint8Array> | null = this.fetched.response.clone().body;
    if (copy === null) return new ReadableStream({ start: (to) => to.close() });
    return readWithin(copy, { idle: this.#idle, isDecoded: this.#isDecoded });
  }

  release(): void {
    this.fetched.isReleased = true;
    this.fetched.response.body?.cancel().catch(() => {});
  }
}
