import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  findSharedText,
  LEAST_PAGES,
} from "../../../../src/features/compression/pages/shared-text.ts";
import {
  MOST_TRAINED,
  trainDictionaries,
} from "../../../../src/features/compression/pages/train.ts";
import { runsOf } from "../../../support/sample.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (content: Uint8Array): string => Buffer.from(content).toString("latin1");

/** The pages that contain a string, by another implementation. */
const pagesWith = (pages: readonly Uint8Array[], part: Uint8Array): number =>
  pages.filter((page) => Buffer.from(page).includes(Buffer.from(part))).length;

/** Pages of pieces that repeat within a page and between pages, in any order. */
const pieces = fc.array(fc.string({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 6 });
const sites = fc.tuple(pieces, fc.array(fc.array(fc.nat(5), { maxLength: 12 }), { maxLength: 9 }));
const pagesOf = ([parts, orders]: readonly [readonly string[], readonly number[][]]) =>
  orders.map((order) => bytes(order.map((i) => parts[i % parts.length]).join("")));

const runs = { numRuns: runsOf(1000, 60) };

describe("text that pages share", () => {
  test("occurs in three pages or more, whole and byte for byte", () =>
    fc.assert(
      fc.asyncProperty(sites, async (site) => {
        const pages = pagesOf(site);
        for (const { bytes: shared } of await findSharedText(pages)) {
          expect(pagesWith(pages, shared)).toBeGreaterThanOrEqual(LEAST_PAGES);
        }
      }),
      runs,
    ));

  test("is each text that three pages have, however much of it is shared by others", () =>
    fc.assert(
      fc.asyncProperty(
        fc.stringMatching(/^[a-m]{12,60}$/),
        fc.integer({ min: 3, max: 40 }),
        async (template, count) => {
          const pages = Array.from({ length: count }, (_, i) => bytes(`<${i}>${template}</${i}>`));
          const all = (await findSharedText(pages)).map(({ bytes: each }) => textOf(each));
          expect(all.some((each) => each.includes(template))).toBe(true);
        },
      ),
      runs,
    ));

  test("is no text that only two pages have, nor one that a page has three times", async () => {
    const shell = (own: string): string => `<nav>the same navigation</nav>${own}<footer></footer>`;
    const pages = [
      shell("nonce-3f9a8c17e2b4"),
      shell("session=ann-0001 session=ann-0001 session=ann-0001"),
      shell("token: 4c1f00d5eb7788"),
      shell("token: 4c1f00d5eb7788"),
    ].map(bytes);
    const all = (await findSharedText(pages)).map(({ bytes: each }) => textOf(each)).join("\n");
    expect(all).toContain("<nav>the same navigation</nav>");
    for (const secret of ["3f9a8c", "ann-0001", "4c1f00"]) expect(all).not.toContain(secret);
  });

  test("is no string of two halves that different pages have", async () => {
    const [left, right] = ["the left half of a string,", " and the right half of it"];
    const pages = [left + right, ...[1, 2, 3].map((i) => `${left}${i}`)];
    pages.push(...[4, 5, 6].map((i) => `${i}${right}`));
    const all = (await findSharedText(pages.map(bytes))).map(({ bytes: each }) => textOf(each));
    expect(all.some((each) => each.includes(left))).toBe(true);
    expect(all.some((each) => each.includes(right.slice(1)))).toBe(true);
    expect(all.filter((each) => each.includes(left + right))).toEqual([]);
  });
});

describe("a dictionary for pages", () => {
  const page = (i: number): Uint8Array =>
    bytes(`<head>${"template ".repeat(40)}</head><main>${`${i * 7919} `.repeat(30)}</main>`);
  const pages = Array.from({ length: 8 }, (_, i) => page(i));

  test("has the given size at most, and is the same for the same pages", async () => {
    const sizes = [64, 1024, 65_536];
    const all = await trainDictionaries(pages, sizes);
    expect(all.length).toBeGreaterThan(0);
    for (const { length } of all) expect(length).toBeLessThanOrEqual(65_536);
    expect(await trainDictionaries(pages, sizes)).toEqual(all);
  });

  test("ends with the text of most pages", async () => {
    const most = "the text of every page of the site";
    const few = "the text of only three of its pages";
    const mixed = pages.map((_, i) => bytes(`${i}|${most}|${i < 3 ? few : ""}|${i}`));
    const [dictionary] = await trainDictionaries(mixed, [16_384]);
    const text = textOf(dictionary ?? new Uint8Array());
    expect(text.indexOf(few)).toBeGreaterThanOrEqual(0);
    expect(text.indexOf(most)).toBeGreaterThan(text.indexOf(few));
  });

  test("has a part of a text that is larger than it", async () => {
    const words = Array.from({ length: 8000 }, (_, i) => `${(i * 7919) % 10_007} `).join("");
    const large = [1, 2, 3, 4].map((i) => bytes(`<${i}>${words}</${i}>`));
    const [dictionary] = await trainDictionaries(large, [16_384]);
    expect(dictionary?.length).toBe(16_384);
    expect(pagesWith(large, dictionary ?? new Uint8Array())).toBe(4);
  });

  test("is not made of two pages, of none, or of pages beyond the bound", async () => {
    expect(await trainDictionaries([], [1024])).toEqual([]);
    expect(await trainDictionaries(pages.slice(0, 2), [1024])).toEqual([]);
    const large = new Uint8Array(MOST_TRAINED / 2 + 1).fill(97);
    expect(await trainDictionaries([large, large, large], [1024])).toEqual([]);
  });

  test("lets other work have its turn while it is trained", async () => {
    const large = Array.from({ length: 4 }, (_, n) => {
      const words = Array.from({ length: 20_000 }, (__, i) => `${(i * 7919 * (n + 1)) % 10_007} `);
      return bytes(words.join(""));
    });
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await trainDictionaries(large, [16_384]);
    isOver = true;
    expect(turns).toBeGreaterThan(1);
  });
});
