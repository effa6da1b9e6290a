import type { IncomingMessage, ServerResponse } from "node:http";
import type { FieldList } from "../../http/fields.ts";

/**
 * Passes an interim response on (RFC 9110 §15.2). 100 is ours to send, and 101 is an upgrade; where
 * Node is too old for any status, 103 with links alone goes through.
 */
export function writeInterim(
  { incoming, outgoing }: { incoming: IncomingMessage; outgoing: ServerResponse },
  status: number,
  fields: FieldList,
): void {
  if (status <= 101 || outgoing.headersSent || outgoing.destroyed) return;
  // A client that does not read gets no more hints: nothing bounds how many an origin sends.
  if ((outgoing.socket?.writableLength ?? 0) > MOST_WAITING) return;
  // RFC 9110 §15.2: a 1.0 client knows of none.
  if (incoming.httpVersionMinor === 0) return;
  try {
    if (typeof outgoing.writeInformation === "function") {
      outgoing.writeInformation(status, fields.flat());
      return;
    }
    const link = fields.get("link");
    if (status === 103 && link !== undefined) outgoing.writeEarlyHints({ link });
    else if (status === 102) outgoing.writeProcessing();
  } catch {
    // A hint that Node can't write must not cost the response.
  }
}

/** Bytes. */
const MOST_WAITING = 64 * 1024;

/** Stands for a `100 Continue` that nobody asked for: no status that is in use. */
export const UNASKED_CONTINUE = 199;

const [CR, LF, SPACE, ONE, ZERO, NINE] = [0x0d, 0x0a, 0x20, 0x31, 0x30, 0x39];

/** The length of "HTTP/1.1 100". */
const LINE = 12;
const [MINOR_AT, STATUS_AT] = [7, 9];

/**
 * Follows the interim responses before a final one (RFC 9110 §15.2) through the bytes of a connection,
 * and writes `UNASKED_CONTINUE` in place of each 100, which undici's parser takes for a fault.
 */
export class InterimHeads {
  #state: "line" | "fields" | "done" = "done";
  #isExpected = false;
  #buffered: Buffer | undefined;
  #hasBegun = false;
  /** How many bytes of the empty line at the end of a head have come. */
  #matched = 0;

  /** A request is to be written next. */
  expect(): void {
    this.#isExpected = true;
    this.#hasBegun = false;
  }

  /** Something is written; if that is the request which was expected, the next bytes are a head. */
  begin(): void {
    if (!this.#isExpected) return;
    this.#isExpected = false;
    this.#state = "line";
    this.#buffered = undefined;
    this.#matched = 0;
  }

  /** Whether a byte of a head has come. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Whether bytes still have to be looked at. */
  get isExpecting(): boolean {
    return this.#state !== "done";
  }

  /** The bytes to be read in place of these, which may change; none until a status line is there. */
  pass(piece: Buffer): Buffer {
    this.#hasBegun = true;
    const bytes = this.#buffered === undefined ? piece : Buffer.concat([this.#buffered, piece]);
    this.#buffered = undefined;
    let at = 0;
    while (at < bytes.length && this.#state !== "done") {
      if (this.#state === "fields") at = this.#skipFields(bytes, at);
      else if (bytes[at] === CR || bytes[at] === LF) at++;
      else if (!isLineSoFar(bytes, at)) {
        // Nothing is held back of what the parser will refuse.
        this.#state = "done";
        this.#hasBegun = false;
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
    // Behind a 101 the protocol is another.
    if (bytes[status] !== ONE || isSwitch) {
      this.#state = "done";
      return;
    }
    if (bytes[status + 1] === ZERO && bytes[status + 2] === ZERO) {
      bytes[status + 1] = NINE;
      bytes[status + 2] = NINE;
    }
    // The parser would take the end of an interim response from HTTP/1.0 for that of the connection.
    bytes[at + MINOR_AT] = ONE;
    this.#state = "fields";
    this.#matched = 0;
  }

  /** Where the head ends; the length of the bytes if it does not end in them. */
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

/** Whether bytes are the begin of a status line, as far as they go. */
function isLineSoFar(bytes: Buffer, at: number): boolean {
  const length = Math.min(VERSION.length, bytes.length - at);
  return bytes.compare(VERSION, 0, length, at, at + length) === 0;
}

/** RFC 9112 §2.2: a CR alone in a status line becomes a space; the parser takes two for the head's end. */
function spaceBareCr(bytes: Buffer, at: number): void {
  // A status line is short: two searches of the buffer would cost more.
  let cr = -1;
  for (let i = at; i < bytes.length && bytes[i] !== LF; i++) {
    if (cr !== -1) bytes[cr] = SPACE;
    cr = bytes[i] === CR ? i : -1;
  }
}
