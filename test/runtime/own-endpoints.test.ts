import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { sendRaw, statusOf } from "../support/raw.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const ADMIN = "the-token-of-the-operator";
const PURGE = "the-token-that-purges-alone";

/** Every way that we know of to write a path below `/.wayleave/`. */
const SPELLINGS = [
  "//.wayleave/purge",
  "///.wayleave//purge",
  "/%2ewayleave/purge",
  "/%2Ewayleave/purge",
  "/%2fwayleave/../.wayleave/purge",
  "/.%77ayleave/purge",
  "/.WAYLEAVE/purge",
  "/.Wayleave/PURGE",
  "/./.wayleave/purge",
  "/x/../.wayleave/purge",
  "/x/%2e%2e/.wayleave/purge",
  "/x/..;/.wayleave/purge",
  "/x/..%2f.wayleave/purge",
  String.raw`/x\..\.wayleave\purge`,
  String.raw`/.wayleave\purge`,
  "/.wayleave%5cpurge",
  "/.wayleave;x/purge",
  "/.wayleave;x=y;z/purge",
  "/.wayleave%3bx/purge",
  "/.wayleave%2fpurge",
  "/.wayleave%2Fpurge",
  "/%2f.wayleave%2fpurge",
  "/.wayleave/x/../purge",
  "/.wayleave/../purge",
  "/.wayleave/",
  "/.wayleave",
  "/.wayleave/purge/",
  "/.wayleave./purge",
  "/.wayleave%20/purge",
  "/%252ewayleave/purge",
  "/.wayleave%252fpurge",
  "/%c0%aewayleave/purge",
  "/.wayleave%00/purge",
  "/.wayleave/purge?x=/../",
  "/.wayleave/purge%3fx",
  "http://x.example//.wayleave/purge",
];

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("own endpoints on %s", (runtime) => {
  let origin: RawOrigin;
  let proxy: Proxy;

  beforeAll(async () => {
    origin = await startRawOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        health: true,
        defaults: { markdown: true },
        // No rule refuses them, so the tests below pass in spite of these.
        rules: ["/.wayleave/*", "/healthz", "/readyz"].map((path) => ({
          name: path,
          match: { path },
          access: { action: "challenge" },
        })),
      },
      adminToken: ADMIN,
      purgeToken: PURGE,
    });
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  const ask = async (target: string, ...fields: readonly string[]): Promise<string> => {
    const lines = [`GET ${target} HTTP/1.1`, "Host: x.example", "Connection: close", ...fields];
    return sendRaw(proxy.url, `${lines.join("\r\n")}\r\n\r\n`, { timeout: 5000 });
  };

  it.each(SPELLINGS)(
    "stay with the proxy, as %s, and the site never sees the token",
    async (target) => {
      origin.requests.length = 0;
      for (const name of ["purge", "health", "ready", "agents", "problems/not-found", "new"]) {
        const spelt = target.replace(/purge/i, name);
        const got = await ask(spelt, `Authorization: Bearer ${ADMIN}`, `Wayleave-Token: ${ADMIN}`);
        expect([200, 400, 404, 405], spelt).toContain(statusOf(got));
      }
      expect(origin.requests).toEqual([]);
    },
  );

  it.each([
    "/healthz/",
    "/HEALTHZ",
    "//healthz",
    "/%68ealthz",
    "/x/../readyz",
    "/readyz;x",
    "/Readyz/",
  ])("belong to the proxy, as %s, if the rules turn them on", async (target) => {
    origin.requests.length = 0;
    expect([200, 404]).toContain(statusOf(await ask(target)));
    expect(origin.requests).toEqual([]);
  });

  it.each([
    "/wayleave/purge",
    "/x/.wayleave/purge",
    "/.wayleavex/purge",
    "/.well-known/wayleave",
    "/x?/.wayleave/purge",
    "/healthzz",
    "/x/healthz",
  ])("do not include %s, which belongs to the site", async (target) => {
    origin.requests.length = 0;
    expect(statusOf(await ask(target))).toBe(204);
    expect(origin.requests).toHaveLength(1);
  });

  it("keep the token from the site, in whatever field a request shows it", async () => {
    for (const field of [
      `Authorization: Bearer ${ADMIN}`,
      `authorization: bearer   ${ADMIN}`,
      `Authorization: Bearer ${PURGE}`,
      `Authorization: Basic x, Bearer ${ADMIN}`,
      `Authorization: ${ADMIN}`,
      `Authorization: Bearer "${ADMIN}"`,
      `Authorization: Bearer=${ADMIN}`,
      `Authorization: Bearer ${PURGE};`,
      `Authorization: Token token="${ADMIN}", a=b`,
      `Authorization: Token token=${PURGE}`,
      `Authorization: Basic ${Buffer.from(`admin:${ADMIN}`).toString("base64")}`,
      `Authorization: basic ${Buffer.from(`${PURGE}:`).toString("base64")}`,
      `Wayleave-Token: ${ADMIN}`,
      `wayleave-token: ${PURGE}`,
    ]) {
      origin.requests.length = 0;
      expect(statusOf(await ask("/page", field))).toBe(204);
      expect(origin.requests).toHaveLength(1);
      const sent = origin.requests[0]?.fields.map(([name]) => name.toLowerCase());
      expect(sent, field).not.toContain(field.split(":", 1)[0]?.toLowerCase());
      expect(JSON.stringify(origin.requests[0])).not.toMatch(new RegExp(`${ADMIN}|${PURGE}`));
    }
  });

  it("keep the token from the site in trailers, repeated fields, upgrades and uploads", async () => {
    const requests = [
      `POST /page HTTP/1.1\r\nHost: x.example\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: Wayleave-Token\r\n\r\n1\r\na\r\n0\r\nWayleave-Token: ${ADMIN}\r\nAuthorization: Bearer ${ADMIN}\r\n\r\n`,
      `GET /page HTTP/1.1\r\nHost: x.example\r\nConnection: close\r\nWayleave-Token: a\r\nWayleave-Token: ${ADMIN}\r\n\r\n`,
      `GET /page HTTP/1.1\r\nHost: x.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nWayleave-Token: ${ADMIN}\r\nAuthorization: Bearer ${ADMIN}\r\n\r\n`,
      `OPTIONS * HTTP/1.1\r\nHost: x.example\r\nConnection: close\r\nAuthorization: Bearer ${ADMIN}\r\n\r\n`,
      `HEAD /page HTTP/1.1\r\nHost: x.example\r\nConnection: close, Authorization\r\nAuthorization: Bearer ${PURGE}\r\n\r\n`,
    ];
    for (const request of requests) {
      origin.requests.length = 0;
      await sendRaw(proxy.url, request, { timeout: 1500 });
      expect(JSON.stringify(origin.requests)).not.toMatch(new RegExp(`${ADMIN}|${PURGE}`));
    }
  });

  it("leave the site's own credentials alone", async () => {
    origin.requests.length = 0;
    await ask("/page", "Authorization: Bearer the-token-of-a-visitor", "Cookie: a=b");
    expect(JSON.stringify(origin.requests[0])).toContain("Bearer the-token-of-a-visitor");
    await ask("/page", "Authorization: Basic bm90OmJhc2U2NA==");
    expect(JSON.stringify(origin.requests[1])).toContain("Basic bm90OmJhc2U2NA==");
  });

  it.each(["GET", "POST", "PUT"])(
    "refuse malformed content of a %s once, and say nothing else",
    async (method) => {
      const head = `${method} /.wayleave/ready HTTP/1.1\r\nHost: x.example\r\nTransfer-Encoding: chunked\r\n\r\n`;
      const got = await sendRaw(proxy.url, [`${head}zz\r\n`], { timeout: 1500 });
      expect(got.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
      expect(got).not.toContain("Error");
    },
  );

  it("take a request of HTTP/1.0 without a host, as load balancers send it", async () => {
    const got = await sendRaw(proxy.url, "GET /healthz HTTP/1.0\r\n\r\n", { timeout: 1500 });
    expect(got).toMatch(runtime === "node" ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.[01] [24]00 /);
  });

  it("accept the operator's token, and for purges also the token for purges", async () => {
    const purge = async (token: string): Promise<number | undefined> => {
      const head = `POST /.wayleave/purge HTTP/1.1\r\nHost: x.example\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n`;
      return statusOf(await sendRaw(proxy.url, `${head}Content-Length: 12\r\n\r\n{"all":true}`));
    };
    expect(await purge(ADMIN)).toBe(200);
    expect(await purge(PURGE)).toBe(200);
    expect(await purge(`${ADMIN}x`)).toBe(401);
    expect(await purge(ADMIN.slice(1))).toBe(401);
  });
});
