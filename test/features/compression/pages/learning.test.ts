// The dictionary for pages over time: its refresh, several processes, a restart, and the bounds of our own requests.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { FieldList } from "../../../../src/http/fields.ts";
import type { OwnRequests } from "../../../../src/pipeline/own-requests.ts";
import { sqliteStore } from "../../../../src/store/adapters/sqlite/store.ts";
import type { Store } from "../../../../src/store/store.ts";
import { FakeBody } from "../../../pipeline/fakes.ts";
import { site } from "../site.ts";

/** Text that is like no other of another seed. */
const textOf = (seed: number, lines: number): string =>
  Array.from({ length: lines }, (_, i) => {
    const number = (seed * 2_654_435_761 + i * 40_503 * (seed + 7)) % 4_294_967_291;
    return `<li class="a${number.toString(36)}">${(number * 31).toString(36)}</li>\n`;
  }).join("");

const HTML = { "content-type": "text/html", "cache-control": "no-cache" };
const HOUR = 3600;
const folder = mkdtempSync(join(tmpdir(), "wayleave-learning-"));
const open: Store[] = [];
/** Seconds by which the clocks of the stores are ahead. */
let passed = 0;
afterAll(() => {
  for (const store of open) store.close?.();
  rmSync(folder, { recursive: true });
});

/** A site of one template, in one process of its proxy. */
function processOver(store: Store, templateOf: () => number) {
  const asked: string[] = [];
  const page = (target: string): string =>
    `<!doctype html><title>${target}</title>${textOf(templateOf(), 250)}<p>${textOf(1000 + Number(/\d+/.exec(target)?.[0]), 20)}`;
  const own = {
    get: async (target: string) => {
      asked.push(target);
      const fields = FieldList.from(Object.entries(HTML).flat());
      return { status: 200, fields, body: new FakeBody([page(target)]) };
    },
  } as unknown as OwnRequests;
  const proxy = site({ store, policy: { dictionary: true }, options: { own } });
  const visit = async (target: string, fields: Record<string, string> = {}, more = {}) => {
    proxy.put(target, page(target), { ...HTML, etag: "" });
    return proxy.get(target, { "accept-encoding": "br", ...fields }, more);
  };
  return {
    asked,
    page,
    visit,
    pass(seconds: number): void {
      passed += seconds;
      proxy.pass(seconds);
    },
    /** The dictionary that a page names, after visits of some pages. */
    async linkAfter(from: number, to: number): Promise<string | undefined> {
      for (let i = from; i <= to; i++) await visit(`/docs/${i}`);
      return (await visit(`/docs/${to}`)).fields["link"];
    },
  };
}

function overSqlite(name: string): () => Store {
  return () => {
    const store = sqliteStore(join(folder, `${name}.sqlite`), () => 1_800_000_000 + passed);
    open.push(store);
    return store;
  };
}

describe("the dictionary for pages", () => {
  test("is that of the first process that made one, in each other process and after a restart", async () => {
    const make = overSqlite("several");
    const [one, other] = [processOver(make(), () => 1), processOver(make(), () => 1)];
    const link = await one.linkAfter(1, 5);
    expect(link).toMatch(/rel="compression-dictionary"/);
    expect((await other.visit("/docs/1")).fields["link"]).toBe(link);
    await other.linkAfter(1, 5);
    expect((await other.visit("/docs/2")).fields["link"]).toBe(link);
    const restarted = processOver(make(), () => 1);
    expect((await restarted.visit("/docs/9")).fields["link"]).toBe(link);
  });

  test("is made anew after hours if the template has changed, and not before", async () => {
    let template = 1;
    const proxy = processOver(overSqlite("refresh")(), () => template);
    const first = await proxy.linkAfter(1, 30);
    expect(first).toBeDefined();
    const before = proxy.asked.length;
    template = 2;
    // It rests until it is due, however many pages come.
    expect(await proxy.linkAfter(31, 60)).toBe(first);
    expect(proxy.asked.length).toBe(before);
    proxy.pass(7 * HOUR);
    const second = await proxy.linkAfter(61, 90);
    expect(second).toBeDefined();
    expect(second).not.toBe(first);
    // Without a change, it stays.
    proxy.pass(7 * HOUR);
    expect(await proxy.linkAfter(91, 120)).toBe(second);
  });

  test("costs a bounded number of requests, each address once, and none with a query", async () => {
    const proxy = processOver(overSqlite("bounds")(), () => Math.floor(Math.random() * 1e6));
    for (let i = 0; i < 150; i++)
      await proxy.visit(`/docs/${i}`, {}, { clientAddress: "198.51.100.7" });
    expect(proxy.asked.length).toBeLessThanOrEqual(60);
    expect(new Set(proxy.asked).size).toBe(proxy.asked.length);
    const before = proxy.asked.length;
    for (let i = 0; i < 5; i++)
      await proxy.visit(`/docs/1?q=${i}`, {}, { clientAddress: "203.0.113.1" });
    expect(proxy.asked.length).toBe(before);
    for (let network = 0; network < 5; network++) {
      for (let i = 0; i < 60; i++) {
        const clientAddress = `192.0.${network}.1`;
        await proxy.visit(`/more/${network * 100 + i}`, {}, { clientAddress });
      }
    }
    expect(proxy.asked.length).toBeLessThanOrEqual(200);
  });
});
