import { ServerResponse, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { StreamRequest } from "./http2/request.ts";
import type { StreamResponse } from "./http2/response.ts";
import type { ClientRequest } from "./message.ts";
import type { ProblemName } from "../../http/problem.ts";
import type { End } from "../../telemetry/event.ts";
import type { ReceivedRequest, Recorder, RequestRecord } from "../../telemetry/record.ts";

const RECORD = Symbol("record");
const CONNECTION = Symbol("connection");

type Recorded = ClientRequest & { [RECORD]?: RequestRecord };
type Watched = Duplex & { [CONNECTION]?: Connection };

/**
 * Closes the record of every request at the end of the response or of the connection, and begins
 * those of upgrades. Call it before any other listener is added.
 */
export function watchRequests(server: Server, recorder: Recorder | undefined): void {
  if (recorder === undefined) return;
  server.on("connection", (socket: Watched) => {
    socket[CONNECTION] = new Connection(socket as Socket, recorder);
  });
  server.on("upgrade", (incoming, socket) => connectionOf(socket)?.begin(incoming));
  server.on("connect", (incoming, socket) => connectionOf(socket)?.begin(incoming));
}

/** Begins the record of a request that has a response of Node's server. */
export function beginRecord(incoming: IncomingMessage): void {
  connectionOf(incoming.socket)?.begin(incoming);
}

/** A response of Node's server that closes the record of its request. */
export class RecordedResponse extends ServerResponse {
  /** Node's server calls this at the end, before it sends the next buffered response. */
  override detachSocket(socket: Socket): void {
    const record = recordOf(this.req);
    if (record !== undefined) connectionOf(socket)?.end(record, "sent", this.statusCode);
    super.detachSocket(socket);
  }
}

/** Records a request of HTTP/2; its bytes are those of the content. */
export function recordStream(
  recorder: Recorder,
  incoming: StreamRequest,
  outgoing: StreamResponse,
): void {
  const { remoteAddress } = incoming.socket;
  const record = recorder.begin(() => received(incoming, remoteAddress));
  (incoming as Recorded)[RECORD] = record;
  outgoing.once("close", () => {
    const isSent = outgoing.writableFinished;
    const status = outgoing.headersSent ? outgoing.statusCode : record.status;
    record.close({
      end: isSent ? "sent" : "client-gone",
      status,
      bytesReceived: incoming.bytesRead,
      bytesSent: outgoing.bytesPassed,
      bytesAre: "content",
      until: "end",
    });
  });
}

/** The record of a request; undefined without a recorder. */
export function recordOf(incoming: ClientRequest): RequestRecord | undefined {
  return (incoming as Recorded)[RECORD];
}

/** Closes the record of a request with its response, which Node's server did not create. */
export function watchResponse(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const record = recordOf(incoming);
  if (record === undefined) return;
  const connection = connectionOf(incoming.socket);
  outgoing.once("finish", () => connection?.end(record, "sent", outgoing.statusCode));
}

/** Records that the proxy refused bytes of a connection, outside of any response. */
export function noteSocketRefusal(socket: Duplex, name: ProblemName): void {
  connectionOf(socket)?.refused(name);
}

function connectionOf(socket: Duplex): Connection | undefined {
  return (socket as Watched)[CONNECTION];
}

/** The open records of one connection, and the bytes of each request. */
class Connection {
  readonly #socket: Socket;
  readonly #recorder: Recorder;
  /** The open record of a connection that has only one. */
  #only: RequestRecord | undefined;
  /** The other open records, of pipelined requests. */
  readonly #others = new Set<RequestRecord>();
  /** Open records whose response was written to the socket itself. */
  readonly #bare = new Set<RequestRecord>();
  #read = 0;
  #written = 0;

  constructor(socket: Socket, recorder: Recorder) {
    this.#socket = socket;
    this.#recorder = recorder;
    socket.once("close", () => {
      for (const record of this.#open()) {
        const isSent = record.status === 101 || this.#bare.has(record);
        this.end(record, isSent ? "sent" : "client-gone", record.status);
      }
    });
  }

  begin(incoming: IncomingMessage): void {
    // Read now: undefined after the connection has closed.
    const { remoteAddress } = this.#socket;
    (incoming as Recorded)[RECORD] = this.#add(() => received(incoming, remoteAddress));
  }

  refused(name: ProblemName): void {
    const latest = this.#open().at(-1);
    // A connection without a byte had no request.
    if (latest === undefined && this.#socket.bytesRead === this.#read) return;
    const { remoteAddress: address } = this.#socket;
    const record = latest ?? this.#add(() => ({ ...UNREAD, address }));
    record.refused(name, latest === undefined ? "connection" : "admission");
    this.#bare.add(record);
  }

  end(record: RequestRecord, end: End, status: number | undefined): void {
    if (record === this.#only) this.#only = undefined;
    else if (!this.#others.delete(record)) return;
    const { bytesRead, bytesWritten } = this.#socket;
    const bytesReceived = bytesRead - this.#read;
    const bytesSent = bytesWritten - this.#written;
    this.#read = bytesRead;
    this.#written = bytesWritten;
    record.close({ end, status, bytesReceived, bytesSent, bytesAre: "wire", until: "end" });
  }

  #add(read: () => ReceivedRequest): RequestRecord {
    const record = this.#recorder.begin(read);
    if (this.#only === undefined && this.#others.size === 0) this.#only = record;
    else this.#others.add(record);
    return record;
  }

  /** In the order in which they began. */
  #open(): RequestRecord[] {
    return this.#only === undefined ? [...this.#others] : [this.#only, ...this.#others];
  }
}

function received(incoming: ClientRequest, address: string | undefined): ReceivedRequest {
  const { method = "-", url: target = "-", httpVersion: version, headers } = incoming;
  const { host = "", "user-agent": userAgent, referer: referrer } = headers;
  const traceparent = headers["traceparent"] as string | undefined;
  return { method, host, target, version, address, userAgent, referrer, traceparent };
}

/** Bytes of a connection that are no valid request. */
const UNREAD = { method: "-", host: "", target: "-", version: "" } as const;
