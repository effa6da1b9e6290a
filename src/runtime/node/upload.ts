import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { ClientGoneError } from "../../pipeline/exchange.ts";

/** Emitted by a request whose content turns out to be malformed, with an error. */
export const MALFORMED = Symbol("malformed");

/**
 * A request's content on its way to the origin server. If the origin server wants no more of it, or
 * fails, the rest is read and dropped: the client's connection goes on.
 */
export class Upload extends Readable {
  readonly #incoming: IncomingMessage;

  constructor(incoming: IncomingMessage) {
    super();
    this.#incoming = incoming;
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
    if (!this.push(piece)) this.#incoming.pause();
  };

  readonly #onEnd = (): void => void this.push(null);

  readonly #onClose = (): void => {
    if (!this.#incoming.complete) this.destroy(new ClientGoneError());
  };

  readonly #onMalformed = (error: Error): void => void this.destroy(error);
}

/** RFC 9112 §6.3: a request has content if a length or a transfer coding says so. */
export function hasContent({ headers }: IncomingMessage): boolean {
  return (
    headers["transfer-encoding"] !== undefined ||
    (headers["content-length"] !== undefined && headers["content-length"] !== "0")
  );
}

/** Bytes of content that are read behind a response, so that its connection can be used again. */
const WORTH_READING = 64 * 1024 * 1024;

/** Whether what may still come of a request's content is worth reading behind the response to it. */
export function isRestWorthReading(incoming: IncomingMessage): boolean {
  return incoming.complete || Number(incoming.headers["content-length"]) <= WORTH_READING;
}
