import { expect, it } from "vitest";
import { privateFields } from "../../src/http/cache-control.ts";
import { FieldList } from "../../src/http/fields.ts";

it.each([
  [{}, { "cache-control": "private" }],
  [{ "cache-control": "public, max-age=60" }, { "cache-control": "private, max-age=60" }],
  [
    { "cache-control": "s-maxage=9, no-transform, proxy-revalidate" },
    { "cache-control": "private, no-transform" },
  ],
  [{ "cache-control": "no-store" }, { "cache-control": "private, no-store" }],
  [
    { "cache-control": 'private="set-cookie", max-age=1' },
    { "cache-control": "private, max-age=1" },
  ],
  [
    { "cache-control": "max-age=1", "cdn-cache-control": "max-age=9", "surrogate-control": "x" },
    {
      "cache-control": "private, max-age=1",
      "cdn-cache-control": "no-store",
      "surrogate-control": "no-store",
    },
  ],
])("keeps %j out of shared caches", (fields, expected) => {
  const list = FieldList.from(Object.entries(fields).flat());
  expect(Object.fromEntries(privateFields(list))).toEqual(expected);
});
