import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:http";
import { Agent as TlsAgent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { open } from "../support/client.ts";
import { makeAuthority } from "../support/authority.ts";
import { askStream, connectHttp2, openStream } from "../support/http2-client.ts";
import { RUNTIMES, type Proxy, type ProxyOptions, type RuntimeName } from "../support/runtimes.ts";
import { startCommand } from "../support/started.ts";
import { startTlsSite } from "../support/tls-site.ts";
import { ask, type Asked, type Got } from "./client.ts";

/** How clients reach a proxy. */
export type Front =
  | "HTTP/1.1"
  | "TLS and HTTP/2"
  | "two processes"
  | "TLS and HTTP/2, two processes";

/** The fronts with several processes. */
export function isOfSeveral(front: Front): boolean {
  return front.endsWith("two processes");
}

/** The fronts with TLS. */
export function isSecure(front: Front): boolean {
  return front.startsWith("TLS");
}

/** Requests of a client at the same time. */
export const WIDTH = 8;

/** The head of a response, with its content still to be read. */
export interface Opened {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly content: Readable;
}

/** A client of a server, with its connections. */
export interface Client {
  /** Rejects if the response is cut off. */
  ask(asked: Asked): Promise<Got>;
  open(target: string, fields?: Readonly<Record<string, string>>): Promise<Opened>;
  /** A client that uses one connection for all of its requests, one after the other. */
  onOneConnection(): Client;
  close(): void;
}

/** A proxy, and a client that reaches it by its front. */
export interface Reached {
  readonly proxy: Proxy;
  readonly client: Client;
  /** The authority of its certificate. */
  readonly ca?: string;
}

/** Starts a proxy. @param front of a Worker: HTTP/1.1 */
export async function startFront(
  front: Front,
  runtime: RuntimeName,
  options: ProxyOptions,
): Promise<Reached> {
  switch (front) {
    case "HTTP/1.1": {
      const proxy = await RUNTIMES[runtime](options);
      return { proxy, client: http1Client(proxy.url) };
    }
    case "TLS and HTTP/2": {
      const { proxy, authority } = await startTlsSite(options);
      return { proxy, client: http2Client(proxy.url, authority.ca), ca: authority.ca };
    }
    case "two processes": {
      const proxy = await startProcesses(options);
      return { proxy, client: http1Client(proxy.url) };
    }
    case "TLS and HTTP/2, two processes": {
      const authority = makeAuthority();
      const subjects = ["DNS:localhost", "IP:127.0.0.1"];
      const { certFile, keyFile } = authority.issue("localhost", subjects);
      const { ca } = authority;
      const tls = ["--tls-cert", certFile, "--tls-key", keyFile];
      const proxy = await startProcesses(options, tls);
      return { proxy, client: spread([0, 1].map(() => http2Client(proxy.url, ca))), ca };
    }
  }
}

/** Starts the command with two processes that serve, in a folder of its own. */
async function startProcesses(
  { origin, rules, originCa }: ProxyOptions,
  tls: readonly string[] = [],
): Promise<Proxy> {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-front-"));
  copyFileSync(new URL("../../rules/bots.jsonc", import.meta.url), join(folder, "bots.jsonc"));
  const trust = originCa === undefined ? {} : { originCa: "./ca.pem" };
  if (originCa !== undefined) writeFileSync(join(folder, "ca.pem"), originCa);
  writeFileSync(join(folder, "rules.json"), JSON.stringify({ ...rules, ...trust }));
  const argv = [
    "--processes",
    "2",
    "--origin",
    origin,
    "--rules",
    "rules.json",
    "--runtime",
    "node",
    "--dev",
    ...tls,
  ];
  const started = await startCommand(folder, argv);
  return {
    url: started.url,
    get log() {
      return started.said().split("\n");
    },
    async close() {
      await started.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A client that speaks HTTP/1.1. */
export function http1Client(url: string, ca?: string, maxSockets = WIDTH): Client {
  const options = { keepAlive: true, maxSockets };
  const agent = url.startsWith("https:")
    ? new TlsAgent({ ...options, ...(ca === undefined ? {} : { ca }) })
    : new Agent(options);
  return {
    ask: (asked) => ask(url, asked, agent),
    async open(target, headers = {}) {
      const response = await open(url + target, { headers });
      return { headers: response.headers, content: response };
    },
    onOneConnection: () => http1Client(url, ca, 1),
    close: () => agent.destroy(),
  };
}

/** A client that speaks HTTP/2, on one connection. */
function http2Client(url: string, ca: string): Client {
  const { host } = new URL(url);
  const session = connectHttp2(url, ca);
  session.catch(() => {});
  return {
    async ask({ method, target, fields = {}, content, isChunked = false }) {
      const { Host: authority = host, ...others } = fields;
      const {
        status,
        lines,
        trailers,
        interim,
        content: got,
      } = await askStream(await session, target, {
        method,
        fields: { ...others, ":authority": authority },
        content,
        isChunked,
      });
      const { localPort: port = 0 } = (await session).socket ?? {};
      return { status, phrase: undefined, lines, content: got, trailers, interim, port };
    },
    open: async (target, fields = {}) =>
      openStream(await session, target, { ...fields, ":authority": host }),
    onOneConnection: () => http2Client(url, ca),
    close: () => void session.then((each) => each.destroy()),
  };
}

/** A client with several connections, which take turns. */
function spread(clients: readonly Client[]): Client {
  let turn = 0;
  const next = (): Client => clients[turn++ % clients.length] as Client;
  return {
    ask: (asked) => next().ask(asked),
    open: (target, fields) => next().open(target, fields),
    onOneConnection: () => next().onOneConnection(),
    close: () => clients.forEach((each) => each.close()),
  };
}
