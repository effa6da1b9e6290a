import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Agent } from "../../../src/agent/agent.ts";
import { runsOf } from "../../support/sample.ts";
import { Bench } from "./exchange.ts";
import { endOf, FAULTS, NO_PAGES, randomSites, serveSite, type RandomSite } from "./random-site.ts";

const HUMAN: Agent = { kind: "anonymous" };

/** Crawls a site; the pages whose own content the crawler did not get, nor that of their form. */
async function crawl(bench: Bench, site: RandomSite): Promise<string[]> {
  const lost: string[] = [];
  for (const { path, text } of site.pages) {
    bench.clock += 1;
    const { at, page } = await endOf(bench, path);
    expect(page, `${site.fault}: ${path} ends at ${at}, which is no page`).toBeDefined();
    expect(page?.status ?? 200, `${path} ends at ${at}`).toBe(200);
    expect(NO_PAGES, `${path} ends at ${at}`).not.toContain(at);
    if (page?.content?.includes(text) !== true) lost.push(path);
  }
  return lost;
}

/** Pages of faults in which the target is a page that is not alike. */
const OPEN = new Set(["home", "hub", "next", "chain-to-missing"]);

describe("a random site with a fault in its templates", () => {
  it(
    "sends a crawler only to pages, its own or a working canonical",
    { timeout: 240_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(randomSites, async (site) => {
          const bench = new Bench();
          serveSite(bench, site, false);
          const first = await crawl(bench, site);
          const second = await crawl(bench, site);
          const faulty = [...site.faulty];
          // A page that is honest about its form never ends elsewhere.
          for (const path of [...first, ...second]) {
            const { home = path } = site.pages.find((each) => each.path === path) ?? {};
            expect(faulty, `${site.fault}: ${path}`).toContain(home);
          }
          if (!OPEN.has(site.fault)) expect([first, second]).toEqual([[], []]);
        }),
        { numRuns: runsOf(150, 40), seed: 7 },
      );
    },
  );

  it("loses no page to a fault that hits over 30 % of it", { timeout: 240_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(randomSites, async (random) => {
        const site = {
          ...random,
          fault: random.fault === "next" ? "home" : random.fault,
          isLinked: true,
        };
        fc.pre(site.faulty.size >= 4 && site.faulty.size > 0.35 * site.pages.length);
        const bench = new Bench();
        serveSite(bench, site, false);
        expect(await crawl(bench, site), site.fault).toEqual([]);
        expect(await crawl(bench, site), site.fault).toEqual([]);
      }),
      { numRuns: runsOf(150, 40), seed: 8 },
    );
  });

  it(
    "loses at most 19 pages once, if nothing links to its pages",
    { timeout: 240_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(randomSites, async (random) => {
          const site = { ...random, fault: "home" as const, isLinked: false };
          fc.pre(site.faulty.size >= 20 && site.faulty.size > 0.35 * site.pages.length);
          const bench = new Bench();
          serveSite(bench, site, false);
          expect((await crawl(bench, site)).length).toBeLessThan(45);
          expect(await crawl(bench, site)).toEqual([]);
        }),
        { numRuns: runsOf(60, 15), seed: 9 },
      );
    },
  );

  it("is right at the next visit once it is repaired", { timeout: 240_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(randomSites, async (site) => {
        const bench = new Bench();
        serveSite(bench, site, false);
        await crawl(bench, site);
        await crawl(bench, site);
        serveSite(bench, site, true);
        for (const { path } of site.pages) await bench.ask(path, { agent: HUMAN });
        for (const { path, home } of site.pages) {
          bench.clock += 1;
          const { at } = await endOf(bench, path);
          expect(at, `${site.fault}: ${path}`).toBe(home);
        }
      }),
      { numRuns: runsOf(150, 40), seed: 10 },
    );
  });

  it("covers every fault", () => {
    const seen = new Set(
      fc.sample(randomSites, { numRuns: 500, seed: 7 }).map(({ fault }) => fault),
    );
    expect(seen.size).toBe(FAULTS.length);
  });
});
