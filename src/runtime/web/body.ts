import type { Body } from "../../pipeline/body.ts";

/**
 * The content of a Web `Response`, which goes out untouched as long as only copies of it are read:
 * a copy of a gzip or br body is decoded by the runtime while the original stays as it came.
 */
export class ResponseBody implements Body {
  readonly response: Response;
  readonly readable: boolean;
  readonly #isDeflated: boolean;

  /** @param decodes says whether a copy of a body in this coding reads as decoded content */
  constructor(response: Response, decodes: (coding: string) => boolean) {
    this.response = response;
    const coding = response.headers.get("content-encoding")?.trim().toLowerCase() ?? "";
    this.#isDeflated = coding === "deflate";
    this.readable = coding === "" || coding === "identity" || decodes(coding);
  }

  open(): ReadableStream<Uint8Array> {
    const copy: ReadableStream<Uint8Array> | null = this.response.clone().body;
    if (copy === null) return new ReadableStream({ start: (to) => to.close() });
    // workerd gives deflate as it came.
    return this.#isDeflated ? inflate(copy) : copy;
  }

  release(): void {
    this.response.body?.cancel().catch(() => {});
  }
}

function inflate(content: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const inflater = new DecompressionStream("deflate");
  return content.pipeThrough(inflater as ReadableWritablePair<Uint8Array, Uint8Array>);
}
