import { describe, expect, test } from "vitest";
import { FieldList } from "../../../src/http/fields.ts";
import {
  decideDictionaryRequest,
  decideDictionaryResponse,
  isWorthwhile,
} from "../../../src/stages/content-coding/decide.ts";

const OFFER = {
  "available-dictionary": `:${Buffer.alloc(32, 7).toString("base64")}:`,
  "accept-encoding": "gzip, dcb, dcz",
};

function request(fields: Readonly<Record<string, string>>) {
  const decision = decideDictionaryRequest((name) => fields[name], undefined);
  return decision.kind === "offered" ? decision.codings : decision.reason;
}

describe("decideDictionaryRequest", () => {
  test("takes the codings that are named, by their weight", () => {
    expect(request(OFFER)).toEqual(["dcb", "dcz"]);
    expect(request({ ...OFFER, "accept-encoding": "dcb;q=0.5, dcz" })).toEqual(["dcz", "dcb"]);
    expect(request({ ...OFFER, "accept-encoding": "dcb;q=0, DCZ;q=0.1" })).toEqual(["dcz"]);
  });

  test.each(["*", "gzip, br, zstd", "dcb;q=0, dcz;q=0, *", ""])("%j names none", (accept) => {
    expect(request({ ...OFFER, "accept-encoding": accept })).toBe("coding-not-accepted");
  });

  test("has a reason for every plain answer", () => {
    expect(request({ "accept-encoding": "dcz" })).toBe("no-dictionary-offered");
    const { "available-dictionary": hash } = OFFER;
    expect(request({ ...OFFER, "available-dictionary": `${hash}, ${hash}` })).toBe(
      "dictionary-field-malformed",
    );
    expect(request({ ...OFFER, authorization: "" })).toBe("authorized");
    const noCors = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" };
    expect(request({ ...OFFER, ...noCors })).toBe("not-readable-by-client");
  });
});

const PUBLIC = { "cache-control": "max-age=60", "content-type": "text/javascript" };

function respond(
  fields: Readonly<Record<string, string>>,
  more: { status?: number; length?: number | undefined; cookie?: string } = {},
): string {
  const { status, length, cookie } = { status: 200, length: 5000, cookie: undefined, ...more };
  const decision = decideDictionaryResponse(
    { status, fields: FieldList.from(Object.entries(fields).flat()), length },
    { authorization: undefined, cookie },
    10_000,
  );
  return decision.kind === "eligible" ? "eligible" : decision.reason;
}

describe("decideDictionaryResponse", () => {
  test("only what everyone gets alike is a dictionary", () => {
    expect(respond(PUBLIC)).toBe("eligible");
    expect(respond({ ...PUBLIC, "set-cookie": "a" })).toBe("not-public");
    expect(respond({ ...PUBLIC, "cache-control": "private, max-age=60" })).toBe("not-public");
    expect(respond({ ...PUBLIC, vary: "Cookie" })).toBe("not-public");
  });

  test("a cookie in the request counts for pages only", () => {
    expect(respond(PUBLIC, { cookie: "a=b" })).toBe("eligible");
    const page = { ...PUBLIC, "content-type": "text/html" };
    expect(respond(page)).toBe("eligible");
    expect(respond(page, { cookie: "a=b" })).toBe("document-with-cookies");
  });

  test("an origin that does it itself is left alone", () => {
    expect(respond({ ...PUBLIC, "use-as-dictionary": "" })).toBe("origin-uses-dictionaries");
    expect(respond({ ...PUBLIC, "content-encoding": "DCZ" })).toBe("origin-uses-dictionaries");
  });

  test("within its limits, where the length is known", () => {
    expect(respond(PUBLIC, { length: 10_001 })).toBe("too-large");
    expect(respond(PUBLIC, { length: 10 })).toBe("too-small");
    expect(respond(PUBLIC, { length: undefined })).toBe("eligible");
    expect(respond(PUBLIC, { status: 304 })).toBe("not-modified");
    expect(respond(PUBLIC, { status: 206 })).toBe("status");
  });
});

test("a delta must save something", () => {
  expect(isWorthwhile(100, 1000)).toBe(true);
  expect(isWorthwhile(1000, 1000)).toBe(false);
  expect(isWorthwhile(40, 0)).toBe(false);
});
