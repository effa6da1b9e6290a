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

  /** @param decodes says whether a copy of a body in this coding reads as decoded content */
  constructor(fetched: FetchedResponse, decodes: (coding: string) => boolean) {
    this.fetched = fetched;
    const coding = fetched.headers.get("content-encoding")?.trim().toLowerCase() ?? "";
    this.readable = coding === "" || coding === "identity" || decodes(coding);
  }

  open(): ReadableStream<Uint8Array> {
    return this.fetched.response.clone().body ?? new ReadableStream({ start: (to) => to.close() });
  }

  release(): void {
    this.fetched.isReleased = true;
    this.fetched.response.body?.cancel().catch(() => {});
  }
}
