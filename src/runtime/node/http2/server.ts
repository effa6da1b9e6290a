import { maxHeaderSize } from "node:http";
import * as http2 from "node:http2";
import type { TLSSocket } from "node:tls";
import { ClientGoneError } from "../../../pipeline/exchange.ts";
import type { Recorder } from "../../../telemetry/record.ts";
import type { Answering } from "../answering.ts";
import { refuse } from "../refuse.ts";
import type { Shutdown } from "../shutdown.ts";
import { MALFORMED } from "../upload.ts";
import { watchUpload } from "../upload-watch.ts";
import { recordStream } from "../watch-requests.ts";
import { Http2Connection, type Http2Times } from "./connection.ts";
import type { Offenders } from "./offenders.ts";
import { readHead, StreamRequest } from "./request.ts";
import { StreamResponse } from "./response.ts";
import { Turns } from "./turns.ts";

interface Http2Parts {
  readonly answering: Answering;
  readonly shutdown: Shutdown;
  readonly recorder: Recorder | undefined;
  readonly times: Http2Times;
  readonly offenders: Offenders;
}

/** Serves HTTP/2 on connections that a TLS server accepts. */
export interface Http2Server {
  serve(socket: TLSSocket): void;
  close(): void;
}

/** Requests at the same time on one connection; nginx permits as many. */
const MOST_STREAMS = 128;

/** Bytes of content that a client may send on a stream before the proxy reads them. */
const WINDOW = 256 * 1024;

/** Bytes of a field section after which Node resets the stream; a smaller one can get a 431. */
const MOST_FIELDS = 4 * maxHeaderSize;

/** Milliseconds between two checks of all connections. */
const LOOK = 1000;

/** Whether this Node can serve HTTP/2 on a socket, and bounds CONTINUATION frames (20.12). */
export const HAS_HTTP2 = typeof http2.performServerHandshake === "function";

export function createHttp2Server(parts: Http2Parts): Http2Server {
  const open = new Set<Http2Connection>();
  const timer = setInterval(() => {
    const now = performance.now();
    for (const connection of open) connection.check(now);
  }, LOOK);
  timer.unref();
  return {
    serve(socket) {
      const session = http2.performServerHandshake(socket, SESSION);
      const { remoteAddress } = socket;
      const connection = new Http2Connection(session, socket, parts.times, () =>
        parts.offenders.note(remoteAddress),
      );
      const turns = new Turns();
      open.add(connection);
      session.once("close", () => open.delete(connection));
      session.on("error", ignore);
      for (const event of ["ping", "remoteSettings"]) session.on(event, () => connection.replied());
      session.setLocalWindowSize(4 * WINDOW);
      parts.shutdown.addConnection(connection, socket);
      session.on("stream", (stream: http2.ServerHttp2Stream, _headers, _flags, raw: string[]) => {
        stream.on("error", ignore);
        const take = (): boolean => {
          // The client has reset it already.
          const isReset = stream.destroyed || stream.closed;
          if (isReset) connection.wasReset();
          else takeStream(stream, raw, connection, parts);
          return !isReset;
        };
        // Node emits a stream before it reads the next frame, which may be its reset.
        turns.take(take, connection.isHasty);
      });
    },
    close: () => clearInterval(timer),
  };
}

const SESSION = {
  settings: {
    maxConcurrentStreams: MOST_STREAMS,
    initialWindowSize: WINDOW,
    maxHeaderListSize: MOST_FIELDS,
  },
  maxHeaderListPairs: MOST_FIELDS / 32,
  // An origin server may send two lines of any field.
  strictSingleValueFields: false,
};

function takeStream(
  stream: http2.ServerHttp2Stream,
  raw: readonly string[],
  connection: Http2Connection,
  { answering, recorder, times }: Http2Parts,
): void {
  const head = readHead(raw);
  const incoming = new StreamRequest(stream, head, connection.socket);
  const outgoing = new StreamResponse(stream, incoming);
  connection.begin(outgoing);
  stream.once("close", () => {
    connection.end(outgoing);
    if (outgoing.isLeft) connection.wasReset();
  });
  if (recorder !== undefined) recordStream(recorder, incoming, outgoing);
  const { expect } = incoming.headers;
  try {
    if (head.fault !== undefined) refuse(outgoing, "bad-request", head.fault);
    else if (head.length > maxHeaderSize) {
      const detail = `The header section is larger than ${maxHeaderSize} bytes.`;
      refuse(outgoing, "fields-too-large", detail);
    } else if (expect === undefined) {
      watchContent(incoming, outgoing, times);
      void answering.answer({ incoming, outgoing });
    } else if (expect.toLowerCase() === "100-continue") {
      const onAccepted = (): void => {
        if (outgoing.headersSent || outgoing.destroyed) return;
        stream.additionalHeaders({ ":status": 100 });
        watchContent(incoming, outgoing, times);
      };
      void answering.answer({ incoming, outgoing, onAccepted });
    } else
      refuse(outgoing, "expectation-failed", "The only supported expectation is 100-continue.");
  } catch (error) {
    answering.fail(outgoing, error);
  }
}

/** Refuses a request whose content stalls. */
function watchContent(
  incoming: StreamRequest,
  outgoing: StreamResponse,
  { idle }: Http2Times,
): void {
  watchUpload(outgoing, idle(), () => {
    refuse(outgoing, "request-timeout", "The request's content did not arrive in time.");
    incoming.emit(MALFORMED, new ClientGoneError());
  });
}

function ignore(): void {}
