import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryStore } from "../../src/store/memory.ts";
import { startCloudflareStorage, type CloudflareStorage } from "../support/cloudflare-storage.ts";
import { send, type RawResponse } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const PUBLIC = "https://www.example.com";
const now = (): number => Math.floor(Date.now() / 1000);

/** A site whose every page tells which one it is, at the same addresses as any other. */
async function startNamed(name: string): Promise<TestOrigin> {
  const origin = await startOrigin();
  const fields = { "cache-control": "public, max-age=3600", etag: `"same"` };
  const words = "Some words of the page that make it more than a list of links. ".repeat(30);
  const page = `<title>${name}</title><link rel="canonical" href="/of-${name}/"><h1>${name}</h1><p>${words}`;
  const serve = (path: string, type: string, content: string): void => {
    origin.routes.set(path, (_request, response) => {
      response.writeHead(200, { ...fields, "content-type": type }).end(content);
    });
  };
  serve("/page/", "text/html", page);
  serve(`/of-${name}/`, "text/html", page);
  serve("/app.0a1b2c3d.js", "text/javascript", script(name));
  const urls = ["/page/", `/of-${name}/`].map((path) => `<url><loc>${PUBLIC}${path}</loc></url>`);
  serve("/sitemap.xml", "application/xml", `<urlset>${urls.join("")}</urlset>`);
  return origin;
}

const script = (name: string): string => `export const site = "${name}"; // text\n`.repeat(200);
const hashOf = (text: string): string => createHash("sha256").update(text).digest("base64");

describe.each(Object.keys(RUNTIMES) as RuntimeName[])(
  "a store that is shared on %s by two origins of one public origin",
  (runtime) => {
    const origins: TestOrigin[] = [];
    let storage: CloudflareStorage | undefined;
    const store = memoryStore();
    let proxy: Proxy;

    const start = async (name: string): Promise<void> => {
      const origin = await startNamed(name);
      origins.push(origin);
      proxy = await RUNTIMES[runtime]({
        origin: origin.url,
        rules: {
          publicOrigin: PUBLIC,
          defaults: {
            documents: true,
            markdown: true,
            cache: { after: 100 },
            compression: { dictionary: { match: "/app.*.js" } },
          },
        },
        platform: { store, now },
        ...(storage === undefined ? {} : { storage }),
      });
    };
    const get = (path: string, headers: Record<string, string> = {}): Promise<RawResponse> =>
      send(proxy.url + path, { headers: { "accept-encoding": "identity", ...headers } });
    const delta = (name: string): Promise<RawResponse> =>
      get("/app.0a1b2c3d.js", {
        "accept-encoding": "br, dcb, dcz",
        "available-dictionary": `:${hashOf(script(name))}:`,
      });
    const isDelta = ({ headers }: RawResponse): boolean =>
      headers["content-encoding"]?.startsWith("dc") === true;

    beforeAll(async () => {
      if (runtime === "workerd") storage = await startCloudflareStorage();
      await start("one");
    }, 60_000);
    afterAll(async () => {
      await proxy?.close();
      for (const origin of origins) await origin.close();
      storage?.close();
    });

    it("stores everything of the first that can be stored", { timeout: 90_000 }, async () => {
      await expect.poll(async () => (await get("/llms.txt")).body.toString()).toContain("of-one");
      await expect
        .poll(async () => (await get("/page/index.md")).headers["cache-status"], {
          timeout: 10_000,
        })
        .toContain("hit");
      await expect
        .poll(
          async () =>
            (await get("/app.0a1b2c3d.js", { "accept-encoding": "br" })).headers["cache-status"],
          { timeout: 20_000 },
        )
        .toContain("hit");
      await expect.poll(async () => isDelta(await delta("one")), { timeout: 10_000 }).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 500));
      await proxy.close();
      await start("two");
    });

    it("lists only the pages of its own origin", async () => {
      const listed = (await get("/llms.txt")).body.toString();
      expect(listed).toContain("of-two");
      expect(listed).not.toContain("one");
    });

    it("serves the markdown of its own origin", async () => {
      const got = await get("/page/index.md");
      expect(got.body.toString()).toContain("# two");
      expect(got.body.toString()).not.toContain("one");
    });

    it("compresses against no dictionary of another origin's site", async () => {
      expect(isDelta(await delta("one"))).toBe(false);
      const plain = await get("/app.0a1b2c3d.js");
      expect(plain.body.toString()).toBe(script("two"));
    });

    it("serves no coding of another origin's content", async () => {
      const got = await get("/app.0a1b2c3d.js", { "accept-encoding": "gzip" });
      expect(got.headers["cache-status"] ?? "").not.toContain("hit");
    });
  },
);
