// An origin server of versions that differ in a comment only, so that each version is new.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { fetchFile, readPairs } from "./pairs.ts";

/** The value of Available-Dictionary for content. */
export const named = (content: Buffer): string =>
  `:${createHash("sha256").update(content).digest("base64")}:`;

/** An origin server for one of the pairs of versions. */
export interface VersionOrigin {
  readonly url: string;
  readonly old: Buffer;
  /**
   * Prepares the file of a URL: "old" is the old version, any other name the new version with this name in
   * it.
   */
  put(target: string, name: string): void;
  close(): void;
}

/** @param gzips whether responses are in gzip for clients that accept it */
export async function startVersionOrigin(id: string, gzips: boolean): Promise<VersionOrigin> {
  const pair = readPairs().find((each) => each.id === id);
  if (pair === undefined) throw new Error(`there is no pair ${id}`);
  const old = readFileSync(fetchFile(pair, pair.old));
  const current = readFileSync(fetchFile(pair, pair.new));
  const files = new Map<string, { content: Buffer; coded: Buffer | undefined; etag: string }>();
  const server = createServer(({ url = "/", headers }, response) => {
    const file = files.get(url);
    const isPage = url === "/";
    if (file === undefined) {
      const type = { "content-type": "text/html", "cache-control": "no-store" };
      response.writeHead(isPage ? 200 : 404, type).end(isPage ? "<!doctype html>" : "");
      return;
    }
    const takes = String(headers["accept-encoding"]).includes("gzip");
    const body = (takes ? file.coded : undefined) ?? file.content;
    response
      .writeHead(200, {
        "content-type": "text/javascript",
        "cache-control": "public, max-age=86400",
        etag: file.etag,
        "content-length": body.length,
        ...(gzips && { vary: "Accept-Encoding" }),
        ...(body === file.coded && { "content-encoding": "gzip" }),
      })
      .end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    old,
    put(target, name) {
      const content =
        name === "old" ? old : Buffer.concat([current, Buffer.from(`\n/* ${name} */\n`)]);
      const coded = gzips ? gzipSync(content, { level: 6 }) : undefined;
      files.set(target, { content, coded, etag: `"${named(content).slice(1, 17)}"` });
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The response to one request. */
export interface Got {
  readonly coding: string | undefined;
  readonly cacheStatus: string | undefined;
  readonly length: number;
  /** Milliseconds until the complete response. */
  readonly time: number;
}

export function get(url: string, headers: Readonly<Record<string, string>>): Promise<Got> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers, agent: false }, (answer) => {
      const coding = answer.headers["content-encoding"];
      const cacheStatus = answer.headers["cache-status"]?.toString();
      buffer(answer).then(({ length }) => {
        resolve({ coding, cacheStatus, length, time: performance.now() - started });
      }, reject);
    });
    asked.on("error", reject).end();
  });
}
