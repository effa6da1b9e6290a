import { describe, expect, it } from "vitest";
import type { Agent } from "../../../src/agent/agent.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import {
  MAX_SAMPLE,
  pageHash,
  PageSample,
} from "../../../src/features/canonical-redirect/page-sample.ts";
import { titleLikeness } from "../../../src/features/canonical-redirect/text-sketch.ts";
import { Bench, type Page } from "./exchange.ts";

const HUMAN: Agent = { kind: "anonymous" };
const WORDS = "amber basil cedar dune ember fjord grove heath inlet jetty knoll larch moor".split(
  " ",
);

/** Text of its own for a number. */
function textOf(i: number): string {
  const own = String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26));
  const word = (at: number) => `${WORDS[(i + at * 5) % WORDS.length]}${own}`;
  return Array.from({ length: 60 }, (_, at) => word(at)).join(" ");
}

function site(
  i: number,
  canonical: string | undefined,
  title = `Page of ${textOf(i).slice(0, 40)} ${i}`,
): Page {
  const link = canonical === undefined ? "" : `<link rel="canonical" href="${canonical}">`;
  const nav = `<nav>${"The same for all pages of the site. ".repeat(20)}</nav>`;
  return {
    content: `<!doctype html><head><title>${title}</title>${link}</head><body>${nav}<p>${textOf(i)} ${i}</p></body>`,
  };
}

/** Visits pages as the crawler; the numbers of those from which it was sent away. */
async function lostOf(bench: Bench, count: number): Promise<number[]> {
  const lost: number[] = [];
  for (let i = 1; i <= count; i++) {
    bench.clock += 1;
    const { to } = await bench.ask(`/doc/${i}`);
    if (to !== undefined) lost.push(i);
  }
  return lost;
}

describe("the valve", () => {
  const faulty = (count: number, title?: string): Bench => {
    const bench = new Bench();
    bench.pages.set("/", site(0, "/", title));
    for (let i = 1; i <= count; i++) bench.pages.set(`/doc/${i}`, site(i, "/", title));
    return bench;
  };

  it("opens at 20 unlike pages that name one target, and no page is lost any more", async () => {
    const bench = faulty(60);
    expect(await lostOf(bench, 60)).toEqual(Array.from({ length: 19 }, (_, i) => i + 1));
    expect(await lostOf(bench, 60)).toEqual([]);
    expect(bench.decisions.at(-1)).toMatchObject({
      reason: "canonical-shared",
      detail: { named: "https://www.example.com/" },
    });
    const warnings = bench.log.filter(([event]) => event === "canonical-valve-open");
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.[1]).toMatchObject({ target: "https://www.example.com/", sources: 20 });
    expect(bench.stage.describe()).toMatchObject({
      valves: [{ target: "https://www.example.com/", sources: 60, share: 0.98 }],
    });
  });

  it("opens if all pages have one title, too, by their texts", async () => {
    const bench = faulty(60, "My site");
    const lost = await lostOf(bench, 60);
    expect(lost.length).toBeLessThan(30);
    expect(await lostOf(bench, 60)).toEqual([]);
  });

  it("has limits in the rules", async () => {
    const bench = new Bench({ valve: { sources: 3, share: 0.5 } });
    bench.pages.set("/", site(0, "/"));
    for (let i = 1; i <= 6; i++) bench.pages.set(`/doc/${i}`, site(i, "/"));
    expect(await lostOf(bench, 6)).toEqual([1, 2]);
    expect(await lostOf(bench, 6)).toEqual([]);
  });

  it("stays closed if the pages are few of all that were seen", async () => {
    const bench = new Bench();
    bench.pages.set("/hub", site(0, "/hub"));
    for (let i = 1; i <= 80; i++)
      bench.pages.set(`/doc/${i}`, site(i, i % 4 === 0 ? "/hub" : undefined));
    await lostOf(bench, 80);
    expect(bench.log).toEqual([]);
    expect((await lostOf(bench, 80)).length).toBe(20);
  });

  it.each([
    ["parameters", (i: number) => `/list?sort=${i}`],
    ["print versions with its text", (i: number) => `/print/${i}`],
  ])("stays closed if the pages are forms of the target: %s", async (_what, pathOf) => {
    const bench = new Bench();
    bench.pages.set("/list", site(1, "/list", "A list"));
    for (let i = 1; i <= 40; i++) bench.pages.set(pathOf(i), site(1, "/list", "A list"));
    for (let visit = 0; visit < 2; visit++) {
      for (let i = 1; i <= 40; i++) expect((await bench.ask(pathOf(i))).to).toBe("/list");
    }
    expect(bench.log).toEqual([]);
  });

  it("does not limit maps", async () => {
    const bench = new Bench({ maps: [{ from: "/doc/*", to: "/" }] });
    bench.pages.set("/", site(0, "/"));
    for (let i = 1; i <= 40; i++) bench.pages.set(`/doc/${i}`, site(i, undefined));
    expect((await lostOf(bench, 40)).length).toBe(40);
  });

  it("closes once the template is repaired", async () => {
    const bench = faulty(30);
    await lostOf(bench, 30);
    for (let i = 1; i <= 30; i++)
      bench.pages.set(`/doc/${i}`, site(i, i === 7 ? "/" : `/doc/${i}`));
    for (let i = 1; i <= 30; i++) await bench.ask(`/doc/${i}`, { agent: HUMAN });
    expect(await lostOf(bench, 30)).toEqual([7]);
    expect(bench.log.at(-1)).toMatchObject([
      "canonical-valve-closed",
      { target: "https://www.example.com/" },
    ]);
    expect(bench.stage.describe()).toEqual({ valves: [] });
  });

  it("is shared by processes with one store, each of which has seen few pages", async () => {
    const store = memoryStore();
    const benches = Array.from({ length: 4 }, () => new Bench({}, store));
    let lost = 0;
    for (let i = 1; i <= 60; i++) {
      for (const bench of benches) {
        bench.clock += 1;
        bench.pages.set("/", site(0, "/"));
        bench.pages.set(`/doc/${i}`, site(i, "/"));
      }
      const bench = benches[i % 4] as Bench;
      if ((await bench.ask(`/doc/${i}`)).to !== undefined) lost += 1;
    }
    expect(lost).toBeLessThanOrEqual(24);
  });

  it("counts after a restart by remembered facts", async () => {
    const store = memoryStore();
    const pages = Array.from(
      { length: 30 },
      (_, i) => [`/doc/${i + 1}`, site(i + 1, "/")] as const,
    );
    const [one, two] = [new Bench({}, store), new Bench({}, store)];
    for (const bench of [one, two]) {
      bench.pages.set("/", site(0, "/"));
      for (const [path, page] of pages) bench.pages.set(path, page);
    }
    await lostOf(one, 30);
    await two.ask("/doc/1");
    two.clock += 2;
    expect((await lostOf(two, 30)).length).toBeLessThanOrEqual(1);
  });
});

describe("the sample of pages", () => {
  it("is bounded, and estimates a large site within a tenth", () => {
    const sample = new PageSample();
    const target = pageHash("https://www.example.com/");
    const count = 20_000;
    for (let i = 0; i < count; i++) {
      const isFaulty = i % 2 === 0;
      sample.set(pageHash(`https://www.example.com/doc/${i}`), {
        at: 0,
        target: isFaulty ? target : "",
        likeness: isFaulty ? "unlike" : "alike",
      });
    }
    expect(sample.size).toBe(MAX_SAMPLE);
    const { sources, share } = sample.naming(target);
    expect(Math.abs(share - 0.5)).toBeLessThan(0.08);
    expect(Math.abs(sources / (count / 2) - 1)).toBeLessThan(0.2);
  });
});

describe("the likeness of titles", () => {
  it.each([
    ["Install – Lantern 1 manual", "Install – Lantern", true],
    ["Install | Docs v1", "Install | Docs v2", true],
    ["Red shoe", "Shoe, red (print)", true],
    ["About – My site", "My site", false],
    ["My site – About", "My site", false],
    ["My site | About", "My site | Welcome", false],
    ["Install – Lantern", "Themes – Lantern", false],
    ["", "", true],
  ])("%s, %s: %s", (one, other, isAlike) => {
    expect(titleLikeness(one, other) >= 0.75).toBe(isAlike);
    expect(titleLikeness(other, one)).toBe(titleLikeness(one, other));
  });
});
