import type { ClientHttp2Session } from "node:http2";
import { setTimeout as pause } from "node:timers/promises";
import { expecting, refused, RIGHT, target, type Asked, type Got } from "../fuzz/load/clients.ts";
import { contentOf } from "../fuzz/load/origin.ts";
import { askStream, connectHttp2, openStream } from "../support/http2-client.ts";
import { SOAK_CLIENTS } from "./soak-clients.ts";

/** Connections at a time, and requests on each before a new one takes its place. */
const CONNECTIONS = 8;
const REQUESTS = 500;

type Clients = typeof SOAK_CLIENTS;

/** Sends requests as `ask` does, over TLS and HTTP/2. */
export interface SecureTransport {
  readonly send: (url: string, asked: Asked) => Promise<Got>;
  readonly next: () => Promise<ClientHttp2Session>;
  close(): void;
}

/** @param url of the proxy, by the name in its certificate @param ca its authority */
export function secureTransport(url: string, ca: string): SecureTransport {
  const open: { session: Promise<ClientHttp2Session>; left: number }[] = [];
  let turn = 0;
  const next = async (): Promise<ClientHttp2Session> => {
    const at = turn++ % CONNECTIONS;
    const used = open[at];
    if (used !== undefined && used.left-- > 0) {
      const session = await used.session;
      if (!session.closed && !session.destroyed) return session;
    }
    if (used !== undefined) void used.session.then((session) => session.close());
    const session = connectHttp2(url, ca);
    open[at] = { session, left: REQUESTS };
    return session;
  };
  return {
    next,
    async send(asked, { method = "GET", headers: fields = {}, content }) {
      const path = asked.slice(new URL(asked).origin.length);
      return askStream(await next(), path, { method, fields, content });
    },
    close: () => {
      for (const { session } of open) void session.then((each) => each.destroy());
    },
  };
}

/** The kinds of clients of a soak that HTTP/2 has: there is no pipelining, and no WebSocket. */
export function secureClients({ next }: Pick<SecureTransport, "next">): Clients {
  const { pipelined: _pipelined, webSocket: _webSocket, ...others } = SOAK_CLIENTS;
  return {
    ...others,
    async abort(_url, random) {
      const stream = (await next()).request({ ":path": target(random, "text") });
      stream.on("error", () => {}).resume();
      await pause(random(10));
      stream.close(8);
      return RIGHT;
    },
    async slowReader(_url, random) {
      const path = `/assets/app.${random(12)}.js`;
      const { headers, content } = await openStream(await next(), path, {});
      const pieces: Buffer[] = [];
      for await (const piece of content) {
        pieces.push(piece as Buffer);
        await pause(20);
      }
      const got = { status: Number(headers[":status"]), headers, content: Buffer.concat(pieces) };
      return content.rstCode === 0
        ? expecting(Promise.resolve(got), Buffer.from(contentOf(path)))
        : refused(`reset with ${content.rstCode}`);
    },
  };
}
