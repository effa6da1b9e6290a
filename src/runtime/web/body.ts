import type { Body } from "../../pipeline/body.ts";

/**
 * The content of a Web `Response`, which goes out untouched as long as only copies of it are read:
 * a copy of a gzip or br body is decoded by the runtime while the original stays as it came.
 */
export class ResponseBody implements Body {
  readonly response: Response;
  readonly readable: boolean;

  /** @param decodes says whether a copy of a body in this coding reads as decoded content */
  constructor(response: Response, decodes: (coding: string) => boolean) {
    this.response = response;
    const coding = response.headers.get("content-encoding")?.trim().toLowerCase() ?? "";
    this.readable = coding === "" || coding === "identity" || decodes(coding);
  }

  open(): ReadableStream<Uint8Array> {
    return this.response.clone().body ?? new ReadableStream({ start: (to) => to.close() });
  }

  release(): void {
    this.response.body?.cancel().catch(() => {});
  }
}
