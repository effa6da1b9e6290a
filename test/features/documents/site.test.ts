import { describe, expect, test } from "vitest";
import { FieldList } from "../../../src/http/fields.ts";
import { MadeBody } from "../../../src/pipeline/body.ts";
import { Catalog } from "../../../src/features/documents/catalog.ts";
import { crawl } from "../../../src/features/documents/crawl.ts";
import { MadeDocuments } from "../../../src/features/documents/made.ts";
import { SiteOrigin } from "../../../src/features/documents/site-origin.ts";
import { Site } from "../../../src/features/documents/site.ts";
import { memoryStore } from "../../../src/store/memory.ts";

const policy = { maxPages: 1000, concurrency: 1, delay: 0, refresh: 1000 };

/** An origin server in memory; what it does not have is 404. */
function origin(files: Readonly<Record<string, string>>, asked: string[] = []): SiteOrigin {
  return new SiteOrigin(async (target) => {
    asked.push(target);
    const content = files[target];
    const type = target.endsWith(".xml") ? "application/xml" : "text/html";
    return {
      status: content === undefined ? 404 : 200,
      fields: FieldList.from(["content-type", type]),
      body: new MadeBody(new TextEncoder().encode(content ?? "")),
    };
  });
}

function ready(site: Site, from: SiteOrigin, now = 1) {
  return site.ready(from, {
    sitemaps: undefined,
    known: new Set(),
    maxPages: 5000,
    refresh: 500,
    now,
    background: (work) => void work.catch(() => {}),
  });
}

const sitemap = (paths: readonly string[]): string =>
  `<urlset>${paths.map((path) => `<loc>https://site.example${path}</loc>`).join("")}</urlset>`;

const paths = Array.from({ length: 10 }, (_, i) => `/p${i}/`);
const files = {
  "/sitemap.xml": sitemap(paths),
  ...Object.fromEntries(paths.map((path) => [path, `<title>At ${path}</title>`])),
};

test("a catalog of many pages is read from the store as it was written", async () => {
  const store = memoryStore();
  const many = Array.from({ length: 2950 }, (_, i) => `/a/${i}?b=${i}`);
  const first = await ready(new Site("x", store), origin({ "/sitemap.xml": sitemap(many) }));
  first.update({ path: "/a/7?b=7", title: "Seven\nlines", words: 7, readAt: 5 });
  const copy = await Catalog.parse(await first.toBytes(), 5000);
  expect([...(copy?.pages() ?? [])]).toEqual([...first.pages()]);
  expect([...((await Catalog.parse(await first.toBytes(), 20))?.pages() ?? [])]).toHaveLength(20);
  expect(await Catalog.parse(new TextEncoder().encode("{}\nnone"), 20)).toBeUndefined();
});

describe("a crawl", () => {
  test("continues at the point if an earlier one had to end, in another process too", async () => {
    const store = memoryStore();
    const asked: string[] = [];
    const first = new Site("x", store);
    const catalog = await ready(first, origin(files, asked));
    let left = 4;
    const run = {
      isListable: Object.assign(() => true, { cost: 1 }),
      known: new Set<string>(),
      now: () => 10_000,
      isLate: () => left-- <= 0,
      save: () => first.save(),
    };
    expect(await crawl(catalog, origin(files, asked), policy, run)).toEqual({
      read: 4,
      left: 6,
      why: "time",
    });
    const second = await ready(new Site("x", store), origin(files, asked));
    expect(second.get("/p3/")?.title).toBe("At /p3/");
    const rest = { ...run, isLate: () => false };
    expect((await crawl(second, origin(files, asked), policy, rest)).read).toBe(6);
    expect(asked.filter((path) => path.startsWith("/p")).toSorted()).toEqual(paths);
    expect(asked.filter((path) => path === "/sitemap.xml").length).toBe(1);
  });

  test("ends if the origin fails again and again, and leaves its pages listed", async () => {
    const asked: string[] = [];
    const failing = async (target: string) => {
      asked.push(target);
      return { status: 503, fields: new FieldList(), body: null };
    };
    const site = new Site("x", memoryStore());
    const catalog = await ready(site, origin(files));
    const run = {
      isListable: Object.assign(() => true, { cost: 1 }),
      known: new Set<string>(),
      now: () => 10_000,
      isLate: () => false,
    };
    const result = await crawl(catalog, new SiteOrigin(failing), policy, {
      ...run,
      save: () => site.save(),
    });
    expect(result.why).toBe("failures");
    expect(asked.length).toBe(8);
    expect(catalog.get("/p0/")?.isOut).toBeUndefined();
  });

  test("reads no more pages than it may", async () => {
    const asked: string[] = [];
    const site = new Site("x", memoryStore());
    const catalog = await ready(site, origin(files));
    const run = {
      isListable: Object.assign(() => true, { cost: 1 }),
      known: new Set<string>(),
      now: () => 10_000,
      isLate: () => false,
    };
    await crawl(
      catalog,
      origin(files, asked),
      { ...policy, maxPages: 3 },
      {
        ...run,
        save: () => site.save(),
      },
    );
    expect(asked.length).toBe(3);
  });
});

test("sitemaps that name each other in a circle are read once each", async () => {
  const asked: string[] = [];
  const index = (path: string): string =>
    `<sitemapindex><loc>https://x.example${path}</loc></sitemapindex>`;
  const circle = { "/sitemap.xml": index("/b.xml"), "/b.xml": index("/sitemap.xml") };
  await ready(new Site("x", memoryStore()), origin(circle, asked));
  expect(asked).toEqual(["/robots.txt", "/sitemap.xml", "/b.xml"]);
});

test("the text of an error is no sitemap", async () => {
  const broken = new SiteOrigin(async () => ({
    status: 404,
    fields: FieldList.from(["content-type", "application/xml"]),
    body: new MadeBody(new TextEncoder().encode(sitemap(["/not-there/"]))),
  }));
  const catalog = await ready(new Site("x", memoryStore()), broken);
  expect([...catalog.pages()].map(({ path }) => path)).toEqual(["/"]);
});

test("a made document is found again, but not if its content in the store was altered", async () => {
  const store = memoryStore();
  const content = new TextEncoder().encode("# Text");
  const faults: unknown[] = [];
  const made = (now: number, blobs = store.blobs) =>
    new MadeDocuments({
      store: { ...store, blobs },
      now: () => now,
      onStoreFault: (error) => void faults.push(error),
    });
  await made(7).store("key", content, 60);
  const read = (blobs: typeof store.blobs) => made(8, blobs).find("key");
  expect(await read(store.blobs)).toEqual({ content, madeAt: 7 });
  const altered = new TextEncoder().encode("# Other");
  expect(await read({ ...store.blobs, get: async () => altered })).toBeUndefined();
  expect(faults.join("")).toContain("wrong bytes");
});

test("a newer sitemap replaces the pages, and the facts of those that stay remain", async () => {
  const site = new Site("x", memoryStore());
  const catalog = await ready(site, origin(files));
  catalog.update({ path: "/p1/", title: "Known", readAt: 5 });
  const work: Promise<unknown>[] = [];
  await site.ready(origin({ "/sitemap.xml": sitemap(["/p1/", "/new/"]) }), {
    sitemaps: undefined,
    known: new Set(),
    maxPages: 1000,
    refresh: 500,
    now: 1000,
    background: (promise) => void work.push(promise),
  });
  await Promise.all(work);
  expect([...catalog.pages()].map(({ path }) => path)).toEqual(["/p1/", "/new/"]);
  expect(catalog.get("/p1/")?.title).toBe("Known");
});
