import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { linesOf } from "../support/log-lines.ts";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { sendRaw, statusOf } from "../support/raw.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const ADMIN = "The/token+of~the.operator==";
const PURGE = "the-token-that-purges-alone";
const ENCODED = encodeURIComponent(ADMIN);
const ALL_ENCODED = Array.from(PURGE, (char) => `%${char.charCodeAt(0).toString(16)}`).join("");

/** Every spelling of the tokens that a test sends. */
const SPELLINGS = [ADMIN, PURGE, ENCODED, ALL_ENCODED];

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("tokens of the operator on %s", (runtime) => {
  let origin: RawOrigin;
  let proxy: Proxy;

  beforeAll(async () => {
    origin = await startRawOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      logLevel: "requests",
      rules: {
        defaults: { markdown: true, cache: true },
        rules: [{ name: "traced", match: { path: "/traced" }, markdown: true, debug: true }],
      },
      adminToken: ADMIN,
      purgeToken: PURGE,
    });
  });

  beforeEach(() => void (origin.requests.length = 0));

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  const ask = async (target: string, ...fields: readonly string[]): Promise<string> => {
    const lines = [`GET ${target} HTTP/1.1`, "Host: x.example", "Connection: close", ...fields];
    return sendRaw(proxy.url, `${lines.join("\r\n")}\r\n\r\n`, { timeout: 5000 });
  };

  const expectNowhere = (text: string): void => {
    for (const token of SPELLINGS) expect(text.toLowerCase()).not.toContain(token.toLowerCase());
  };

  it.each([
    `X-Invented: ${ADMIN}`,
    `X-Invented: a, "${PURGE}"; b`,
    `X-Invented: a${PURGE}b`,
    `X-Invented: ${ENCODED}`,
    `X-Invented: ${ALL_ENCODED}`,
    `X-Invented: ${ENCODED.replaceAll("%", "%2525")}`,
    `X-Api-Key: ${PURGE}`,
    `Referer: https://x.example/?token=${ENCODED}`,
    `Referer: https://x.example/${PURGE}/page`,
    `User-Agent: curl/8 ${ADMIN}`,
    `Accept-Language: ${PURGE}`,
    `X-Forwarded-For: ${PURGE}`,
    `Forwarded: for="${ADMIN}"`,
    `Content-Type: text/plain; a=${PURGE}`,
    `Proxy-Authorization: Bearer ${ADMIN}`,
    `Cookie: ${PURGE}`,
    `Cookie: token=${ADMIN}`,
  ])("are not forwarded nor logged, with the field %j", async (field) => {
    for (const target of ["/page", "/traced"]) {
      const got = await ask(target, field, "X-Other: kept");
      expect(statusOf(got)).toBe(204);
      expectNowhere(got);
    }
    expect(origin.requests).toHaveLength(2);
    expectNowhere(JSON.stringify(origin.requests));
    expect(JSON.stringify(origin.requests)).toContain("kept");
    expectNowhere(proxy.log.join(""));
  });

  it("leave the other cookies of the request", async () => {
    await ask("/page", `Cookie: a=b; token=${ADMIN}; c=${ENCODED}; d=e`);
    expectNowhere(JSON.stringify(origin.requests));
    const cookie = origin.requests[0]?.fields.find(([name]) => name.toLowerCase() === "cookie");
    expect(cookie?.[1]).toBe("a=b; d=e");
  });

  it.each([
    `/page?token=${PURGE}`,
    `/page?${ENCODED}`,
    `/page?a=b&c=x${ALL_ENCODED}x`,
    `/page?a=${ENCODED.replaceAll("%", "%25")}`,
    `/${PURGE}`,
    `/a/${ENCODED}/b`,
    `/a/${ADMIN}`,
    `/%2e%2e/${ALL_ENCODED}`,
    `/.wayleave/health?token=${PURGE}`,
  ])("in a URL are refused and never repeated: %s", async (target) => {
    for (const accept of ["application/json", "text/html", "text/markdown"]) {
      const got = await ask(target, `Accept: ${accept}`, "User-Agent: teller");
      expect(statusOf(got)).toBe(400);
      expect(got).toContain("The URL has a token of the operator");
      expectNowhere(got);
    }
    expect(origin.requests).toEqual([]);
    expectNowhere(proxy.log.join(""));
    expect(linesOf(proxy, "access").length).toBeGreaterThan(0);
  });

  it("in the name of the host are refused and never repeated", async () => {
    const head = `GET /page HTTP/1.1\r\nHost: ${PURGE}.example\r\nConnection: close\r\n\r\n`;
    const got = await sendRaw(proxy.url, head, { timeout: 5000 });
    expect(statusOf(got)).toBe(400);
    expectNowhere(got + JSON.stringify(origin.requests) + proxy.log.join(""));
  });

  it("are not found in texts that only resemble them", async () => {
    const others = [
      PURGE.slice(1),
      PURGE.slice(0, -1),
      ADMIN.toLowerCase(),
      `${PURGE.slice(0, 9)} ${PURGE.slice(9)}`,
    ];
    for (const other of others) {
      origin.requests.length = 0;
      expect(
        statusOf(await ask(`/page?a=${encodeURIComponent(other)}`, `X-Invented: ${other}`)),
      ).toBe(204);
      expect(JSON.stringify(origin.requests)).toContain(other);
    }
  });
});
