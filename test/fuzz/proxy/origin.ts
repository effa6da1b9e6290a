import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import type { Script } from "./script.ts";

/** A connection to the origin server. */
export interface OriginConnection {
  /** Of the requests that came on it. */
  readonly ids: Set<number>;
  /** Whether bytes that answer nothing follow a response in a piece of their own. */
  hasLateSurplus: boolean;
  /** When something was written last. */
  wroteAt: number;
}

/** A request that came. */
export interface Arrival {
  readonly on: OriginConnection;
  /** Whether such bytes were on their way, perhaps, as it was written: no proxy can tell them apart. */
  readonly isUntellable: boolean;
  /** The last answer before it on its connection, or the first that was not sound. */
  readonly before: Script | undefined;
}

/** An origin server that answers by scripts. */
export interface ScriptedOrigin {
  readonly url: string;
  /** What to do for a request, by the id in its target. */
  readonly scripts: Map<number, Script>;
  /** For each request of a case: each time that it came. */
  readonly came: Map<number, readonly Arrival[]>;
  close(): Promise<void>;
}

/** Milliseconds from a write here to the reading of what crosses it, with both processes short of CPU. */
const ON_THEIR_WAY = 1000;

const TARGET = /^[A-Z]+ \/c\/(\d+)/;

/** Starts an origin server on a free port; requests are read only as far as their framing. */
export async function startScriptedOrigin(): Promise<ScriptedOrigin> {
  const scripts = new Map<number, Script>();
  const came = new Map<number, readonly Arrival[]>();
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    serve(socket, scripts, came);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    scripts,
    came,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function serve(
  socket: Socket,
  scripts: ReadonlyMap<number, Script>,
  came: Map<number, readonly Arrival[]>,
): void {
  let waiting = "";
  const on: OriginConnection = { ids: new Set(), hasLateSurplus: false, wroteAt: 0 };
  let before: Script | undefined;
  let working = Promise.resolve();
  socket.on("data", (piece) => {
    waiting += piece.toString("latin1");
    for (;;) {
      const end = waiting.indexOf("\r\n\r\n");
      if (end === -1) return;
      const head = waiting.slice(0, end);
      const content = contentLength(head, waiting.slice(end + 4));
      if (content === undefined) return;
      waiting = waiting.slice(end + 4 + content);
      const id = Number(TARGET.exec(head)?.[1]);
      const script = scripts.get(id);
      if (script !== undefined) {
        const isUntellable = on.hasLateSurplus && performance.now() - on.wroteAt < ON_THEIR_WAY;
        came.set(id, [...(came.get(id) ?? []), { on, before, isUntellable }]);
        on.ids.add(id);
        if (before?.isSound !== false) before = script;
      }
      working = working.then(() =>
        script === undefined ? plain(socket, head) : follow(socket, on, script),
      );
    }
  });
}

/** Length of the content in the bytes behind a head; undefined until all of it is there. */
function contentLength(head: string, rest: string): number | undefined {
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
    const end = /(?:^|\r\n)0\r\n\r\n/.exec(rest);
    return end === null ? undefined : end.index + end[0].length;
  }
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  return rest.length < length ? undefined : length;
}

/** Answers what is no case: the sitemap that the proxy looks for, and the question whether all is well. */
function plain(socket: Socket, head: string): void {
  const content = head.startsWith("HEAD ") ? "" : "none";
  socket.write(`HTTP/1.1 404 Not Found\r\nX-Id: none\r\nContent-Length: 4\r\n\r\n${content}`);
}

async function follow(socket: Socket, on: OriginConnection, script: Script): Promise<void> {
  const { steps, hasLateSurplus } = script;
  if (hasLateSurplus) on.hasLateSurplus = true;
  for (const step of steps) {
    if (socket.destroyed) return;
    on.wroteAt = performance.now();
    if (step.kind === "bytes") socket.write(step.bytes);
    else if (step.kind === "end") socket.end();
    else if (step.kind === "reset") socket.resetAndDestroy();
    else await new Promise((resolve) => setTimeout(resolve, step.milliseconds));
  }
}
