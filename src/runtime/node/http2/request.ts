import type { ServerHttp2Stream } from "node:http2";
import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import type { ClientRequest } from "../message.ts";

/** A request's head in the terms of HTTP/1.1. */
interface StreamHead {
  readonly method: string;
  readonly target: string;
  /** Flat: name, value, …; with Host, and one Cookie line. */
  readonly fields: string[];
  /** Repeated fields are joined. */
  readonly headers: IncomingHttpHeaders;
  /** The length as in HTTP/1.1, in bytes. */
  readonly length: number;
  /** Why the request is malformed; undefined if it is not. */
  readonly fault: string | undefined;
}

/** Reads the fields of a HEADERS frame: `:authority` becomes Host (RFC 9113 §8.3.1). */
export function readHead(raw: readonly string[]): StreamHead {
  const pseudo: Record<string, string> = Object.create(null);
  const headers: Record<string, string> = Object.create(null);
  const fields: string[] = [];
  let length = 0;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name, value] = [raw[i] as string, raw[i + 1] as string];
    length += name.length + value.length + 4;
    if (name.startsWith(":")) {
      pseudo[name] = value;
      continue;
    }
    const before = headers[name];
    // RFC 9113 §8.2.3: the lines of Cookie are one.
    headers[name] =
      before === undefined ? value : `${before}${name === "cookie" ? "; " : ", "}${value}`;
    if (name !== "cookie") fields.push(name, value);
  }
  if (headers["cookie"] !== undefined) fields.push("cookie", headers["cookie"]);
  const { ":authority": authority, ":path": target = "", ":method": method = "" } = pseudo;
  const fault = faultOf(method, target, authority, headers["host"]);
  if (authority !== undefined && headers["host"] === undefined) {
    fields.unshift("host", authority);
    headers["host"] = authority;
  }
  return { method, target, fields, headers, length, fault };
}

function faultOf(
  method: string,
  target: string,
  authority: string | undefined,
  host: string | undefined,
): string | undefined {
  if (method === "CONNECT") return undefined;
  if (authority !== undefined && host !== undefined && authority !== host) {
    return "Host is not the same as the authority.";
  }
  if (!target.startsWith("/") && target !== "*")
    return "The path of a request begins with a slash.";
  return undefined;
}

/** A request on a stream of HTTP/2. */
export class StreamRequest implements ClientRequest {
  readonly httpVersion = "2";
  readonly httpVersionMajor = 2;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: string[];
  readonly socket: Socket;
  readonly hasStreamContent: boolean;
  complete: boolean;
  /** Bytes of content that were read. */
  bytesRead = 0;
  readonly #stream: ServerHttp2Stream;
  #isCounting = false;

  constructor(stream: ServerHttp2Stream, head: StreamHead, socket: Socket) {
    this.#stream = stream;
    this.method = head.method;
    this.url = head.method === "CONNECT" ? "*" : head.target;
    this.headers = head.headers;
    this.rawHeaders = head.fields;
    this.socket = socket;
    // A stream that has begun later may have ended, without a byte, before anyone read it.
    const isEmpty = stream.endAfterHeaders || stream.readableEnded;
    this.hasStreamContent = !isEmpty && head.headers["content-length"] !== "0";
    this.complete = !this.hasStreamContent;
    if (this.hasStreamContent) stream.once("end", () => (this.complete = this.#isWhole()));
  }

  get errored(): Error | null {
    return this.#stream.errored;
  }

  get isStopped(): boolean {
    return this.#stream.readableFlowing !== true;
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  emit(event: string | symbol, ...args: unknown[]): boolean {
    return this.#stream.emit(event, ...args);
  }

  on(...[event, listener]: Parameters<ClientRequest["on"]>): this {
    if (event === "data") this.#count();
    this.#stream.on(event, listener);
    return this;
  }

  once(...[event, listener]: Parameters<ClientRequest["once"]>): this {
    this.#stream.once(event, listener);
    return this;
  }

  off(...[event, listener]: Parameters<ClientRequest["off"]>): this {
    this.#stream.off(event, listener);
    return this;
  }

  #count(): void {
    if (this.#isCounting) return;
    this.#isCounting = true;
    this.#stream.on("data", (piece: Buffer) => (this.bytesRead += piece.length));
  }

  /**
   * Whether the client has ended its content: the stream's readable part also ends without an error
   * if the client resets it with NO_ERROR.
   */
  #isWhole(): boolean {
    const length = this.headers["content-length"];
    if (length !== undefined && this.#isCounting) return this.bytesRead === Number(length);
    return !this.#stream.closed;
  }
}
