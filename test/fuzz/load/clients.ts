import { createHash, randomBytes } from "node:crypto";
import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { readResponses } from "../proxy/responses-read.ts";
import type { Random } from "../proxy/script.ts";
import { contentOf } from "./origin.ts";

/** What became of a request: right, refused with a status of ours, or wrong, with the reason. */
export type Outcome =
  | { readonly kind: "right" }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "wrong"; readonly why: string };

export const RIGHT: Outcome = { kind: "right" };
export const wrong = (why: string): Outcome => ({ kind: "wrong", why });
export const refused = (why: string): Outcome => ({ kind: "refused", why });

/** Milliseconds after which a request counts as unanswered. */
const PATIENCE = 30_000;

/** A whole response. */
export interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly content: Buffer;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly content?: Buffer;
}

const agent = new Agent({ keepAlive: true, maxSockets: 32 });

/** Closes the connections that clients keep. */
export const endClients = (): void => agent.destroy();

let transport: ((url: string, asked: Asked) => Promise<Got>) | undefined;

/** Sends requests in another way; undefined returns to HTTP/1.1 without TLS. */
export function useTransport(other: typeof transport): void {
  transport = other;
}

/** Sends one request over a connection that others use too. */
export function ask(url: string, asked: Asked = {}): Promise<Got> {
  if (transport !== undefined) return transport(url, asked);
  const { method = "GET", headers = {}, content } = asked;
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { agent, method, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          content: Buffer.concat(pieces),
        }),
      );
    });
    request.on("error", reject);
    request.setTimeout(PATIENCE, () => request.destroy(new Error("no answer")));
    request.end(content);
  });
}

/** Judges a response whose content must be this; a 502, 503 or 504 is a refusal. */
export async function expecting(
  got: Promise<Got>,
  content: Buffer,
  status = 200,
): Promise<Outcome> {
  try {
    const { status: is, content: raw, headers } = await got;
    if (is >= 502 && is <= 504) return refused(String(is));
    if (is !== status) return wrong(`status ${is}`);
    const coding = headers["content-encoding"];
    const plain =
      coding === "gzip" ? gunzipSync(raw) : coding === "br" ? brotliDecompressSync(raw) : raw;
    return plain.equals(content) ? RIGHT : wrong(`other bytes: ${plain.toString("utf8", 0, 60)}`);
  } catch (error) {
    return refused(String(error));
  }
}

/**
 * One of some that all ask for again and again, or of some that change each half second, and are stored anew;
 * those return after a minute, so that a cache needs no more memory in the end.
 */
export const target = (random: Random, folder: string): string =>
  random(2) === 0
    ? `/${folder}/${random(40)}`
    : `/${folder}/${Math.floor(performance.now() / 500) % 120}-${random(4)}`;

/** The kinds of clients, by name. */
export const CLIENTS: Readonly<Record<string, (url: string, random: Random) => Promise<Outcome>>> =
  {
    plain(url, random) {
      const path = target(random, "text");
      return expecting(ask(url + path), Buffer.from(contentOf(path)));
    },
    kept(url, random) {
      const path = target(random, "kept");
      return expecting(ask(url + path), Buffer.from(contentOf(path)));
    },
    compressed(url, random) {
      const path = target(random, random(2) === 0 ? "kept" : "text");
      const headers = { "Accept-Encoding": random(2) === 0 ? "gzip" : "br" };
      return expecting(ask(url + path, { headers }), Buffer.from(contentOf(path)));
    },
    async range(url, random) {
      const path = target(random, random(2) === 0 ? "kept" : "text");
      const [start, length] = [random(100), 1 + random(90)];
      const headers = { Range: `bytes=${start}-${start + length - 1}` };
      const whole = Buffer.from(contentOf(path));
      const got = ask(url + path, { headers });
      // RFC 9110 §14.2: a server may ignore Range.
      const isWhole = await got.then(({ status }) => status === 200).catch(() => false);
      if (isWhole) return expecting(got, whole);
      return expecting(got, whole.subarray(start, start + length), 206);
    },
    async markdown(url, random) {
      const path = target(random, "page");
      try {
        const { status, content } = await ask(url + path, { headers: { Accept: "text/markdown" } });
        if (status >= 502 && status <= 504) return refused(String(status));
        return status === 200 && content.includes(`# ${path}`)
          ? RIGHT
          : wrong(`${status}: ${content.toString("utf8", 0, 60)}`);
      } catch (error) {
        return refused(String(error));
      }
    },
    upload(url, random) {
      const content = randomBytes(random(random(8) === 0 ? 500_000 : 5000));
      const hash = createHash("sha256").update(content).digest("hex");
      return expecting(ask(`${url}/upload`, { method: "POST", content }), Buffer.from(hash));
    },
    abort(url, random) {
      return new Promise((resolve) => {
        const request = httpRequest(url + target(random, "text"), { agent: false });
        request.on("error", () => resolve(RIGHT));
        request.on("response", (response) => response.on("error", () => {}).destroy());
        request.on("close", () => resolve(RIGHT));
        request.end();
        setTimeout(() => request.destroy(), random(10));
      });
    },
    pipelined(url, random) {
      const paths = Array.from({ length: 2 + random(6) }, () => target(random, "text"));
      return new Promise((resolve) => {
        let got = "";
        const socket = connect(Number(new URL(url).port), "127.0.0.1", () =>
          socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join("")),
        );
        const end = (outcome: Outcome): void => {
          clearTimeout(timer);
          socket.destroy();
          resolve(outcome);
        };
        const timer = setTimeout(() => end(refused("no answer")), PATIENCE);
        socket.setEncoding("latin1").on("data", (text: string) => {
          got += text;
          const { responses, fault } = readResponses(
            got,
            paths.map(() => "GET"),
            false,
          );
          if (fault !== undefined) return end(wrong(fault));
          if (responses.filter(({ isWhole }) => isWhole).length < paths.length) return;
          const failed = responses.find(({ status }) => status >= 502 && status <= 504);
          if (failed !== undefined) return end(refused(String(failed.status)));
          // In order, and each whole.
          let at = 0;
          for (const path of paths) {
            at = got.indexOf(contentOf(path), at);
            if (at === -1) return end(wrong(`not in order: ${path}`));
          }
          end(RIGHT);
        });
        socket.on("error", (error) => end(refused(String(error))));
        socket.on("close", () => end(refused("closed")));
      });
    },
    webSocket(url, random) {
      const text = `mark ${random(1e6)}`;
      return new Promise((resolve) => {
        let got = "";
        let isSent = false;
        const socket = connect(Number(new URL(url).port), "127.0.0.1", () =>
          socket.write(
            "GET /echo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
          ),
        );
        const end = (outcome: Outcome): void => {
          clearTimeout(timer);
          socket.destroy();
          resolve(outcome);
        };
        const timer = setTimeout(() => end(refused("no answer")), PATIENCE);
        socket.setEncoding("latin1").on("data", (piece: string) => {
          got += piece;
          const head = got.indexOf("\r\n\r\n");
          if (head === -1) return;
          if (!got.startsWith("HTTP/1.1 101")) return end(refused(got.slice(9, 12)));
          if (!isSent) socket.write(text);
          isSent = true;
          if (got.slice(head + 4) === text) end(RIGHT);
        });
        socket.on("error", (error) => end(refused(String(error))));
        socket.on("close", () => end(refused("closed")));
      });
    },
  };
