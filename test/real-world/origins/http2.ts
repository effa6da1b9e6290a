import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer as createPlain, type IncomingMessage, type ServerResponse } from "node:http";
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { parseHttpDate } from "../../../src/http/date.ts";
import { makeAuthority } from "../../support/authority.ts";
import { CHANGED, SERVED } from "../tree.ts";
import type { Origin } from "./program.ts";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript",
  css: "text/css",
  json: "application/json",
  txt: "text/plain",
  svg: "image/svg+xml",
  png: "image/png",
  mp4: "video/mp4",
};

/**
 * The static site by `node:http2` with TLS: ranges, preconditions, gzip, redirects, echo of uploads.
 *
 * @param allowHTTP1 whether it speaks HTTP/1.1 over TLS, too; else the same site is at `plainUrl`
 */
export async function startHttp2Site(allowHTTP1: boolean): Promise<Origin> {
  const authority = makeAuthority();
  const { cert, key } = authority.issue("localhost", ["IP:127.0.0.1"]);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  };
  const server = createSecureServer({ cert, key, allowHTTP1 }, answer);
  const plain = createPlain(answer);
  const ports: number[] = [];
  for (const each of [server, plain]) {
    each.on("connection", keep);
    each.listen(0, "127.0.0.1");
    await once(each, "listening");
    ports.push((each.address() as AddressInfo).port);
  }
  return {
    url: `https://127.0.0.1:${ports[0]}`,
    ca: authority.ca,
    ...(allowHTTP1 ? {} : { plainUrl: `http://127.0.0.1:${ports[1]}` }),
    said: () => "",
    async stop() {
      for (const socket of sockets) socket.destroy();
      for (const each of [server, plain]) each.close();
    },
  };
}

type Incoming = IncomingMessage | Http2ServerRequest;
type Outgoing = ServerResponse | Http2ServerResponse;

/** What both kinds of responses have. */
interface Writable {
  writeHead(status: number, fields: Record<string, string>): unknown;
  end(content?: string | Buffer): unknown;
}

function answer(request: Incoming, response: Outgoing): void {
  const to = response as Writable;
  const { method = "GET", url = "/" } = request;
  // Resolves dot segments, as servers do.
  const path = new URL(`http://a${url.split("?")[0]}`).pathname;
  if (path === "/echo") {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      to.writeHead(200, { "content-type": "application/octet-stream", "x-method": method });
      to.end(Buffer.concat(pieces));
    });
    return;
  }
  request.resume();
  const fate = path === "/robots.txt" ? fateOf(request.headers["x-forwarded-host"]) : undefined;
  if (fate !== undefined) {
    to.writeHead(fate, fate === 301 ? { location: "/for-crawlers/robots.txt" } : {});
    to.end(`${fate}\n`);
    return;
  }
  const name = nameOf(path);
  const file = name === undefined ? undefined : SERVED[name];
  if (name === undefined) plainly(to, 400, "no such name\n");
  else if (file !== undefined) serve(request, to, name);
  else if (SERVED[`${name}/index.html`] === undefined) plainly(to, 404, "not found\n");
  else {
    to.writeHead(301, { location: `${path}/`, "content-length": "0" });
    to.end();
  }
}

/** The status of robots.txt under public hosts whose file is missing. */
function fateOf(host: string | string[] | undefined): number | undefined {
  if (host === "gone.example") return 404;
  if (host === "broken.example") return 503;
  return host === "moved.example" ? 301 : undefined;
}

function nameOf(path: string): string | undefined {
  try {
    const name = decodeURIComponent(path.slice(1));
    return name === "" || name.endsWith("/") ? `${name}index.html` : name;
  } catch {
    return undefined;
  }
}

function plainly(to: Writable, status: number, text: string): void {
  to.writeHead(status, { "content-type": "text/plain", "content-length": String(text.length) });
  to.end(text);
}

const forms = new Map<string, { readonly content: Buffer; readonly hash: string }>();

/** A file in one of its codings. */
function formOf(
  name: string,
  isCoded: boolean,
): { readonly content: Buffer; readonly hash: string } {
  const key = `${name} ${isCoded}`;
  const known = forms.get(key);
  if (known !== undefined) return known;
  const file = Buffer.from(SERVED[name] ?? "");
  const content = isCoded ? gzipSync(file) : file;
  const made = { content, hash: createHash("md5").update(content).digest("hex").slice(0, 12) };
  forms.set(key, made);
  return made;
}

function serve({ method, headers }: Incoming, to: Writable, name: string): void {
  if (method !== "GET" && method !== "HEAD") {
    to.writeHead(405, { allow: "GET, HEAD", "content-length": "0" });
    to.end();
    return;
  }
  const type = TYPES[name.split(".").at(-1) ?? ""] ?? "application/octet-stream";
  const isCoded =
    type.startsWith("text/") &&
    /\bgzip\b(?!;q=0)/.test(headers["accept-encoding"]?.toString() ?? "");
  const { content, hash } = formOf(name, isCoded);
  const etag = `"${hash}"`;
  const fields: Record<string, string> = {
    "content-type": type,
    etag,
    "last-modified": CHANGED.toUTCString(),
    "accept-ranges": "bytes",
    "cache-control": "no-cache",
    vary: "Accept-Encoding",
    ...(isCoded ? { "content-encoding": "gzip" } : {}),
  };
  const tags = headers["if-none-match"];
  const since = secondsOf(headers["if-modified-since"]);
  const isSame =
    tags === undefined ? since * 1000 >= CHANGED.getTime() : tags === "*" || tags.includes(hash);
  const isOld =
    headers["if-match"] !== undefined &&
    !`* ${headers["if-match"]}`.includes(hash) &&
    headers["if-match"] !== "*";
  const isNewer =
    headers["if-match"] === undefined &&
    secondsOf(headers["if-unmodified-since"], Infinity) * 1000 < CHANGED.getTime();
  if (isOld || isNewer) return plainly(to, 412, "precondition failed\n");
  if (isSame) {
    delete fields["content-type"];
    delete fields["content-encoding"];
    to.writeHead(304, fields);
    to.end();
    return;
  }
  const part =
    method === "GET"
      ? partOf(headers.range, headers["if-range"]?.toString(), etag, content.length)
      : undefined;
  if (part === "none") {
    to.writeHead(416, { "content-range": `bytes */${content.length}`, "content-length": "0" });
    to.end();
    return;
  }
  const [start, end] = part ?? [0, content.length];
  fields["content-length"] = String(end - start);
  if (part !== undefined) fields["content-range"] = `bytes ${start}-${end - 1}/${content.length}`;
  to.writeHead(part === undefined ? 200 : 206, fields);
  to.end(method === "HEAD" ? undefined : content.subarray(start, end));
}

function secondsOf(date: string | undefined, otherwise = -1): number {
  return (date === undefined ? undefined : parseHttpDate(date, Date.now() / 1000)) ?? otherwise;
}

/** The one range that is asked for; all of the content for several, or if If-Range does not hold. */
function partOf(
  range: string | undefined,
  condition: string | undefined,
  etag: string,
  length: number,
): readonly [number, number] | "none" | undefined {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(range ?? "") ?? [];
  if (from === "" && to === "") return undefined;
  const holds =
    condition === undefined ||
    condition === etag ||
    secondsOf(condition) * 1000 === CHANGED.getTime();
  if (!holds) return undefined;
  if (from === "") return Number(to) === 0 ? "none" : [Math.max(0, length - Number(to)), length];
  if (to !== "" && Number(to) < Number(from)) return undefined;
  if (Number(from) >= length) return "none";
  return [Number(from), to === "" ? length : Math.min(length, Number(to) + 1)];
}
