import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Bench, page, type Page } from "./exchange.ts";
import { runsOf } from "../../support/sample.ts";

/** A site of pages that name each other as canonical, with the origin's own redirects and gaps. */
const sites = fc.integer({ min: 1, max: 9 }).chain((size) =>
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.nat(size - 1).map((to) => ({ kind: "canonical", to }) as const) },
      { weight: 2, arbitrary: fc.constant({ kind: "none" } as const) },
      {
        weight: 2,
        // Redirects of the origin among themselves never close here: no proxy could end those.
        arbitrary: fc
          .tuple(fc.nat(size - 1), fc.constantFrom(301, 302, 307, 308))
          .map(([to, status]) => ({ kind: "moved", to, status }) as const),
      },
      { weight: 1, arbitrary: fc.constant({ kind: "gone" } as const) },
    ),
    { minLength: size, maxLength: size },
  ),
);

type Site = typeof sites extends fc.Arbitrary<infer Nodes> ? Nodes : never;

function pagesOf(site: Site): Map<string, Page> {
  const pages = new Map<string, Page>();
  for (const [i, node] of site.entries()) {
    if (node.kind === "canonical") pages.set(`/${i}`, page(`/${node.to}`));
    else if (node.kind === "none") pages.set(`/${i}`, page());
    else if (node.kind === "moved" && node.to > i) {
      pages.set(`/${i}`, { status: node.status, fields: { location: `/${node.to}` } });
    }
  }
  return pages;
}

describe("random canonical graphs", () => {
  it("end for a crawler that follows redirects, whatever is known", async () => {
    await fc.assert(
      fc.asyncProperty(sites, fc.array(fc.nat(8), { maxLength: 12 }), async (site, visits) => {
        const bench = new Bench();
        for (const [path, each] of pagesOf(site)) bench.pages.set(path, each);
        for (const visit of visits) {
          const start = visit % site.length;
          const met = await bench.crawl(`/${start}`);
          expect(met.length).toBeLessThanOrEqual(2 * site.length + 1);
        }
      }),
      { numRuns: runsOf(400, 120), seed: 1 },
    );
  });

  it("end on a page, with one redirect at most, once the graph is known", async () => {
    await fc.assert(
      fc.asyncProperty(sites, fc.integer({ min: 1, max: 10 }), async (site, maxChain) => {
        const bench = new Bench({ maxChain });
        for (const [path, each] of pagesOf(site)) bench.pages.set(path, each);
        for (const [i] of site.entries()) await bench.crawl(`/${i}`);
        for (const [i] of site.entries()) {
          const start = bench.pages.get(`/${i}`);
          if (start === undefined || start.status !== undefined) continue;
          const met = await bench.crawl(`/${i}`);
          const end = bench.pages.get(met.at(-1));
          const viaOrigin = met
            .slice(1, -1)
            .filter((at) => bench.pages.get(at)?.status !== undefined);
          expect(met.length - 1 - viaOrigin.length, met.join(" ")).toBeLessThanOrEqual(1);
          // A temporary redirect of the origin's may still lead to a gap of the origin's.
          expect(end !== undefined || viaOrigin.length > 0, met.join(" ")).toBe(true);
        }
      }),
      { numRuns: runsOf(400, 120), seed: 2 },
    );
  });

  it("give every page of a closed ring itself, and of an open chain its end", async () => {
    for (const length of [2, 3, 4, 5]) {
      const ring = new Bench();
      const chain = new Bench();
      for (let i = 0; i < length; i++) {
        ring.pages.set(`/${i}`, page(`/${(i + 1) % length}`));
        chain.pages.set(`/${i}`, page(i + 1 < length ? `/${i + 1}` : undefined));
      }
      for (const bench of [ring, chain]) {
        for (let i = 0; i < length; i++) await bench.crawl(`/${i}`);
      }
      for (let i = 0; i < length; i++) {
        expect(await ring.crawl(`/${i}`)).toEqual([`/${i}`]);
        const end = `/${length - 1}`;
        expect(await chain.crawl(`/${i}`)).toEqual(i === length - 1 ? [end] : [`/${i}`, end]);
      }
    }
  });

  it("leave a page whose chain is longer than the limit", async () => {
    const bench = new Bench({ maxChain: 3 });
    for (let i = 0; i < 6; i++) bench.pages.set(`/${i}`, page(i < 5 ? `/${i + 1}` : undefined));
    for (let i = 5; i >= 0; i--) await bench.ask(`/${i}`);
    expect((await bench.ask("/1")).decision).toMatchObject({ reason: "canonical-chain-too-long" });
    expect((await bench.ask("/2")).to).toBe("/5");
  });
});

describe("a redirect of the origin server itself", () => {
  it("counts as the canonical's address if its redirect leads back to the page", async () => {
    const bench = new Bench();
    bench.pages.set("/page", page("/page/"));
    bench.pages.set("/page/", { status: 301, fields: { location: "/page" } });
    bench.pages.set("/old", page("/page/"));
    expect(await bench.crawl("/page")).toEqual(["/page"]);
    expect(bench.decisions.at(-1)?.reason).toBe("canonical-leads-back");
    expect(await bench.crawl("/old")).toEqual(["/old", "/page"]);
  });

  it.each([
    [301, "/docs/new/", "/docs/new/"],
    [302, "/docs/new/", "/new"],
    [301, "/", undefined],
    [301, "/other", undefined],
    [302, "/login?from=/new", undefined],
    [308, "https://other.example/new", undefined],
  ])("%i to %s: a crawler is redirected to %s", async (status, location, to) => {
    const bench = new Bench();
    bench.pages.set("/old", page("/new"));
    for (const path of ["/", "/docs/new/", "/other"]) bench.pages.set(path, page());
    bench.pages.set("/new", { status, fields: { location } });
    for (let visit = 0; visit < 2; visit++) {
      expect((await bench.ask("/old")).to).toBe(to);
    }
    if (to === undefined) {
      expect(bench.decisions.at(-1)).toMatchObject({
        reason: "canonical-target-unfit",
        detail: { named: "https://www.example.com/new", why: "redirects-elsewhere" },
      });
    }
  });

  it("ends redirects to a page that is gone, and begins them again once it is back", async () => {
    const bench = new Bench();
    bench.pages.set("/old", page("/new"));
    bench.pages.delete("/new");
    expect(await bench.crawl("/old")).toEqual(["/old"]);
    expect(bench.decisions.at(-1)?.reason).toBe("canonical-target-missing");
    bench.pages.set("/new", page());
    await bench.ask("/new");
    expect(await bench.crawl("/old")).toEqual(["/old", "/new"]);
  });
});

describe("Referer", () => {
  it("ends a loop of two if no facts are stored", async () => {
    const bench = new Bench({ keepFor: "0s" });
    bench.pages.set("/a", page("/b"));
    bench.pages.set("/b", page("/a"));
    expect(await bench.crawl("/a", true)).toEqual(["/a"]);
    expect(bench.decisions.at(-1)?.reason).toBe("canonical-loop");
  });

  it("does not count for a page that is known to stay", async () => {
    const bench = new Bench();
    bench.pages.set("/a", page("/a"));
    bench.pages.set("/print", page("/a"));
    const fields = { referer: "https://www.example.com/a" };
    expect((await bench.ask("/print", { fields })).to).toBeUndefined();
    await bench.ask("/a");
    expect((await bench.ask("/print", { fields })).to).toBe("/a");
  });

  it("of another site does not count", async () => {
    const bench = new Bench();
    bench.pages.set("/a", page());
    bench.pages.set("/b", page("/a"));
    const fields = { referer: "https://other.example/a" };
    expect((await bench.ask("/b", { fields })).to).toBe("/a");
  });
});
