import { constants, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { ClientResponse } from "../message.ts";
import { isCarried } from "../write-head.ts";
import type { StreamRequest } from "./request.ts";

const { NGHTTP2_NO_ERROR } = constants;

/** Bytes of large content that are written at once, so that progress shows (`StreamWatch`). */
const PIECE = 16 * 1024;

/** Frames that wait for the client, at most, before an interim response is dropped. */
const MOST_WAITING = 64;

/** Milliseconds for content so far to reach the client before a break. */
const LAST_WORDS = 5000;

/** Fields for one connection, which HTTP/2 forbids (RFC 9113 §8.2.2). */
const FORBIDDEN = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/** A response on a stream of HTTP/2. Its head goes out with the first content. */
export class StreamResponse implements ClientResponse {
  readonly req: StreamRequest;
  readonly socket: Socket;
  statusCode = 200;
  shouldKeepAlive = true;
  /** Bytes of content that were accepted. */
  bytesTaken = 0;
  readonly #stream: ServerHttp2Stream;
  /** The head that is decided and not sent. */
  #head: Record<string, string | string[]> | undefined;
  #hasHead = false;
  #isEnding = false;
  /** Pieces that are not sent. */
  #writing = 0;
  #isBreaking = false;
  #isDestroyed = false;

  constructor(stream: ServerHttp2Stream, req: StreamRequest) {
    this.#stream = stream;
    this.req = req;
    this.socket = req.socket;
  }

  get headersSent(): boolean {
    return this.#hasHead;
  }

  get destroyed(): boolean {
    return this.#stream.destroyed || this.#stream.closed;
  }

  get writableEnded(): boolean {
    return this.#isEnding;
  }

  /** Node ends the writable side of a stream for HEAD before its response. */
  get writableFinished(): boolean {
    const { writableFinished, closed, rstCode, aborted, writableLength } = this.#stream;
    if (!this.#isEnding || writableFinished) return this.#isEnding;
    // Its last frame may close the stream before Node reports the end.
    return closed && rstCode === NGHTTP2_NO_ERROR && !aborted && writableLength === 0;
  }

  get writableNeedDrain(): boolean {
    return this.#stream.writableNeedDrain;
  }

  /** Whether the client has reset the stream before the response was complete. */
  get isLeft(): boolean {
    return (
      !this.#isDestroyed && !this.writableFinished && this.#stream.rstCode !== NGHTTP2_NO_ERROR
    );
  }

  /** Bytes of content that the client's window has let through; for progress alone. */
  get bytesPassed(): number {
    return this.bytesTaken - this.#stream.writableLength;
  }

  /** Whether content or the end of the response waits for the client. */
  get isWaiting(): boolean {
    return this.#stream.writableLength > 0 || (this.#isEnding && !this.#stream.writableFinished);
  }

  writeHead(status: number, _text: string, fields: readonly string[]): void {
    // Node sends no status above 599; RFC 9110 §15: a client reads it as a 5xx.
    this.statusCode = status > 599 ? 500 : status;
    this.#head = { ":status": String(this.statusCode), ...section(fields) };
    this.#hasHead = true;
  }

  writeInformation(status: number, fields: readonly string[]): void {
    // A client that does not read gets no more: an origin may send any number.
    if ((this.#stream.session?.state.outboundQueueSize ?? 0) > MOST_WAITING) return;
    this.#stream.additionalHeaders({ ":status": status, ...section(fields) });
  }

  writeEarlyHints({ link = "" }: Record<string, string>): void {
    this.writeInformation(103, ["link", link]);
  }

  writeProcessing(): void {
    this.writeInformation(102, []);
  }

  write(piece: Uint8Array): boolean {
    this.#sendHead(false);
    if (piece.length === 0 || this.#isOver()) return !this.#stream.writableNeedDrain;
    this.bytesTaken += piece.length;
    return this.#write(piece);
  }

  #write(piece: Uint8Array): boolean {
    this.#writing++;
    return this.#stream.write(piece, () => {
      this.#writing--;
      if (this.#isBreaking && this.#writing === 0) this.destroy();
    });
  }

  end(content?: Uint8Array | string, encoding?: BufferEncoding): void {
    const last = typeof content === "string" ? Buffer.from(content, encoding) : content;
    const isEmpty = last === undefined || last.length === 0;
    this.#sendHead(isEmpty);
    if (this.#isEnding || this.destroyed) return;
    this.#isEnding = true;
    if (this.#stream.writableEnded) this.#onFinish();
    else {
      this.#stream.once("finish", () => this.#onFinish());
      if (isEmpty) this.#stream.end();
      else this.#endWith(last);
    }
  }

  /** Resets the stream with INTERNAL_ERROR, and drops content that waits. */
  destroy(): void {
    this.#isDestroyed = true;
    // `close` would first end the content, as if it were complete.
    this.#stream.destroy(new Error("the response breaks off"));
  }

  breakOff(): void {
    this.#sendHead(false);
    if (this.#writing === 0) {
      this.destroy();
      return;
    }
    this.#isBreaking = true;
    setTimeout(() => this.destroy(), LAST_WORDS).unref();
  }

  on(...[event, listener]: Parameters<ClientResponse["on"]>): this {
    this.#stream.on(event, listener);
    return this;
  }

  once(...[event, listener]: Parameters<ClientResponse["once"]>): this {
    this.#stream.once(event, listener);
    return this;
  }

  off(...[event, listener]: Parameters<ClientResponse["off"]>): this {
    this.#stream.off(event, listener);
    return this;
  }

  #isOver(): boolean {
    return this.destroyed || this.#stream.writableEnded;
  }

  /** The rest of the request's content is not wanted (RFC 9113 §8.1). */
  #onFinish(): void {
    if (!this.req.complete && !this.destroyed) this.#stream.close(NGHTTP2_NO_ERROR);
  }

  #sendHead(endStream: boolean): void {
    const head = this.#head;
    this.#head = undefined;
    if (head === undefined || this.destroyed) return;
    try {
      this.#stream.respond(head, { endStream });
    } catch (error) {
      if (this.#stream.headersSent) throw error;
      // A Node before 22 sends one line of some fields: several are joined (RFC 9110 §5.3).
      for (const [name, value] of Object.entries(head)) {
        if (Array.isArray(value) && name !== "set-cookie") head[name] = value.join(", ");
      }
      this.#stream.respond(head, { endStream });
    }
  }

  #endWith(last: Uint8Array): void {
    let at = 0;
    const pump = (): void => {
      while (!this.destroyed) {
        const piece = last.subarray(at, at + PIECE);
        at += piece.length;
        this.bytesTaken += piece.length;
        if (at >= last.length) {
          this.#stream.end(piece);
          return;
        }
        if (!this.#write(piece)) {
          this.#stream.once("drain", pump);
          return;
        }
      }
    };
    pump();
  }
}

/** A field section as Node's HTTP/2 takes it, in lower case. */
function section(fields: readonly string[]): Record<string, string | string[]> {
  const made: Record<string, string | string[]> = Object.create(null);
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = (fields[i] as string).toLowerCase();
    if (FORBIDDEN.has(name)) continue;
    const value = withoutSpaces(fields[i + 1] as string);
    if (!isCarried(name, value)) throw new TypeError("a field that HTTP can't carry");
    const before = made[name];
    made[name] = before === undefined ? value : [before, value].flat();
  }
  return made;
}

/** RFC 9113 §8.2.1: no space around a value. */
function withoutSpaces(value: string): string {
  let [start, end] = [0, value.length];
  while (start < end && isSpace(value.charCodeAt(start))) start++;
  while (end > start && isSpace(value.charCodeAt(end - 1))) end--;
  return end - start === value.length ? value : value.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
