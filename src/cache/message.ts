import type { Fields } from "../http/fields.ts";

/** A request as it goes to the origin server. */
export interface CacheRequest {
  readonly method: string;
  /** Origin-form. */
  readonly target: string;
  readonly fields: Fields;
}

/** Content on its way, of which a copy can be stored. */
export interface StorableBody {
  /**
   * A copy of the bytes from which `Revive` makes the same body; the runtime may have decoded them.
   */
  copy(): ReadableStream<Uint8Array>;
  release(): void;
}

/** The origin server's response. */
export interface CacheResponse {
  readonly status: number;
  readonly statusText?: string;
  readonly fields: Fields;
  readonly body: StorableBody | null;
}

/** Head and content of a response that was stored. */
export interface RevivedParts {
  readonly status: number;
  readonly statusText?: string | undefined;
  /** Name, value, name, value, … */
  readonly fields: readonly string[];
  /** Null if the response has no content. */
  readonly content: Uint8Array<ArrayBuffer> | null;
}

/** Makes a response as the runtime's origin client would have given it. */
export type Revive<Response extends CacheResponse> = (parts: RevivedParts) => Response;
