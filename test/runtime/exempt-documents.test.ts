// The documents that no action refuses, counts or charges, and the content that is never exempt.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

/** An action for each host, with the status of a refusal. */
const ACTIONS = {
  block: { access: { action: "block" }, status: 403 },
  challenge: { access: { action: "challenge" }, status: 403 },
  charge: { access: { action: "charge", price: "USD 0.01" }, status: 402 },
  limit: { access: { action: "limit", requests: 1, per: "1h" }, status: 429 },
} as const;
type Action = keyof typeof ACTIONS;
const names = Object.keys(ACTIONS) as Action[];

const DOCUMENTS = [
  "/robots.txt",
  "/llms.txt",
  "/docs/llms.txt",
  "/.well-known/security.txt",
  "/security.txt",
  "/sitemap.xml",
  "/feeds/named.xml",
  "/.well-known/http-message-signatures-directory",
  "/license.xml",
  "/terms/use.json",
];
const CONTENT = [
  "/page",
  "/page/index.md",
  "/page.md",
  "/llms-full.txt",
  "/docs/llms-full.txt",
  "/feeds/unnamed.xml",
  "/robots.txt?x",
  "/Robots.txt",
  "/robots.txt/",
  "/docs/v1/llms.txt",
];

const TYPES: Readonly<Record<string, string>> = { txt: "text/plain", xml: "application/xml" };

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("exempt documents, on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;

  beforeAll(async () => {
    origin = await startOrigin();
    origin.missing = (request, response) => {
      const { url = "/" } = request;
      const type = TYPES[/\.(\w+)$/.exec(url)?.[1] ?? ""] ?? "text/html";
      response.writeHead(200, { "content-type": type });
      response.end(
        url === "/robots.txt"
          ? `Sitemap: /sitemap.xml\n${names.map((name) => `Sitemap: http://${name}.example/feeds/named.xml\n`).join("")}`
          : `<title>p</title><p>${url}</p>`,
      );
    };
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        signals: { aiTrain: false, license: true },
        documents: { "/terms/use.json": { json: { training: "no" } } },
        defaults: { markdown: true, compression: true, documents: { lists: false } },
        rules: names.flatMap((name) => [
          {
            name: `${name} named`,
            match: {
              host: `named.${name}.example`,
              path: ["/robots.txt", "/license.xml", "/terms/use.json"],
            },
            access: ACTIONS[name].access,
          },
          { name, match: { host: `${name}.example` }, access: ACTIONS[name].access },
        ]),
      },
    });
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  const get = (host: string, path: string, more: Record<string, string> = {}, method = "GET") =>
    send(`${proxy.url}${path}`, { method, headers: { host, ...more } });

  describe.each(names)("with %s", (name) => {
    const host = `${name}.example`;
    const { status: refused } = ACTIONS[name];

    beforeAll(async () => {
      // The one request that the limit admits.
      await get(host, "/page");
    });

    it.each(DOCUMENTS)("are open: %s", async (path) => {
      for (const method of ["GET", "HEAD", "GET"]) {
        const { status, headers } = await get(host, path, {}, method);
        expect({ method, status }).toEqual({ method, status: 200 });
        expect(headers["ratelimit"]).toBeUndefined();
      }
    });

    it.each(CONTENT)("are not %s", async (path) => {
      expect((await get(host, path)).status).toBe(refused);
      expect((await get(host, path, { accept: "text/markdown" })).status).toBe(refused);
    });

    it("are not a page as a dictionary, or in a dictionary's coding", async () => {
      const as = { "accept-encoding": "dcb, dcz", "available-dictionary": ":AAAA:" };
      expect((await get(host, "/page", as)).status).toBe(refused);
    });

    it("are open for reading only", async () => {
      for (const method of ["POST", "PUT", "DELETE"]) {
        expect((await get(host, "/robots.txt", {}, method)).status).toBe(refused);
      }
    });

    it.each(["/robots.txt", "/license.xml", "/terms/use.json"])(
      "are refused by a rule that names them: %s",
      async (path) => {
        const statuses: number[] = [];
        for (let i = 0; i < 2; i++) statuses.push((await get(`named.${host}`, path)).status);
        expect(statuses.at(-1)).toBe(refused);
      },
    );
  });
});
