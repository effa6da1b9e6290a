import { describe, expect, test } from "vitest";
import { FieldList } from "../../../src/http/fields.ts";
import {
  decideDictionaryRequest,
  decideDictionaryResponse,
  isWorthwhile,
  originUsesDictionaries,
} from "../../../src/features/compression/decide.ts";

const OFFER = {
  "available-dictionary": `:${Buffer.alloc(32, 7).toString("base64")}:`,
  "accept-encoding": "gzip, dcb, dcz",
};

function request(fields: Readonly<Record<string, string>>) {
  const decision = decideDictionaryRequest((name) => fields[name], undefined);
  return decision.kind === "offered" ? decision.codings : decision.reason;
}

describe("decideDictionaryRequest", () => {
  test("accepts the named codings, by weight", () => {
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
  more: {
    status?: number;
    length?: number | undefined;
    cookie?: string;
    url?: string;
    ignoreCookies?: boolean;
    named?: "extension" | "stand-alone";
  } = {},
): string {
  const { status = 200, cookie, url = "https://www.example.com/" } = more;
  const length = "length" in more ? more.length : 5000;
  const { ignoreCookies = false } = more;
  const decision = decideDictionaryResponse(
    { status, fields: FieldList.from(Object.entries(fields).flat()), length },
    { url: new URL(url), authorization: undefined, cookie },
    { maxBytes: 10_000, ignoreCookies, named: more.named },
    1_800_000_000,
  );
  return decision ?? "eligible";
}

describe("decideDictionaryResponse", () => {
  test("only content that is the same for every client is a dictionary", () => {
    expect(respond(PUBLIC)).toBe("eligible");
    expect(respond({ ...PUBLIC, "set-cookie": "a" })).toBe("not-public");
    expect(respond({ ...PUBLIC, "cache-control": "private, max-age=60" })).toBe("not-public");
    expect(respond({ ...PUBLIC, vary: "Cookie" })).toBe("not-public");
  });

  test("content that does not say that it is for all is none for a request with cookies", () => {
    expect(respond(PUBLIC, { cookie: "a=b" })).toBe("cookies-not-public");
    const page = { ...PUBLIC, "content-type": "text/html" };
    expect(respond(page)).toBe("eligible");
    expect(respond(page, { cookie: "a=b" })).toBe("document-with-cookies");
  });

  test("nothing counts cookies if the rule says that nothing depends on them", () => {
    expect(respond(PUBLIC, { cookie: "a=b", ignoreCookies: true })).toBe("eligible");
    const page = { ...PUBLIC, "content-type": "text/html" };
    expect(respond(page, { cookie: "a=b", ignoreCookies: true })).toBe("eligible");
  });

  test.each([
    ["public, max-age=60", "text/javascript", "/app.js", {}, "eligible"],
    ["max-age=60, s-maxage=60", "text/css", "/app.css", {}, "eligible"],
    ["max-age=60, immutable", "font/ttf", "/a", {}, "eligible"],
    ["public, max-age=60", "application/wasm", "/a", {}, "eligible"],
    ["public, max-age=60", "application/json", "/data.json", {}, "cookies-no-version"],
    ["public, max-age=60", "application/json", "/data.json?v=17", {}, "eligible"],
    ["public, max-age=60", "text/plain", "/v1.2.3/notes.txt", {}, "eligible"],
    ["public, max-age=60", "text/html", "/docs/", {}, "document-with-cookies"],
    ["public, max-age=60", "text/html", "/docs/3.14.1/", {}, "eligible"],
    ["max-age=60", "text/html", "/docs/3.14.1/", {}, "cookies-not-public"],
    ["max-age=60", "text/javascript", "/app.js", {}, "cookies-not-public"],
    ["public, max-age=60", "text/css", "/a", { vary: "Authorization" }, "cookies-not-public"],
    ["public, max-age=60", "text/css", "/a", { vary: "Cookie" }, "not-public"],
    ["public, max-age=60", "text/css", "/a", { "set-cookie": "a=b" }, "not-public"],
  ])("with cookies, %j, %s at %s, %o, is %s", (control, type, target, more, result) => {
    const fields = { "cache-control": control, "content-type": type, ...more };
    const url = `https://www.example.com${target}`;
    expect(respond(fields, { cookie: "a=b", url })).toBe(result);
  });

  test("browsers keep dictionaries of secure contexts only, and only while they are fresh", () => {
    expect(respond(PUBLIC, { url: "http://www.example.com/" })).toBe("insecure-context");
    expect(respond(PUBLIC, { url: "http://localhost:8787/" })).toBe("eligible");
    expect(respond(PUBLIC, { url: "http://127.0.0.1:8787/" })).toBe("eligible");
    expect(respond({ ...PUBLIC, age: "60" })).toBe("not-fresh");
    expect(respond({ ...PUBLIC, "cache-control": "s-maxage=60" })).toBe("not-fresh");
    const stale = "max-age=60, stale-while-revalidate=60";
    expect(respond({ ...PUBLIC, age: "90", "cache-control": stale })).toBe("eligible");
  });

  test("compressed content is not coded again", () => {
    for (const type of ["image/png", "font/woff2", "video/mp4", "application/zip"]) {
      expect(respond({ ...PUBLIC, "content-type": type })).toBe("compressed-type");
    }
    for (const type of ["image/svg+xml", "application/wasm", "application/ld+json"]) {
      expect(respond({ ...PUBLIC, "content-type": type })).toBe("eligible");
    }
  });

  test("an extension in a rule's match counts over types, unless the content is compressed", () => {
    for (const type of ["octet-stream", "x-protobuf", "vnd.onnx", "x-unknown"]) {
      const model = { ...PUBLIC, "content-type": `application/${type}` };
      expect(respond(model)).toBe("compressed-type");
      expect(respond(model, { named: "extension" })).toBe("eligible");
    }
    const types =
      "image/png font/woff2 video/mp4 application/zip text/event-stream multipart/mixed";
    for (const type of types.split(" ")) {
      const file = { ...PUBLIC, "content-type": type };
      expect(respond(file, { named: "extension" })).toBe("compressed-type");
      expect(respond(file, { named: "stand-alone" })).toBe("eligible");
    }
  });

  test("within its limits, if the length is known", () => {
    expect(respond(PUBLIC, { length: 10_001 })).toBe("too-large");
    expect(respond(PUBLIC, { length: 10 })).toBe("too-small");
    expect(respond(PUBLIC, { length: undefined })).toBe("eligible");
    expect(respond(PUBLIC, { status: 304 })).toBe("not-modified");
    expect(respond(PUBLIC, { status: 206 })).toBe("partial");
  });
});

test("an origin that speaks of dictionaries itself is known by its fields", () => {
  const uses = (fields: Record<string, string>): boolean =>
    originUsesDictionaries(FieldList.from(Object.entries(fields).flat()));
  expect(uses({ "use-as-dictionary": "" })).toBe(true);
  expect(uses({ "content-encoding": " DCZ" })).toBe(true);
  expect(uses({ "content-encoding": "br" })).toBe(false);
});

test("a delta must save something against the plain coding", () => {
  expect(isWorthwhile(100, 10_000, undefined)).toBe(true);
  expect(isWorthwhile(1000, 10_000, undefined)).toBeUndefined();
  expect(isWorthwhile(1000, 10_000, 2000)).toBe(true);
  expect(isWorthwhile(1000, 10_000, 1000)).toBe(false);
  expect(isWorthwhile(1000, 1000, undefined)).toBe(false);
  expect(isWorthwhile(40, 0, undefined)).toBe(false);
});
