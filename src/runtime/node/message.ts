import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";

// oxlint-disable-next-line typescript/no-explicit-any -- as in Node's own types
type Listener = (...args: any[]) => void;

/** The part of a client's request that the proxy reads, of HTTP/1.1 (`IncomingMessage`) and HTTP/2. */
export interface ClientRequest {
  method?: string | undefined;
  url?: string | undefined;
  readonly httpVersion: string;
  readonly httpVersionMajor: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: string[];
  /** Whether all of the content has arrived. */
  readonly complete: boolean;
  readonly errored?: Error | null;
  readonly socket: Socket;
  /** Whether there is content; undefined in HTTP/1.1, in which the fields say it. */
  readonly hasStreamContent?: boolean;
  /** Bytes of content that were read; only in HTTP/2. */
  readonly bytesRead?: number;
  /** Whether the proxy does not read the content now; only in HTTP/2. */
  readonly isStopped?: boolean;
  pause(): unknown;
  resume(): unknown;
  emit(event: string | symbol, ...args: unknown[]): boolean;
  on(event: string | symbol, listener: Listener): this;
  once(event: string | symbol, listener: Listener): this;
  off(event: string | symbol, listener: Listener): this;
}

/** The part of a response that the proxy uses, of HTTP/1.1 (`ServerResponse`) and HTTP/2. */
export interface ClientResponse {
  readonly req: ClientRequest;
  readonly socket: Socket | null;
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  readonly writableFinished: boolean;
  readonly writableNeedDrain: boolean;
  statusCode: number;
  /** Without effect in HTTP/2, in which a response never decides on the connection. */
  shouldKeepAlive: boolean;
  writeHead(status: number, text: string, fields: string[]): unknown;
  /** A Node before 24 may lack it in HTTP/1.1. */
  writeInformation?(status: number, fields: readonly string[]): unknown;
  writeEarlyHints(hints: Record<string, string>): void;
  writeProcessing(): void;
  write(piece: Uint8Array): boolean;
  end(piece?: Uint8Array | string, encoding?: BufferEncoding): unknown;
  destroy(): unknown;
  /** Resets the stream after the bytes so far; only in HTTP/2. */
  breakOff?(): void;
  on(event: string, listener: Listener): this;
  once(event: string, listener: Listener): this;
  off(event: string, listener: Listener): this;
}

/** Whether a message came on a stream of HTTP/2; `HTTP/2.0` in a request line is another version. */
export function isHttp2({ httpVersion }: Pick<ClientRequest, "httpVersion">): boolean {
  return httpVersion === "2";
}

/** Whether a message came as HTTP/1.0. */
export function isHttp10({ httpVersion }: Pick<ClientRequest, "httpVersion">): boolean {
  return httpVersion === "1.0";
}
