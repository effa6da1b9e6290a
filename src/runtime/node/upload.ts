import { Readable } from "node:stream";
import type { ContentCheck } from "../../pipeline/content-check.ts";
import { ClientGoneError } from "../../pipeline/exchange.ts";
import type { ClientRequest } from "./message.ts";

/** The event that a request emits, with an error, if its content is malformed. */
export const MALFORMED = Symbol("malformed");

/**
 * A request's content on its way to the origin server. If the origin server fails or stops reading,
 * the rest is read and dropped, so that the client's connection persists.
 */
export class Upload extends Readable {
  readonly #incoming: ClientRequest;
  readonly #check: ContentCheck | undefined;
  /** The last piece, while content is compared. */
  #held: Buffer | undefined;

  /** @param check compares the content, also what is dropped, and fails before its last piece */
  constructor(incoming: ClientRequest, check?: ContentCheck) {
    super();
    this.#incoming = incoming;
    this.#check = check;
    if (check !== undefined) {
      incoming
        .on("data", (piece: Buffer) => void check.update(piece))
        .once("end", () => void check.end())
        .once("close", () => check.abandon());
    }
    incoming
      .on("data", this.#onData)
      .once("end", this.#onEnd)
      .once("close", this.#onClose)
      .once(MALFORMED, this.#onMalformed);
  }

  override _read(): void {
    this.#incoming.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#incoming
      .off("data", this.#onData)
      .off("end", this.#onEnd)
      .off("close", this.#onClose)
      .off(MALFORMED, this.#onMalformed);
    this.#incoming.resume();
    done(error);
  }

  readonly #onData = (piece: Buffer): void => {
    const next = this.#check === undefined ? piece : this.#held;
    if (this.#check !== undefined) this.#held = piece;
    if (next !== undefined && !this.push(next)) this.#incoming.pause();
  };

  readonly #onEnd = (): void => {
    // A stream of HTTP/2 also ends when it is reset.
    if (!this.#incoming.complete) {
      this.destroy(new ClientGoneError());
      return;
    }
    const check = this.#check;
    if (check === undefined) this.push(null);
    else void check.result.then((result) => this.#endChecked(check, result === "match"));
  };

  #endChecked(check: ContentCheck, isMatch: boolean): void {
    if (!isMatch) {
      this.destroy(check.error());
      return;
    }
    if (this.#held !== undefined) this.push(this.#held);
    this.push(null);
  }

  readonly #onClose = (): void => {
    if (!this.#incoming.complete) this.destroy(new ClientGoneError());
  };

  readonly #onMalformed = (error: Error): void => void this.destroy(error);
}

/** RFC 9112 §6.3: a request has content if a length or a transfer coding says so. */
export function hasContent({ headers, hasStreamContent }: ClientRequest): boolean {
  if (hasStreamContent !== undefined) return hasStreamContent;
  return (
    headers["transfer-encoding"] !== undefined ||
    (headers["content-length"] !== undefined && headers["content-length"] !== "0")
  );
}

/** Bytes of content, at most, that are read after a response so that the connection persists. */
const WORTH_READING = 64 * 1024 * 1024;

/** Whether the rest of a request's content is short enough to be read after the response. */
export function isRestWorthReading(incoming: ClientRequest): boolean {
  return incoming.complete || Number(incoming.headers["content-length"]) <= WORTH_READING;
}
