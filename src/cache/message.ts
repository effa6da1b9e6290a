import type { FieldList, Fields } from "../http/fields.ts";

/** A request as it goes to the origin server. */
export interface CacheRequest {
  readonly method: string;
  /** Origin-form. */
  readonly target: string;
  readonly fields: Fields;
}

/** Content of which the cache can store a copy while it is sent. */
export interface StorableBody {
  /** A copy of the bytes, perhaps decoded, from which `Revive` makes the same body. */
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

/** Head and content of a stored response. */
export interface RevivedParts {
  readonly status: number;
  readonly statusText?: string | undefined;
  /** Of this response alone, so that the reader may edit them. */
  readonly fields: FieldList;
  /** Null if the response has no content. */
  readonly content: Uint8Array<ArrayBuffer> | null;
}

/** Makes a response of the type that the runtime's origin client returns. */
export type Revive<Response extends CacheResponse> = (parts: RevivedParts) => Response;
