import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const DAY = 86_400_000;
const ago = (days: number): string => new Date(Date.now() - days * DAY).toUTCString();

/** Fields of a response, and whether Chromium registers it as a dictionary. */
export const REGISTERED: readonly (readonly [Readonly<Record<string, string>>, boolean])[] = [
  [{ "cache-control": "max-age=3600" }, true],
  [{ "cache-control": "max-age=3600, must-revalidate" }, true],
  [{ "cache-control": "max-age=3600, proxy-revalidate" }, true],
  [{ "cache-control": "max-age=3600", age: "7200" }, false],
  [{ "cache-control": "max-age=0" }, false],
  [{ "cache-control": "max-age=0, stale-while-revalidate=604800" }, true],
  [{ "cache-control": "max-age=0, stale-while-revalidate=604800, must-revalidate" }, false],
  [{ "cache-control": "public, max-age=0, s-maxage=86400, stale-while-revalidate=604800" }, true],
  [{ "cache-control": "max-age=3600, stale-while-revalidate=604800, must-revalidate" }, true],
  [{ "cache-control": "max-age=60, stale-while-revalidate=604800", age: "90" }, true],
  [{ "cache-control": "s-maxage=3600" }, false],
  [{ "cache-control": "public" }, false],
  [{ expires: ago(-10) }, true],
  [{ expires: ago(10) }, false],
  [{ expires: "0" }, false],
  [{ "cache-control": "max-age=0", expires: ago(-10) }, false],
  [{ "last-modified": ago(100) }, true],
  [{ "cache-control": "public", "last-modified": ago(100) }, true],
  [{ "cache-control": "must-revalidate", "last-modified": ago(100) }, false],
  [{ "cache-control": "max-age=0", "last-modified": ago(100) }, false],
  [{ "cache-control": "no-cache, max-age=60" }, false],
  [{ "cache-control": "no-store" }, false],
  [{}, false],
];

/** An origin server that offers `/N/…` as a dictionary with the fields of case N. */
export async function startCases() {
  const offered = new Set<number>();
  const server = createServer(({ url = "/", headers }, response) => {
    const number = /^\/(\d+)\//.exec(url)?.[1];
    const fields = number === undefined ? undefined : REGISTERED[Number(number)]?.[0];
    if (fields === undefined) {
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>page");
      return;
    }
    const content = `/* case ${number} ${"x".repeat(600)} */`;
    const hash = `:${createHash("sha256").update(content).digest("base64")}:`;
    if (headers["available-dictionary"] === hash) offered.add(Number(number));
    const dictionary = url.endsWith("/first")
      ? { "use-as-dictionary": `match="/${number}/*"` }
      : {};
    const type = { "content-type": "text/javascript" };
    response.writeHead(200, { ...type, ...dictionary, ...fields }).end(content);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    /** The cases for which the browser has offered a dictionary. */
    offered,
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
