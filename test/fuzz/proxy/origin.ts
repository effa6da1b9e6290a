import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import type { Script } from "./responses.ts";

/** An origin server that answers by scripts. */
export interface ScriptedOrigin {
  readonly url: string;
  /** What to do for a request, by the id in its target. */
  readonly scripts: Map<number, Script>;
  /** For each request of a case that came: the answer before it on each of its connections. */
  readonly came: Map<number, readonly (Script | undefined)[]>;
  close(): Promise<void>;
}

const TARGET = /^[A-Z]+ \/c\/(\d+)/;

/** Starts an origin server on a free port; requests are read only as far as their framing. */
export async function startScriptedOrigin(): Promise<ScriptedOrigin> {
  const scripts = new Map<number, Script>();
  const came = new Map<number, readonly (Script | undefined)[]>();
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
  came: Map<number, readonly (Script | undefined)[]>,
): void {
  let waiting = "";
  /** The last answer, or the first that was not sound. */
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
        came.set(id, [...(came.get(id) ?? []), before]);
        if (before?.isSound !== false) before = script;
      }
      working = working.then(() =>
        script === undefined ? plain(socket, head) : follow(socket, script),
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

async function follow(socket: Socket, { steps }: Script): Promise<void> {
  for (const step of steps) {
    if (socket.destroyed) return;
    if (step.kind === "bytes") socket.write(step.bytes);
    else if (step.kind === "end") socket.end();
    else if (step.kind === "reset") socket.resetAndDestroy();
    else await new Promise((resolve) => setTimeout(resolve, step.milliseconds));
  }
}
