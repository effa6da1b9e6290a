import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { sendRaw, statusOf } from "../support/raw.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const UPGRADE =
  "Host: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/** A text frame: masked from a client (RFC 6455 §5.3), plain from a server. */
const MASKED_HI = "\x81\x82\x00\x00\x00\x00hi";
const PLAIN_HI = "\x81\x02hi";

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("WebSockets on %s", (runtime) => {
  let origin: RawOrigin;
  let proxy: Proxy;

  beforeAll(async () => {
    origin = await startRawOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: { defaults: { canonicalRedirect: true, markdown: true, compression: true } },
    });
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  /** An origin that agrees, and sends every first frame back unmasked. */
  const agree = (): void => {
    origin.answer = ({ fields }, socket) => {
      const key = fields.find(([name]) => name.toLowerCase() === "sec-websocket-key")?.[1] ?? "";
      const accept = createHash("sha1")
        .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest("base64");
      socket.removeAllListeners("data");
      socket.once("data", () => socket.write(PLAIN_HI, "latin1"));
      return {
        bytes: `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\nX-Kept: 1\r\n\r\n`,
      };
    };
  };

  it("joins the client and an origin that agrees", async () => {
    agree();
    const got = await sendRaw(proxy.url, [`GET /socket HTTP/1.1\r\n${UPGRADE}`, MASKED_HI], {
      until: /hi$/,
    });
    expect(statusOf(got)).toBe(101);
    expect(got).toMatch(/\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/i);
    expect(got.endsWith(PLAIN_HI)).toBe(true);
    expect(origin.requests.at(-1)?.fields.map(([name]) => name.toLowerCase())).toContain("via");
  });

  it("gives the client the answer of an origin that does not agree", async () => {
    origin.answer = () => ({ bytes: "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno" });
    const got = await sendRaw(proxy.url, `GET /socket HTTP/1.1\r\n${UPGRADE}`, { until: /no$/ });
    expect(statusOf(got)).toBe(403);
    expect(got.endsWith("\r\n\r\nno")).toBe(true);
  });

  it.each([
    ["names another protocol", "Connection: Upgrade\r\nUpgrade: h2c\r\n"],
    ["names two", "Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n"],
    ["names none", "Connection: Upgrade\r\n"],
    ["is bare", ""],
    [
      "has a transfer coding",
      "Connection: Upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: gzip\r\n",
    ],
  ])("treats a 101 that %s as a fault of the origin server", async (_what, fields) => {
    origin.answer = () => ({ bytes: `HTTP/1.1 101 Switching Protocols\r\n${fields}\r\nsidelong` });
    // The end of our problem details, or of what workerd itself says.
    const until = /\}\s*$|handshake: [^]+\.$/;
    const got = await sendRaw(proxy.url, `GET /socket HTTP/1.1\r\n${UPGRADE}`, { until });
    expect(statusOf(got)).toBe(502);
    expect(got).not.toContain("sidelong");
    expect(proxy.log.join("")).not.toContain("uncaught");
  });

  it.each(["h2c", "TLS/1.0", "x"])(
    "treats an unrequested 101 to %s as a fault",
    async (protocol) => {
      origin.answer = () => ({
        bytes: `HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`,
      });
      const request = `GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;
      expect(statusOf(await sendRaw(proxy.url, request, { until: /\}\s*$/ }))).toBe(502);
    },
  );

  it("ignores an upgrade to anything else", async () => {
    origin.requests.length = 0;
    origin.answer = () => ({ bytes: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" });
    const got = await sendRaw(
      proxy.url,
      "GET /h2c HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
      { until: /ok$/ },
    );
    expect(statusOf(got)).toBe(200);
    const names = origin.requests[0]?.fields.map(([name]) => name.toLowerCase());
    expect(names).not.toContain("upgrade");
    expect(names).not.toContain("http2-settings");
  });
});

describe("WebSockets on Node only", () => {
  it("ends the origin's connection with the client's, and the client's with the origin's", async () => {
    const origin = await startRawOrigin();
    const proxy = await RUNTIMES.node({ origin: origin.url, rules: {} });
    let closed: Promise<void> = Promise.resolve();
    origin.answer = (_request, socket) => {
      closed = new Promise((resolve) => socket.once("close", () => resolve()));
      return {
        bytes:
          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
      };
    };
    await sendRaw(proxy.url, `GET / HTTP/1.1\r\n${UPGRADE}`, { until: /\r\n\r\n$/ });
    await closed;
    origin.answer = () => ({
      bytes:
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nbye",
      close: true,
    });
    const got = await sendRaw(proxy.url, `GET / HTTP/1.1\r\n${UPGRADE}`, { timeout: 10_000 });
    expect(got.endsWith("bye")).toBe(true);
    await proxy.close();
    await origin.close();
  });
});
