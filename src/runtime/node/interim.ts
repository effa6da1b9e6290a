import type { FieldList } from "../../http/fields.ts";
import { isHttp10, type ClientRequest, type ClientResponse } from "./message.ts";

/**
 * Forwards an interim response (RFC 9110 §15.2) except 100, which the proxy itself sends, and 101.
 * A Node that can't write any interim status writes 102, and 103 with links only.
 */
export function writeInterim(
  { incoming, outgoing }: { incoming: ClientRequest; outgoing: ClientResponse },
  status: number,
  fields: FieldList,
): void {
  if (status <= 101 || outgoing.headersSent || outgoing.destroyed) return;
  // A client that does not read gets no more: an origin may send any number.
  if ((outgoing.socket?.writableLength ?? 0) > MOST_WAITING) return;
  // RFC 9110 §15.2: an HTTP/1.0 client does not understand any.
  if (isHttp10(incoming)) return;
  try {
    if (typeof outgoing.writeInformation === "function") {
      outgoing.writeInformation(status, fields.flat());
      return;
    }
    const link = fields.get("link");
    if (status === 103 && link !== undefined) outgoing.writeEarlyHints({ link });
    else if (status === 102) outgoing.writeProcessing();
  } catch {
    // An interim response that Node can't write is dropped.
  }
}

/** Bytes. */
const MOST_WAITING = 64 * 1024;

/** Replaces the status of an unrequested `100 Continue`; no server uses this status. */
export const UNREQUESTED_CONTINUE = 199;

const [CR, LF, SPACE, ONE, ZERO, NINE] = [0x0d, 0x0a, 0x20, 0x31, 0x30, 0x39];

/** The length of "HTTP/1.1 100". */
const LINE = 12;
const [MINOR_AT, STATUS_AT] = [7, 9];

/**
 * Finds the interim responses before a final one (RFC 9110 §15.2) in the bytes of a connection, and
 * replaces each 100, at which undici's parser fails, by `UNREQUESTED_CONTINUE`.
 */
export class InterimHeads {
  #state: "line" | "fields" | "done" = "done";
  #isExpected = false;
  #buffered: Buffer | undefined;
  /** Whether any byte has arrived since the last `expect`. */
  hasBegun = false;
  /** The number of bytes matched of the CRLF CRLF at the end of a head. */
  #matched = 0;

  /** Call it before a request is written. */
  expect(): void {
    this.#isExpected = true;
    this.hasBegun = false;
  }

  /** Call it at each write; after that of an expected request, the next bytes are a head. */
  begin(): void {
    if (!this.#isExpected) return;
    this.#isExpected = false;
    this.#state = "line";
    this.#buffered = undefined;
    this.#matched = 0;
  }

  /** Whether further bytes must be passed. */
  get isExpecting(): boolean {
    return this.#state !== "done";
  }

  /** Returns the bytes for the parser, perhaps changed; none until a status line is complete. */
  pass(piece: Buffer): Buffer {
    this.hasBegun = true;
    const bytes = this.#buffered === undefined ? piece : Buffer.concat([this.#buffered, piece]);
    this.#buffered = undefined;
    let at = 0;
    while (at < bytes.length && this.#state !== "done") {
      if (this.#state === "fields") at = this.#skipFields(bytes, at);
      else if (bytes[at] === CR || bytes[at] === LF) at++;
      else if (!isLineSoFar(bytes, at)) {
        // Bytes that the parser will refuse pass at once.
        this.#state = "done";
        this.hasBegun = false;
      } else if (bytes.length - at < LINE) {
        this.#buffered = bytes.subarray(at);
        return bytes.subarray(0, at);
      } else this.#readLine(bytes, at);
    }
    return bytes;
  }

  #readLine(bytes: Buffer, at: number): void {
    spaceBareCr(bytes, at);
    const status = at + STATUS_AT;
    const isSwitch = bytes[status + 1] === ZERO && bytes[status + 2] === ONE;
    // After a 101 the protocol changes.
    if (bytes[status] !== ONE || isSwitch) {
      this.#state = "done";
      return;
    }
    if (bytes[status + 1] === ZERO && bytes[status + 2] === ZERO) {
      bytes[status + 1] = NINE;
      bytes[status + 2] = NINE;
    }
    // After an interim response in HTTP/1.0, the parser would end the connection.
    bytes[at + MINOR_AT] = ONE;
    this.#state = "fields";
    this.#matched = 0;
  }

  /** The index at which the head ends, or the number of bytes if it does not end in them. */
  #skipFields(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const wanted = this.#matched % 2 === 0 ? CR : LF;
      if (bytes[at] === wanted) this.#matched++;
      else this.#matched = bytes[at] === CR ? 1 : 0;
      if (this.#matched === 4) {
        this.#state = "line";
        return at + 1;
      }
    }
    return bytes.length;
  }
}

const VERSION = Buffer.from("HTTP/");

/** Whether the bytes can be the beginning of a status line. */
function isLineSoFar(bytes: Buffer, at: number): boolean {
  const length = Math.min(VERSION.length, bytes.length - at);
  return bytes.compare(VERSION, 0, length, at, at + length) === 0;
}

/** Replaces a bare CR in a status line by a space (RFC 9112 §2.2); two would end the head. */
function spaceBareCr(bytes: Buffer, at: number): void {
  // A status line is short: two searches of the buffer would cost more.
  let cr = -1;
  for (let i = at; i < bytes.length && bytes[i] !== LF; i++) {
    if (cr !== -1) bytes[cr] = SPACE;
    cr = bytes[i] === CR ? i : -1;
  }
}
