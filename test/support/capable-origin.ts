import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One resource of an origin that does all that RFC 9110 lets a server do with it. */
export interface Resource {
  readonly path: string;
  readonly type: string;
  readonly content: Buffer;
}

const LAST_MODIFIED = "Sun, 01 Nov 2026 00:00:00 GMT";

/** The media types of the table, each with a name and without one that tells of it. */
const TYPES: readonly (readonly [extension: string, type: string])[] = [
  ["mp4", "video/mp4"],
  ["webm", "video/webm"],
  ["mp3", "audio/mpeg"],
  ["ogg", "audio/ogg"],
  ["jpg", "image/jpeg"],
  ["png", "image/png"],
  ["webp", "image/webp"],
  ["avif", "image/avif"],
  ["pdf", "application/pdf"],
  ["zip", "application/zip"],
  ["gz", "application/gzip"],
  ["woff2", "font/woff2"],
  ["docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
  ["epub", "application/epub+zip"],
  ["pmtiles", "application/vnd.pmtiles"],
  ["bin", "application/octet-stream"],
  ["iso", "application/x-iso9660-image"],
  ["parquet", "application/vnd.apache.parquet"],
  ["m3u8", "application/vnd.apple.mpegurl"],
  ["dmg", "application/x-apple-diskimage"],
];

/** Content that no feature of ours acts on. */
export const MEDIA: readonly Resource[] = TYPES.flatMap(([extension, type]) =>
  [`/media/file.${extension}`, `/media/of-${extension}`].map((path) => ({
    path,
    type,
    content: createHash("sha512").update(path).digest().subarray(0, 40),
  })),
).map(({ path, type, content }) => ({
  path,
  type,
  content: Buffer.concat(Array(64).fill(content)),
}));

/** A script that compresses little without its former version. */
const SCRIPT = Array.from({ length: 100 }, (_, i) => {
  const text = createHash("sha256").update(`line ${i}`).digest("base64");
  return `export const a${i} = "${text}";\n`;
}).join("");

/** A page and a script, which features do act on. */
export const TEXTS: readonly Resource[] = [
  {
    path: "/page/",
    type: "text/html; charset=utf-8",
    content: Buffer.from(
      `<!doctype html><title>T</title><body><main><h1>T</h1>${"<p>some text</p>".repeat(200)}</main></body>`,
    ),
  },
  {
    path: "/app.0a1b2c3d.js",
    type: "text/javascript",
    content: Buffer.from(SCRIPT),
  },
];

/** The next version of the script. */
export const NEXT_VERSION: Resource = {
  path: "/app.4e5f6a7b.js",
  type: "text/javascript",
  content: Buffer.from(`${SCRIPT}// the next version\n`),
};

export const etagOf = ({ path }: Resource): string => `"of${path.length}-1"`;
export const DATE = LAST_MODIFIED;

/**
 * An origin with ranges, preconditions and HEAD for each of its resources.
 *
 * @param directory key directory of an agent, which it serves as well
 */
export async function startCapableOrigin(directory: object = {}) {
  const resources = new Map([...MEDIA, ...TEXTS, NEXT_VERSION].map((each) => [each.path, each]));
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    if (request.url === "/.well-known/http-message-signatures-directory") {
      const type = "application/http-message-signatures-directory+json";
      response.writeHead(200, { "content-type": type }).end(JSON.stringify(directory));
      return;
    }
    const resource = resources.get((request.url ?? "").split("?")[0] ?? "");
    if (resource === undefined) response.writeHead(404, { "content-type": "text/plain" }).end("-");
    else answer(resource, request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function answer(
  resource: Resource,
  { headers, method }: IncomingMessage,
  to: ServerResponse,
): void {
  const etag = etagOf(resource);
  const { content, type } = resource;
  const common = {
    etag,
    "last-modified": LAST_MODIFIED,
    "cache-control": "public, max-age=600",
    "accept-ranges": "bytes",
  };
  const tags = headers["if-none-match"];
  const since = headers["if-modified-since"];
  if (headers["if-match"] !== undefined && !headers["if-match"].includes(etag)) {
    to.writeHead(412, common).end();
    return;
  }
  const isHeld = tags === undefined ? since === LAST_MODIFIED : tags.includes(etag) || tags === "*";
  if (isHeld) {
    to.writeHead(304, common).end();
    return;
  }
  const ifRange = headers["if-range"];
  const isSame = ifRange === undefined || ifRange === etag || ifRange === LAST_MODIFIED;
  const ranges =
    method === "GET" && isSame ? parseRanges(headers.range, content.length) : undefined;
  if (ranges === undefined) {
    to.writeHead(200, { ...common, "content-type": type, "content-length": content.length });
    to.end(content);
    return;
  }
  const [only, more] = ranges;
  if (only === undefined) {
    to.writeHead(416, { ...common, "content-range": `bytes */${content.length}` }).end();
    return;
  }
  const rangeOf = ([first, last]: Span): string => `bytes ${first}-${last}/${content.length}`;
  if (more === undefined) {
    const part = content.subarray(only[0], only[1] + 1);
    to.writeHead(206, {
      ...common,
      "content-type": type,
      "content-range": rangeOf(only),
      "content-length": part.length,
    }).end(part);
    return;
  }
  const parts = ranges.map((span) =>
    Buffer.concat([
      Buffer.from(`--B\r\nContent-Type: ${type}\r\nContent-Range: ${rangeOf(span)}\r\n\r\n`),
      content.subarray(span[0], span[1] + 1),
      Buffer.from("\r\n"),
    ]),
  );
  const whole = Buffer.concat([...parts, Buffer.from("--B--\r\n")]);
  to.writeHead(206, {
    ...common,
    "content-type": "multipart/byteranges; boundary=B",
    "content-length": whole.length,
  }).end(whole);
}

type Span = readonly [first: number, last: number];

function parseRanges(value: string | undefined, length: number): Span[] | undefined {
  const spec = /^bytes=(.+)$/.exec(value ?? "")?.[1];
  if (spec === undefined) return undefined;
  return spec.split(",").flatMap((part): Span[] => {
    const [, from = "", to = ""] = /^\s*(\d*)-(\d*)\s*$/.exec(part) ?? [];
    const first = from === "" ? Math.max(0, length - Number(to)) : Number(from);
    const last = from === "" || to === "" ? length - 1 : Math.min(Number(to), length - 1);
    return first < length ? [[first, last]] : [];
  });
}
