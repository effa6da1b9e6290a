import type { Body } from "../../pipeline/body.ts";
import type { HeadersSource } from "./fields.ts";

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
    if (!this.#own) this.response = new Response(this.response.body, this.response);
    this.#own = true;
    return this.response.headers;
  }
}

/**
 * The content of a Web `Response`, which goes out untouched as long as only copies of it are read:
 * a copy of a gzip or br body is decoded by the runtime while the original stays as it came.
 */
export class ResponseBody implements Body {
  readonly fetched: FetchedResponse;
  readonly readable: boolean;
  readonly #isDeflated: boolean;

  /** @param decodes says whether a copy of a body in this coding reads as decoded content */
  constructor(fetched: FetchedResponse, decodes: (coding: string) => boolean) {
    this.fetched = fetched;
    const coding = fetched.headers.get("content-encoding")?.trim().toLowerCase() ?? "";
    this.#isDeflated = coding === "deflate";
    this.readable = coding === "" || coding === "identity" || decodes(coding);
  }

  open(): ReadableStream<Uint8Array> {
    const copy: ReadableStream<Uint8Array> | null = this.fetched.response.clone().body;
    if (copy === null) return new ReadableStream({ start: (to) => to.close() });
    // workerd gives deflate as it came.
    return this.#isDeflated ? inflate(copy) : copy;
  }

  release(): void {
    this.fetched.isReleased = true;
    this.fetched.response.body?.cancel().catch(() => {});
  }
}

function inflate(content: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const inflater = new DecompressionStream("deflate");
  return content.pipeThrough(inflater as ReadableWritablePair<Uint8Array, Uint8Array>);
}
