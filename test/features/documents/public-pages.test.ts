import { expect, test } from "vitest";
import { FieldList } from "../../../src/http/fields.ts";
import { isForEveryone, isPlainRequest } from "../../../src/features/documents/public-pages.ts";
import { USER_AGENT, VERSION } from "../../../src/pipeline/own-requests.ts";
import manifest from "../../../package.json" with { type: "json" };
import { exchangeOf } from "../../pipeline/fakes.ts";

const FRESH = { "cache-control": "max-age=60" };

test.each<[fields: Record<string, string>, request: Record<string, string>, isFor: boolean]>([
  [FRESH, {}, true],
  [{ "cache-control": "public, s-maxage=5" }, { "x-api-key": "k" }, true],
  [{}, {}, false],
  [{ "cache-control": "public" }, {}, false],
  [{ "cache-control": "max-age=0" }, {}, false],
  [{ "cache-control": "private, max-age=60" }, {}, false],
  [{ "cache-control": "no-store, max-age=60" }, {}, false],
  [{ ...FRESH, "set-cookie": "a=b" }, {}, false],
  [{ ...FRESH, vary: "Cookie" }, {}, false],
  [{ ...FRESH, vary: "*" }, {}, false],
  [{ ...FRESH, vary: "X-Api-Key" }, { "x-api-key": "k" }, false],
  [{ ...FRESH, vary: "X-Api-Key, Accept" }, { accept: "text/html" }, true],
  [{ ...FRESH, expires: "Thu, 01 Jan 2099 00:00:00 GMT" }, { authorization: "Basic YTpi" }, false],
])(
  "a response with %j to a request with %j is for everyone only if it says so: %j",
  (fields, request, isFor) => {
    const received = FieldList.from(Object.entries(fields).flat());
    expect(isForEveryone(200, received, exchangeOf({ fields: request }))).toBe(isFor);
  },
);

test("is public only if it says so", () => {
  const stranger = exchangeOf({ fields: { accept: "text/html" } });
  expect(isForEveryone(200, FieldList.from([]), stranger)).toBe(false);
});

test("a request with a cookie, a credential, a range or a precondition is personal", () => {
  expect(isPlainRequest(exchangeOf({ fields: { accept: "text/html" } }))).toBe(true);
  for (const name of ["cookie", "authorization", "range", "if-none-match"]) {
    expect(isPlainRequest(exchangeOf({ fields: { [name]: "x" } }))).toBe(false);
  }
});

test("we name ourselves by the version of the package, with an address", () => {
  expect(VERSION).toBe(manifest.version);
  expect(USER_AGENT).toBe(`wayleave/${manifest.version} (+https://example.com/wayleave)`);
});
