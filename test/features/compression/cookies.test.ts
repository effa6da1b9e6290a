import { describe, expect, test } from "vitest";
import type { OwnRequests } from "../../../src/pipeline/own-requests.ts";
import { FieldList } from "../../../src/http/fields.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import { FakeBody } from "../../pipeline/fakes.ts";
import { bundle } from "./bundles.ts";
import { offer, site, type SiteOptions } from "./site.ts";

const [V1, V2, V3, V4] = [1, 2, 3, 4].map((version) => bundle(version)) as [
  string,
  string,
  string,
  string,
];
const PUBLIC = { "cache-control": "public, max-age=600" };

/** A site that answers our own requests, which have no cookies, from `stranger`. */
function siteForStrangers(options: SiteOptions = {}) {
  const stranger = new Map<string, string>();
  const asked: string[] = [];
  const get: OwnRequests["get"] = async (target) => {
    asked.push(target);
    const text = stranger.get(target);
    if (text === undefined) return { status: 403, fields: FieldList.from([]), body: null };
    return { status: 200, fields: FieldList.from([]), body: new FakeBody([text]) };
  };
  const never = async (): Promise<never> => {
    throw new Error("only the address itself is requested");
  };
  const own = { get, getFrom: never, render: never };
  const made = site({ policy: { dictionary: true }, ...options, options: { own } });
  return { ...made, stranger, asked };
}

/** A client with cookies of its own, and the address and program of many others. */
const visitor = (number: number) => ({
  Cookie: `_ga=GA1.1.${7_654_321 * (number + 1)}; c=${number}ok`,
});

describe("a site whose visitors all have cookies", () => {
  test("sends each deploy from the third on as a delta, without a rule, after one request of its own", async () => {
    const { put, get, pass, stranger, asked } = siteForStrangers();
    const name = (version: number): string => `/assets/index-${"BqXz3k2a9d"[version]}f4a1c7e.js`;
    let client = 0;
    for (const [at, text] of [V1, V2, V3, V4].entries()) {
      put(name(at), text, PUBLIC);
      stranger.set(name(at), text);
      const before = [V1, V2, V3, V4][at - 1];
      for (let i = 0; i < 6; i++) {
        const has = before === undefined ? {} : offer(before);
        const got = await get(name(at), { ...has, ...visitor(client++) }, { has: [before ?? ""] });
        expect(got.text === text).toBe(true);
        if (at > 1 && i > 0)
          expect([at, i, got.fields["content-encoding"]]).toEqual([at, i, "dcb"]);
        if (at > 1) expect(got.fields["use-as-dictionary"]).toBe('match="/assets/index-*.js"');
      }
      pass(3600);
    }
    expect(asked).toEqual([0, 1, 2, 3].map(name));
  });

  test.each([true, { match: "/assets/index-*.js" }])(
    "never uses content that differs without cookies, though it says public, with %j",
    async (dictionary) => {
      const store = memoryStore();
      const { put, get, pass, stranger, asked } = siteForStrangers({
        policy: { dictionary },
        store,
      });
      const name = (version: number): string => `/assets/index-${"BqXz3k2a9d"[version]}f4a1c7e.js`;
      for (const [at, text] of [V1, V2, V3, V4].entries()) {
        put(name(at), `${text}// of Ann`, PUBLIC);
        stranger.set(name(at), text);
        for (let i = 0; i < 4; i++) {
          const has = `${[V1, V2, V3, V4][at - 1] ?? ""}// of Ann`;
          // The same session on several devices.
          const cookie = { Cookie: `session=ann; d=device${i}` };
          const got = await get(name(at), { ...offer(has), ...cookie }, { has: [has] });
          expect([got.text === `${text}// of Ann`, got.fields["content-encoding"]]).toEqual([
            true,
            "br",
          ]);
          // Every client gets the field, whether the content differs or not.
          expect(got.fields["use-as-dictionary"]).toBe('match="/assets/index-*.js"');
        }
        pass(3600);
      }
      // Each content is compared again after an hour, not with every request.
      expect(asked).toHaveLength(4);
    },
  );
});

describe("evidence that content does not depend on cookies", () => {
  const policy = { dictionary: { match: "/app.*" } };
  /** Whether a client with cookies gets a delta to content that these requests brought before. */
  async function isProven(
    target: string,
    cookies: readonly (string | undefined)[],
    more: { readonly fields?: object; readonly stranger?: string } = {},
  ): Promise<boolean> {
    const { put, get, stranger } = siteForStrangers({ policy });
    const fields = { ...PUBLIC, ...more.fields };
    // A dictionary that came without cookies.
    put("/app.0.js", V1, PUBLIC);
    await get("/app.0.js");
    put(target, V2, fields);
    if (more.stranger !== undefined) stranger.set(target, more.stranger);
    for (const cookie of cookies) await get(target, cookie === undefined ? {} : { Cookie: cookie });
    const has = { ...offer(V1), Cookie: "last=client" };
    const got = await get(target, has, { has: [V1] });
    expect(got.text === V2).toBe(true);
    return got.fields["content-encoding"] === "dcb";
  }

  test.each<readonly [readonly (string | undefined)[], boolean]>([
    [[], false],
    [[undefined], true],
    [["s=a1"], false],
    [["s=a1", "s=b2"], false],
    [["s=a1", "s=b2", "s=c3"], true],
    [["s=a1", "s=b2", "s=b2"], false],
    [["s=a1; t=1", "s=b2; t=1", "s=c3; t=1"], false],
    // The same session under other names, in quotes, or among others.
    [["s=a1", "t=a1", 'u="a1"'], false],
    [["s=a1", "s=b2", "x=0; y=a1"], false],
    [["", " ", ";"], false],
    [["s=a1", "s=b2", Array.from({ length: 70 }, (_, i) => `x${i}=${i}z`).join("; ")], false],
  ])("of a script, after Cookie %j: %s", async (cookies, proven) => {
    expect(await isProven("/app.1.js", cookies)).toBe(proven);
  });

  const PAGE = { fields: { "content-type": "text/html" } };

  test("of a page with a version in its address is our own request alone", async () => {
    const unlike = ["s=a1", "s=b2", "s=c3", undefined];
    expect(await isProven("/app.1.2.3.html", unlike, PAGE)).toBe(false);
    expect(await isProven("/app.1.2.3.html", ["s=a1"], { ...PAGE, stranger: V3 })).toBe(false);
    expect(await isProven("/app.1.2.3.html", ["s=a1"], { ...PAGE, stranger: V2 })).toBe(true);
  });

  test("does not help a page without a version, nor content that does not say public", async () => {
    expect(await isProven("/app.html", ["s=a1"], { ...PAGE, stranger: V2 })).toBe(false);
    const fields = { "cache-control": "max-age=600" };
    expect(await isProven("/app.1.js", ["s=a1", undefined], { fields, stranger: V2 })).toBe(false);
  });

  test("is not a longer or a shorter content, nor one that the rules refuse", async () => {
    for (const stranger of [`${V2} `, V2.slice(0, -1), ""]) {
      expect(await isProven("/app.1.js", ["s=a1"], { stranger })).toBe(false);
    }
    expect(await isProven("/app.1.js", ["s=a1"])).toBe(false);
    expect(await isProven("/app.1.js", ["s=a1"], { stranger: V2 })).toBe(true);
  });
});

test("invented addresses with cookies cost a bounded number of own requests, and no write", async () => {
  const inner = memoryStore();
  let writes = 0;
  const { ledger } = inner;
  const store = {
    ...inner,
    index: { ...inner.index, put: async () => void writes++ },
    blobs: { ...inner.blobs, put: async () => void writes++ },
    ledger: {
      read: ledger.read.bind(ledger),
      claim: ledger.claim.bind(ledger),
      change: async () => void writes++,
    },
  };
  const { put, get, asked } = siteForStrangers({ store });
  for (let i = 0; i < 400; i++) {
    const target = `/assets/app.js?v=${i}`;
    put(target, `${V1.slice(0, 3000)}${i}`, PUBLIC);
    await get(target, { Cookie: `c=${i}` }, { clientAddress: "203.0.113.9" });
  }
  expect(asked).toHaveLength(250);
  expect(writes).toBe(0);
});
