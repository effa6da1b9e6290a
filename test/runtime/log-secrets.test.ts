import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { linesOf } from "../support/log-lines.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

/** Stands in every value that a line must not have. */
const SECRET = "hunter2";
/** Verified by its address. */
const BOT = {
  name: "ListBot",
  tokens: ["ListBot"],
  operator: "Listed",
  category: "AI Crawler",
  behaviours: ["Training"],
  ipRanges: ["4.2.2.0/24"],
};

const name = fc.constantFrom("token", "a", "X-Amz-Signature", "q", "", "%74oken", "a.b", "x[]");
const value = fc.constantFrom(
  SECRET,
  `${SECRET}=${SECRET}`,
  `/${SECRET}`,
  `http://u:${SECRET}@h/?b=${SECRET}`,
  `;${SECRET}`,
  `%22${SECRET}`,
  `${SECRET}%0a`,
  `?${SECRET}`,
  `${SECRET}{}`,
  `<${SECRET}>`,
  `'${SECRET}'`,
);
const query = fc
  .array(fc.tuple(name, value, fc.boolean()), { minLength: 1, maxLength: 4 })
  .map((members) =>
    members.map(([key, of, bare]) => (bare && !of.includes("=") ? of : `${key}=${of}`)).join("&"),
  )
  // What this client does not send as it is.
  .map((text) => text.replaceAll(/[<>'{}]/g, encodeURIComponent));

const request = fc.record({
  method: fc.constantFrom("GET", "GET", "HEAD", "POST", "TRACE", "OPTIONS"),
  path: fc.constantFrom(
    ..."/page/ /v1/a /closed/ /closes /breaks /error /nope /.wayleave/health /.wayleave/none /.wayleave/purge /llms.txt /asset.js //x /%2e%2e/page/ /page/index.md".split(
      " ",
    ),
    `/page/;jsessionid=${SECRET}`,
  ),
  query,
  fields: fc.record(
    {
      "user-agent": fc.constantFrom("ListBot/1.2", "Mozilla/5.0 Firefox/140.0"),
      "x-forwarded-for": fc.constant("4.2.2.1"),
      accept: fc.constantFrom("text/markdown", "text/html"),
      referer: query.map((of) => `https://www.example.com/from?${of}`),
      cookie: fc.constant(`session=${SECRET}`),
      authorization: fc.constantFrom(`Bearer ${SECRET}-and-some-more-of-it`, `Basic ${SECRET}`),
      "signature-agent": query.map((of) => `"https://127.0.0.1:9/?${of}"`),
      "signature-input": fc.constantFrom('sig1=("@authority");tag="web-bot-auth"', SECRET),
      signature: fc.constant(`sig1=:${SECRET}:`),
      "content-type": fc.constant(`text/plain;${SECRET}`),
      "x-api-key": fc.constant(SECRET),
    },
    { requiredKeys: [] },
  ),
});

describe.each(Object.keys(RUNTIMES) as RuntimeName[])(
  "secrets that no line contains, on %s",
  (runtime) => {
    let origin: TestOrigin;
    let proxy: Proxy;

    beforeAll(async () => {
      origin = await startOrigin();
      const html = { "content-type": "text/html", "set-cookie": `s=${SECRET}`, "x-key": SECRET };
      for (const path of ["/page/", "/v1/a", "/closed/"]) {
        origin.routes.set(path, ({ url = "" }, response) => {
          const of = url.slice(url.indexOf("?"));
          const link = `<link rel="canonical" href="/new/${of.replaceAll('"', "%22")}">`;
          response.writeHead(200, { ...html, link: `</new/?t=${SECRET}>; rel="canonical"` });
          response.end(`<head>${link}</head><main><h1>Page</h1></main>`);
        });
      }
      origin.routes.set("/error", (_request, response) => {
        response.writeHead(500, { ...html, location: `/?t=${SECRET}` }).end(SECRET);
      });
      origin.routes.set("/closes", ({ socket }) => void socket.destroy());
      origin.routes.set("/breaks", ({ socket }, response) => {
        response.writeHead(200, html).write("<main>");
        setTimeout(() => socket.destroy(), 20);
      });
      proxy = await RUNTIMES[runtime]({
        origin: origin.url,
        logLevel: "requests",
        purgeToken: `${SECRET}-is-the-token-for-purges`,
        rules: {
          agents: { openDiscovery: true, trustedProxyHops: 1, bots: [BOT] },
          defaults: {
            markdown: true,
            documents: true,
            compression: { dictionary: true },
            canonicalRedirect: {
              agents: { evidence: "ip-range", exceptBehaviour: [] },
              maps: [{ from: "/v1/*", to: "/v2/:0" }],
            },
          },
          rules: [
            {
              name: "closed",
              match: { path: "/closed/*" },
              access: { action: "challenge" },
              debug: true,
            },
          ],
        },
      });
    });

    afterAll(async () => {
      await proxy?.close();
      await origin?.close();
    });

    it("is the value of a query, a path parameter, a credential or a cookie", async () => {
      let sent = 0;
      await fc.assert(
        fc.asyncProperty(request, async ({ method, path, query: of, fields }) => {
          sent++;
          const before = proxy.log.length;
          await send(`${proxy.url}${path}?${of}`, { method, headers: fields }).catch(() => {});
          expect(proxy.log.slice(before).join("")).not.toContain(SECRET);
        }),
        { numRuns: 150 },
      );
      const about = () =>
        linesOf(proxy, "access").filter(({ path }) => path !== "/.wayleave/ready");
      await expect.poll(() => about().length, { timeout: 5000 }).toBeGreaterThanOrEqual(sent);
      expect(proxy.log.join("")).not.toContain(SECRET);
      // It has been in all of these.
      const events = new Set(
        linesOf(proxy, "canonical-redirect", "request", "request-refused", "origin-failed").map(
          ({ event }) => event,
        ),
      );
      expect(events.size).toBe(4);
    });
  },
);
