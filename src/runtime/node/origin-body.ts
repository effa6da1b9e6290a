import type { Socket } from "node:net";
import { Readable } from "node:stream";
import type { Body } from "../../pipeline/body.ts";
import { createDecoder, NODE_DECODABLE } from "./content-decoder.ts";
import { isHttp10, type ClientResponse } from "./message.ts";
import { endWith } from "./write-head.ts";
import { recordOf } from "./watch-requests.ts";
import type { Revive } from "../../cache/message.ts";
import { pulled } from "../../http/gather.ts";
import type { OriginResponse } from "../../pipeline/exchange.ts";

/** The part of undici's controller that a body needs: pause and resume. */
interface Flow {
  pause(): void;
  resume(): void;
  abort(reason: Error): void;
}

const NOTHING = Buffer.alloc(0);

/** Bytes that wait for a reader, at most; then the origin's connection is paused. */
const HIGH_WATER = 256 * 1024;

/**
 * The content of an origin response as it arrives. It is buffered until the body is piped to the
 * client, byte for byte, or released; views read it from the start, decoded.
 */
export class OriginBody implements Body {
  readonly #flow: Flow;
  readonly #coding: string | undefined;
  /** The content received so far; undefined after it is piped or released. */
  #buffered: Buffer[] | undefined = [];
  #bufferedBytes = 0;
  #sink: ClientResponse | undefined;
  readonly #views = new Set<View>();
  #ended = false;
  #error: Error | undefined;

  constructor(flow: Flow, contentEncoding: string | undefined) {
    this.#flow = flow;
    const coding = contentEncoding?.trim().toLowerCase();
    this.#coding = coding === "" || coding === "identity" ? undefined : coding;
  }

  get readable(): boolean {
    return this.#coding === undefined || NODE_DECODABLE.has(this.#coding);
  }

  push(piece: Buffer): void {
    for (const view of this.#views) view.push(piece);
    if (this.#sink !== undefined) {
      if (!this.#sink.write(piece)) this.#flow.pause();
    } else if (this.#buffered !== undefined) {
      this.#buffered.push(piece);
      this.#bufferedBytes += piece.length;
    }
    this.#brake();
  }

  end(): void {
    this.#ended = true;
    for (const view of this.#views) view.end();
    this.#sink?.end();
  }

  fail(error: Error): void {
    this.#error = error;
    for (const view of this.#views) view.fail(error);
    // Breaks off, so that the client notices that the content is incomplete.
    if (this.#sink !== undefined) breakOff(this.#sink, error);
  }

  /** Sends the content received so far, and everything that follows. */
  pipeTo(sink: ClientResponse): void {
    const buffered = this.#buffered ?? [];
    this.#buffered = undefined;
    if (this.#error !== undefined) {
      for (const piece of buffered) sink.write(piece);
      breakOff(sink, this.#error);
      return;
    }
    if (this.#ended) {
      const last = buffered.pop();
      for (const piece of buffered) sink.write(piece);
      if (last === undefined) sink.end();
      else endWith(sink, last);
      return;
    }
    this.#sink = sink;
    sink.on("drain", () => this.#release());
    let room = true;
    for (const piece of buffered) room = sink.write(piece);
    if (buffered.length === 0) sendHeadSoon(sink);
    if (room) this.#flow.resume();
  }

  open(): ReadableStream<Uint8Array> {
    return decoded(this.#view(), this.#coding);
  }

  copy(): ReadableStream<Uint8Array> {
    return decoded(this.#view(), undefined);
  }

  #view(): View {
    const view: View = new View(
      () => this.#release(),
      () => {
        if (this.#views.delete(view)) this.#release();
      },
    );
    for (const piece of this.#buffered ?? []) view.push(piece);
    if (this.#error !== undefined) view.fail(this.#error);
    else if (this.#ended) view.end();
    else this.#views.add(view);
    this.#release();
    return view;
  }

  release(): void {
    this.#buffered = undefined;
    this.#bufferedBytes = 0;
    this.#release();
  }

  abort(reason: Error): void {
    if (!this.#ended) this.#flow.abort(reason);
  }

  #brake(): void {
    const waiting = [...this.#views].some((view) => view.waiting > HIGH_WATER);
    const idle =
      this.#sink === undefined && this.#views.size === 0 && this.#bufferedBytes > HIGH_WATER;
    if (waiting || idle) this.#flow.pause();
  }

  #release(): void {
    if (this.#sink?.writableNeedDrain === true) return;
    this.#flow.resume();
    this.#brake();
    const wanted = this.#sink !== undefined || this.#views.size > 0 || this.#buffered !== undefined;
    if (!wanted && !this.#ended) this.abort(new Error("nobody reads the rest"));
  }
}

/** Milliseconds for buffered bytes to reach the client before a break. */
const LAST_WORDS = 5000;

/** Sends the buffered bytes, at least the head, and ends the connection within the content. */
export function breakOff(sink: ClientResponse, error: unknown): void {
  const { socket, req } = sink;
  recordOf(req)?.broke(error);
  if (sink.breakOff !== undefined) {
    sink.breakOff();
    return;
  }
  // Content in HTTP/1.0 may end with the connection: only a reset marks it as incomplete.
  if (socket !== null && isHttp10(req)) cut(socket);
  if (socket === null || socket.destroyed || sink.destroyed) {
    sink.destroy();
    return;
  }
  sink.write(NOTHING);
  socket.destroySoon();
  setTimeout(() => sink.destroy(), LAST_WORDS).unref();
}

/** Ends a response within its content at once, without the bytes that wait for the client. */
export function cutOff(sink: ClientResponse): void {
  const { socket, req } = sink;
  if (socket !== null && isHttp10(req)) cut(socket);
  sink.destroy();
}

/** Closes a connection so that its end is no regular one. */
function cut(socket: Socket & { readonly encrypted?: boolean }): void {
  // Without the alert that ends TLS, the content is incomplete.
  if (socket.encrypted === true) socket.destroy();
  else socket.resetAndDestroy();
}

const headsAlone = new Set<ClientResponse>();

/** Sends a head after 5 ms without content; head and content in one write save a system call. */
function sendHeadSoon(sink: ClientResponse): void {
  if (headsAlone.size === 0) {
    setTimeout(() => {
      // flushHeaders() would write obs-text (RFC 9110 §5.5) as UTF-8; before content it is Latin-1.
      for (const each of headsAlone)
        if (!each.writableEnded && !each.destroyed) each.write(NOTHING);
      headsAlone.clear();
    }, 5);
  }
  headsAlone.add(sink);
}

/** One reader's queue of pieces, not decoded. */
class View {
  waiting = 0;
  readonly stream: Readable;
  readonly #queue: (Buffer | null)[] = [];
  #wanted = false;

  constructor(onTaken: () => void, onClose: () => void) {
    this.stream = new Readable({
      read: () => {
        this.#wanted = true;
        this.#flush();
        onTaken();
      },
      destroy: (error, callback) => {
        onClose();
        callback(error);
      },
    });
  }

  push(piece: Buffer): void {
    this.#queue.push(piece);
    this.waiting += piece.length;
    this.#flush();
  }

  end(): void {
    this.#queue.push(null);
    this.#flush();
  }

  fail(error: Error): void {
    this.stream.destroy(error);
  }

  #flush(): void {
    while (this.#wanted && this.#queue.length > 0) {
      const piece = this.#queue.shift() as Buffer | null;
      this.waiting -= piece?.length ?? 0;
      this.#wanted = this.stream.push(piece);
    }
  }
}

function decoded(view: View, coding: string | undefined): ReadableStream<Uint8Array> {
  let source: Readable = view.stream;
  const decoder = coding === undefined ? undefined : createDecoder(coding);
  if (decoder !== undefined) {
    view.stream.on("error", (error) => decoder.destroy(error));
    decoder.on("close", () => view.stream.destroy());
    source = view.stream.pipe(decoder);
  }
  return fromReadable(source);
}

/** Converts a Node stream to a Web stream; if that is cancelled, the Node stream is destroyed. */
export function fromReadable(source: Readable): ReadableStream<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  return pulled(
    () => iterator.next(),
    () => void source.destroy(),
    1,
  );
}

/** The flow of complete content, which is never paused. */
const NO_FLOW: Flow = { pause: () => {}, resume: () => {}, abort: () => {} };

/** Turns a stored response into a response of the origin client. */
export const reviveOnNode: Revive<OriginResponse> = ({ status, statusText, fields, content }) => {
  const head = statusText === undefined ? { status, fields } : { status, statusText, fields };
  if (content === null) return { ...head, body: null };
  const body = new OriginBody(NO_FLOW, fields.get("content-encoding"));
  if (content.length > 0) {
    body.push(Buffer.from(content.buffer, content.byteOffset, content.byteLength));
  }
  body.end();
  return { ...head, body };
};
