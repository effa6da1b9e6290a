import { describe, expect, it } from "vitest";
import { FieldList } from "../../src/http/fields.ts";
import {
  confirmStored,
  contradicts,
  decideStoredUse,
  storeConfirmed,
  storable,
  type StoredResponse,
} from "../../src/cache/derived.ts";

const NOW = 1_800_000_000;
const reads = (fields: Record<string, string>) => (name: string) => fields[name];
const listOf = (fields: Record<string, string>) => FieldList.from(Object.entries(fields).flat());

function stored(fields: Record<string, string> = {}): StoredResponse {
  const all = listOf({ "cache-control": "max-age=60", etag: '"1"', ...fields });
  const stored = storable({ status: 200, fields: all }, reads({}), NOW);
  if (stored === undefined) throw new Error("not storable");
  return stored;
}

describe("storeConfirmed", () => {
  const confirmedBy = (fields: Record<string, string>, asked = {}) =>
    storeConfirmed(confirmStored(stored(), listOf(fields), NOW + 70), reads(asked));

  it.each<[string, Record<string, string>]>([
    ["sets a cookie", { "set-cookie": "session=1" }],
    ["is private now", { "cache-control": "private, max-age=60" }],
    ["must not be stored", { "cache-control": "no-store" }],
    ["is fresh no more", { "cache-control": "max-age=0" }],
    ["depends on cookies", { vary: "Accept, Cookie" }],
    ["depends on anything", { vary: "*" }],
  ])("keeps nothing of what by its 304 %s", (_what, fields) => {
    expect(confirmedBy(fields)).toBeUndefined();
  });

  it("adopts the fields of the 304, and the request fields that it varies on from then on", () => {
    const fields = { vary: "Accept-Language", "x-new": "1", "cache-control": "max-age=5" };
    const stored = confirmedBy(fields, { "accept-language": "de" });
    expect(stored).toMatchObject({ lifetime: 5, confirmedAt: NOW + 70, storedAt: NOW });
    expect(stored?.selecting).toEqual([["accept-language", "=de"]]);
    expect(stored?.fields).toContain("x-new");
  });
});

describe("decideStoredUse", () => {
  it.each<[Record<string, string>, string]>([
    [{}, "fresh"],
    [{ "cache-control": "no-cache" }, "stale"],
    [{ "cache-control": "max-age=0" }, "stale"],
    [{ "cache-control": "max-age=9" }, "stale"],
    [{ "cache-control": "max-age=11" }, "fresh"],
    [{ "cache-control": "max-stale=99" }, "fresh"],
    [{ "cache-control": "no-store" }, "none"],
    [{ "cache-control": "no-transform" }, "none"],
    [{ pragma: "no-cache" }, "stale"],
    [{ pragma: "no-cache", "cache-control": "max-age=60" }, "fresh"],
    [{ "cache-control": "min-fresh=40" }, "fresh"],
    [{ "cache-control": "min-fresh=51" }, "stale"],
    [{ authorization: "Bearer x" }, "none"],
    [{ "if-match": '"1"' }, "none"],
    [{ "if-unmodified-since": "Sat, 01 Jan 2022 00:00:00 GMT" }, "none"],
    [{ "if-none-match": "*" }, "none"],
  ])("with %j after ten of sixty seconds: %s", (fields, use) => {
    expect(decideStoredUse(stored(), reads(fields), NOW + 10)).toBe(use);
  });

  it("counts the time that a response has spent in other caches", () => {
    const response = stored({ age: "55" });
    expect(decideStoredUse(response, reads({}), NOW + 4)).toBe("fresh");
    expect(decideStoredUse(response, reads({}), NOW + 5)).toBe("stale");
    expect(decideStoredUse(stored({ age: "61" }), reads({}), NOW)).toBe("stale");
  });

  it("serves nothing stale by itself, whatever the origin would allow", () => {
    const lax = { "cache-control": "max-age=60, stale-while-revalidate=600, stale-if-error=600" };
    expect(decideStoredUse(stored(lax), reads({}), NOW + 60)).toBe("stale");
  });
});

describe("contradicts", () => {
  it.each([
    [301, {}, true],
    [308, {}, true],
    [404, {}, true],
    [410, {}, true],
    [302, {}, false],
    [500, {}, false],
    [404, { "cache-status": "wayleave; hit" }, false],
  ] as const)("%s with %j: %s", (status, fields, isOutdated) => {
    const head = { status, fields: listOf({ ...fields }) };
    expect(contradicts(head, stored(), reads({}))).toBe(isOutdated);
  });
});
