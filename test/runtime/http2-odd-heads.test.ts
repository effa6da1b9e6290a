// Heads of origin servers that HTTP/2 can't carry as they are, and clients that leave during the handshake.
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import { askStream, connectHttp2 } from "../support/http2-client.ts";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { startTlsSite, type TlsSite } from "../support/tls-site.ts";

let origin: RawOrigin;
let site: TlsSite;

beforeAll(async () => {
  origin = await startRawOrigin();
  site = await startTlsSite({ origin: origin.url, rules: {} });
});
afterAll(async () => {
  await site?.proxy.close();
  await origin?.close();
});

it.each([
  ["a reason in Russian", "HTTP/1.1 200 \u00d0\u00bf\u00d1\u0080\r\n"],
  ["a value in Latin-1", "HTTP/1.1 200 OK\r\nX-A: caf\u00e9\r\n"],
  [
    "fields of one connection",
    "HTTP/1.1 200 OK\r\nHTTP2-Settings: x\r\nTE: gzip\r\nTrailer: a\r\n",
  ],
  ["a name that objects have", "HTTP/1.1 200 OK\r\n__proto__: x\r\nconstructor: y\r\n"],
  ["all characters of a name", "HTTP/1.1 200 OK\r\nX!#$%&'*+-.^_`|~: v\r\n"],
  ["two lines of single fields", "HTTP/1.1 200 OK\r\nETag: a\r\nETag: b\r\nDate: x\r\nDate: y\r\n"],
  ["an odd interim response", "HTTP/1.1 199 Odd\r\n__proto__: \u00e9\r\n\r\nHTTP/1.1 200 OK\r\n"],
])("content arrives behind a head with %s", async (_name, head) => {
  origin.answer = () => ({ bytes: `${head}Content-Length: 2\r\n\r\nok` });
  const session = await connectHttp2(site.url, site.authority.ca);
  const { status, content } = await askStream(session, "/");
  expect([status, content.toString()]).toEqual([200, "ok"]);
  session.close();
});

it("clients that leave at any point of the handshake cost nobody else a response", async () => {
  const port = Number(new URL(site.url).port);
  const leave = (i: number): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect({
        port,
        host: "127.0.0.1",
        ca: site.authority.ca,
        ALPNProtocols: ["h2"],
      });
      socket.on("error", () => {}).on("close", () => resolve());
      if (i % 3 === 0) socket.once("connect", () => setTimeout(() => socket.destroy(), i % 20));
      else {
        socket.once("secureConnect", () => {
          socket.write(i % 3 === 1 ? "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" : Buffer.alloc(40, i));
          socket.destroy();
        });
      }
    });
  await Promise.all(Array.from({ length: 60 }, (_, i) => leave(i)));
  origin.answer = () => ({ bytes: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" });
  const session = await connectHttp2(site.url, site.authority.ca);
  expect((await askStream(session, "/")).content.toString()).toBe("ok");
  session.close();
});
