import { describe, expect, it } from "vitest";
import { isSharedDespiteCookies } from "../../src/cache/cookies.ts";
import { decideBypass } from "../../src/cache/lookup.ts";
import { parseRange } from "../../src/cache/range.ts";
import { decideStore } from "../../src/cache/storable.ts";
import type { StoredHead } from "../../src/cache/stored.ts";
import { decideUse, isRefreshOf } from "../../src/cache/reuse.ts";
import { isSelected, selectingOf } from "../../src/cache/vary.ts";
import { FieldList } from "../../src/http/fields.ts";

const NOW = 1_800_000_000;
const times = { requestedAt: NOW, respondedAt: NOW };
const reads = (fields: Readonly<Record<string, string>>) => (name: string) => fields[name];
const request = (fields: Record<string, string> = {}, method = "GET") => ({
  method,
  target: "/",
  fields: FieldList.from(Object.entries(fields).flat()),
});
const response = (fields: Record<string, string>, status = 200) => ({
  status,
  fields: FieldList.from(Object.entries(fields).flat()),
});
const FRESH = { "cache-control": "max-age=60" };

describe("a request that the cache has no part in", () => {
  it.each([
    [undefined, "GET", {}],
    [undefined, "HEAD", { "content-length": "0" }],
    ["method", "POST", {}],
    ["request-content", "GET", { "content-length": "1" }],
    ["request-content", "GET", { "transfer-encoding": "chunked" }],
    ["authorization", "GET", { authorization: "Basic x" }],
    ["upgrade", "GET", { upgrade: "websocket" }],
    ["precondition", "GET", { "if-match": '"a"' }],
    ["precondition", "GET", { "if-unmodified-since": "x" }],
    ["request-no-store", "GET", { "cache-control": "max-age=1, no-store" }],
  ] as const)("%s: %s, %j", (reason, method, fields) => {
    expect(decideBypass(request(fields, method))).toBe(reason);
  });
});

describe("a stored response", () => {
  const reasonFor = (
    asked: ReturnType<typeof request>,
    answered: ReturnType<typeof response>,
  ): string => {
    const decision = decideStore(asked, answered, times);
    return decision.kind === "no" ? decision.reason : "store";
  };

  it.each([
    ["store", {}, FRESH, 200],
    ["store", {}, FRESH, 404],
    ["store", {}, FRESH, 301],
    ["store", {}, { "cache-control": "no-cache", etag: '"a"' }, 200],
    ["store", {}, { "cache-control": "max-age=0", "last-modified": "x" }, 200],
    ["store", {}, { "cdn-cache-control": "max-age=9", "cache-control": "private" }, 200],
    ["store", {}, { "cache-control": "no-store, must-understand, max-age=9" }, 200],
    ["no-store", {}, { "cache-control": "no-store, must-understand, max-age=9" }, 299],
    ["status", {}, FRESH, 206],
    ["status", {}, FRESH, 412],
    ["status", {}, FRESH, 416],
    ["status", {}, FRESH, 304],
    ["no-store", {}, { "cache-control": "max-age=60, No-Store" }, 200],
    ["no-store", { "cache-control": "no-store" }, FRESH, 200],
    ["private", {}, { "cache-control": "private, max-age=60" }, 200],
    ["private", {}, { "cdn-cache-control": "private, max-age=60" }, 200],
    ["private", {}, { "cache-control": "public, Private, s-maxage=60" }, 200],
    ["private", {}, { "cache-control": 'private="set-cookie", max-age=60' }, 200],
    ["authorization", { authorization: "Basic x" }, { "cache-control": "public, max-age=60" }, 200],
    ["set-cookie", {}, { ...FRESH, "set-cookie": "a=b" }, 200],
    ["varies", {}, { ...FRESH, vary: "*" }, 200],
    ["varies", {}, { ...FRESH, vary: "Accept, Cookie" }, 200],
    ["varies", {}, { ...FRESH, vary: "X-Forwarded-For" }, 200],
    ["varies", {}, { ...FRESH, vary: "Wayleave-Agent" }, 200],
    ["no-lifetime", {}, { etag: '"a"' }, 200],
    ["no-lifetime", {}, { "cache-control": "max-age=0" }, 200],
    ["no-lifetime", {}, { ...FRESH, age: "9999999999" }, 200],
  ] as const)("%s: %j, %j, %s", (reason, asked, answered, status) => {
    expect(reasonFor(request(asked), response({ ...answered }, status))).toBe(reason);
  });

  it("is no response to a method other than GET", () => {
    expect(reasonFor(request({}, "POST"), response(FRESH))).toBe("method");
  });
});

describe("a response stored for other clients, requested with cookies", () => {
  it.each([
    [true, "text/css", {}],
    [true, "text/javascript; charset=utf-8", { "sec-fetch-dest": "script" }],
    [true, "image/png", { "sec-fetch-dest": "empty" }],
    [false, "text/css", { "sec-fetch-dest": "document" }],
    [false, "text/html", { "sec-fetch-dest": "script" }],
    [false, "application/json", {}],
    [false, "text/plain", {}],
    [false, undefined, {}],
  ] as const)("is sent: %s, %s, %j", (isSent, type, asked) => {
    const fields = type === undefined ? {} : { "content-type": type };
    const given = isSharedDespiteCookies(request({ ...asked }).fields, response(fields).fields);
    expect(given).toBe(isSent);
  });
});

describe("the use of a stored response", () => {
  const head = (more: Partial<StoredHead>): StoredHead => ({
    status: 200,
    fields: [],
    selecting: [],
    storedAt: NOW,
    respondedAt: NOW,
    age: 0,
    lifetime: 60,
    revalidates: false,
    stale: "allowed",
    blob: "",
    length: 0,
    ...more,
  });
  const OPTIONS = { staleWhileRevalidate: 0, staleIfError: 0 };

  it.each([
    ["fresh", {}, {}, 59],
    ["revalidate", {}, {}, 60],
    ["fresh", {}, { "cache-control": "max-stale" }, 600],
    ["fresh", {}, { "cache-control": "max-stale=10" }, 69],
    ["revalidate", {}, { "cache-control": "max-stale=10" }, 70],
    ["revalidate", { stale: "never" }, { "cache-control": "max-stale" }, 61],
    ["revalidate", { stale: "as-stated" }, { "cache-control": "max-stale" }, 61],
    ["revalidate", {}, { "cache-control": "no-cache" }, 1],
    ["revalidate", {}, { pragma: "no-cache" }, 1],
    ["fresh", {}, { pragma: "no-cache", "cache-control": "max-age=99" }, 1],
    ["revalidate", {}, { "cache-control": "max-age=5" }, 5],
    ["revalidate", {}, { "cache-control": "min-fresh=30" }, 31],
    ["revalidate", { revalidates: true }, {}, 1],
    ["while-revalidating", { staleWhileRevalidate: 30 }, {}, 89],
    ["while-revalidating", { staleWhileRevalidate: 30, stale: "as-stated" }, {}, 89],
    ["revalidate", { staleWhileRevalidate: 30, stale: "never" }, {}, 61],
    ["revalidate", { staleWhileRevalidate: 30 }, {}, 90],
  ] as const)("%s: %j, %j, after %s seconds", (kind, stored, asked, after) => {
    expect(decideUse(head(stored), reads(asked), NOW + after, OPTIONS).kind).toBe(kind);
  });

  it("replaces the response of a failing origin for as long as the origin or the rule says", () => {
    const ifError = (stored: Partial<StoredHead>, after: number, rule = 0): unknown =>
      decideUse(head(stored), reads({}), NOW + after, { ...OPTIONS, staleIfError: rule });
    expect(ifError({ staleIfError: 30 }, 89)).toEqual({ kind: "revalidate", ifError: true });
    expect(ifError({ staleIfError: 30 }, 90)).toEqual({ kind: "revalidate", ifError: false });
    expect(ifError({}, 89, 30)).toEqual({ kind: "revalidate", ifError: true });
    expect(ifError({ stale: "never" }, 89, 30)).toEqual({ kind: "revalidate", ifError: false });
    expect(ifError({ stale: "as-stated" }, 89, 30)).toEqual({ kind: "revalidate", ifError: false });
  });
});

describe("the selection of a stored response", () => {
  const vary = (names: string, sent: Record<string, string>, next: Record<string, string>) => {
    const selecting = selectingOf(response({ vary: names }).fields, request(sent).fields);
    return selecting !== undefined && isSelected(selecting, request(next).fields);
  };

  it.each([
    [true, "Accept-Language", { "accept-language": "en,de" }, { "accept-language": "en, de" }],
    [false, "Accept-Language", { "accept-language": "en" }, { "accept-language": "de" }],
    [false, "Accept-Language", { "accept-language": "" }, {}],
    [true, "accept-encoding", { "accept-encoding": "gzip, br" }, { "accept-encoding": "br,gzip" }],
    [false, "accept-encoding", { "accept-encoding": "gzip" }, { "accept-encoding": "br" }],
    [true, "X-Forwarded-Proto, Host", {}, {}],
    [false, "Via", {}, {}],
  ] as const)("%s: %s, %j, %j", (is, names, sent, next) => {
    expect(vary(names, sent, next)).toBe(is);
  });
});

describe("a range", () => {
  it.each([
    ["bytes=0-4", { first: 0, last: 4 }],
    ["bytes=5-", { first: 5, last: 9 }],
    ["bytes=-3", { first: 7, last: 9 }],
    ["bytes=-30", { first: 0, last: 9 }],
    ["bytes=5-99", { first: 5, last: 9 }],
    ["bytes=10-", "unsatisfiable"],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=4-2", "whole"],
    ["bytes=0-1,3-4", "whole"],
    ["bytes=-", "whole"],
    ["lines=0-4", "whole"],
    [undefined, "whole"],
  ] as const)("%s of ten bytes: %j", (field, range) => {
    expect(parseRange(field, 10)).toEqual(range);
  });
});

describe("a response that another process has stored", () => {
  const STALE = { respondedAt: NOW, age: 599, lifetime: 599, revalidates: false } as const;
  it.each([
    ["of the next second", { respondedAt: NOW + 1, age: 599 }, true],
    ["of the same second, fresh", { age: 0 }, true],
    ["of the same second, stale", {}, false],
    ["of the same second, always to be confirmed", { age: 0, revalidates: true }, false],
  ])("%s: whether it is a refresh", (_which, next, isRefresh) => {
    const stale = { ...STALE, stale: "allowed" } as const;
    expect(isRefreshOf({ ...stale, ...next }, stale, NOW)).toBe(isRefresh);
  });
});
