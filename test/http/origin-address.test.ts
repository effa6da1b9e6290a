import { describe, expect, it, test } from "vitest";
import { FieldList } from "../../src/http/fields.ts";
import { mapOriginAddress, originAddress } from "../../src/http/origin-address.ts";
import { threadClock } from "../support/thread-clock.ts";

const ORIGIN = "http://127.0.0.1:9001";
const PUBLIC = "https://www.example.com";

function mapped(reference: string, origin = ORIGIN, site = PUBLIC): string | undefined {
  return originAddress(origin, site)?.map(reference);
}

describe("a reference to the origin server", () => {
  it.each([
    ["http://127.0.0.1:9001/dir/", "https://www.example.com/dir/"],
    ["http://127.0.0.1:9001", "https://www.example.com"],
    ["http://127.0.0.1:9001?q=%20a#f", "https://www.example.com?q=%20a#f"],
    ["HTTP://127.0.0.1:9001/A%2f..//b", "https://www.example.com/A%2f..//b"],
    ["https://127.0.0.1:9001/x", "https://www.example.com/x"],
    ["//127.0.0.1:9001/x", "//www.example.com/x"],
    [" http://127.0.0.1:9001/x", " https://www.example.com/x"],
    ["http://user:pw@127.0.0.1:9001/x", "https://user:pw@www.example.com/x"],
    ["http://evil.example@127.0.0.1:9001/", "https://evil.example@www.example.com/"],
    ["http:\\\\127.0.0.1:9001\\x", "https://www.example.com\\x"],
    ["http://2130706433:9001/x", "https://www.example.com/x"],
    // The public host name with the port that the origin listens on.
    ["http://www.example.com:9001/dir/", "https://www.example.com/dir/"],
    ["https://WWW.Example.com:9001/dir/", "https://www.example.com/dir/"],
    ["http://www.example.com.:9001/", "https://www.example.com/"],
    // The origin's scheme with the public host.
    ["http://www.example.com/dir/", "https://www.example.com/dir/"],
    ["http://www.example.com:80/dir/", "https://www.example.com/dir/"],
  ])("%j becomes %j", (reference, wanted) => {
    expect(mapped(reference)).toBe(wanted);
  });

  it.each([
    "/dir/",
    "dir/?x=http://127.0.0.1:9001/",
    "",
    "?http://127.0.0.1:9001/",
    "https://www.example.com/dir/",
    "https://www.example.com:443/",
    "http://127.0.0.1:9002/",
    "http://127.0.0.1/",
    "http://127.0.0.1:9001.evil.example/",
    "http://127.0.0.1:9001@evil.example/",
    "http://evil.example/http://127.0.0.1:9001/",
    "http://evil.example:9001/",
    "http://example.com/",
    "http://a.www.example.com:9001/",
    "ftp://127.0.0.1:9001/",
    "mailto:a@127.0.0.1",
    "http:///127.0.0.1:9001/",
    "http://[::1/",
  ])("%j is none", (reference) => {
    expect(mapped(reference)).toBeUndefined();
  });

  it.each([
    ["http://origin.internal", PUBLIC, "http://origin.internal/x", "https://www.example.com/x"],
    ["http://origin.internal", PUBLIC, "http://origin.internal:80/x", "https://www.example.com/x"],
    ["http://origin.internal", PUBLIC, "http://ORIGIN.internal./x", "https://www.example.com/x"],
    // An origin that was told of https by X-Forwarded-Proto, and of its own Host.
    ["http://origin.internal", PUBLIC, "https://origin.internal/x", "https://www.example.com/x"],
    ["http://[::1]:9001", PUBLIC, "http://[0:0::1]:9001/x", "https://www.example.com/x"],
    ["https://o.test", "http://w.test:8080", "https://o.test:443/x", "http://w.test:8080/x"],
    ["https://o.test", "http://w.test:8080", "https://w.test:8080/x", "http://w.test:8080/x"],
    [
      "http://127.0.0.1:9001",
      "http://127.0.0.1:8787",
      "http://127.0.0.1:9001/",
      "http://127.0.0.1:8787/",
    ],
  ])("behind %s, seen as %s: %s becomes %s", (origin, site, reference, wanted) => {
    expect(mapped(reference, origin, site)).toBe(wanted);
  });

  it.each([
    ["http://origin.internal", PUBLIC, "http://origin.internal:8080/x"],
    ["https://o.test", "http://w.test:8080", "https://w.test/x"],
    ["http://127.0.0.1:9001", "http://127.0.0.1:8787", "http://127.0.0.1/"],
  ])("behind %s, seen as %s: %s is none", (origin, site, reference) => {
    expect(mapped(reference, origin, site)).toBeUndefined();
  });

  test("is mapped only if origin and public origin differ", () => {
    expect(originAddress("https://www.example.com", PUBLIC)).toBeUndefined();
    expect(originAddress("https://www.example.com:443", PUBLIC)).toBeUndefined();
  });
});

describe("fields of the origin's response", () => {
  const after = (lines: readonly (readonly [string, string])[], origin = ORIGIN, site = PUBLIC) => {
    const fields = FieldList.from(lines.flat());
    mapOriginAddress(fields, originAddress(origin, site));
    return [...fields.lines()].map(([name, value]) => `${name}: ${value}`);
  };

  it.each([
    ["Location", "http://127.0.0.1:9001/a", "https://www.example.com/a"],
    ["Content-Location", "http://127.0.0.1:9001/a", "https://www.example.com/a"],
    ["Refresh", "5; url=http://127.0.0.1:9001/a", "5; url=https://www.example.com/a"],
    ["Refresh", "0;URL='http://127.0.0.1:9001/a'", "0;URL='https://www.example.com/a'"],
    ["Refresh", '0.5 , "http://127.0.0.1:9001/a" x', '0.5 , "https://www.example.com/a" x'],
    ["Refresh", "1; http://127.0.0.1:9001/a;b", "1; https://www.example.com/a;b"],
    ["Link", "<http://127.0.0.1:9001/a>; rel=next", "<https://www.example.com/a>; rel=next"],
    ["Link", '</a>; anchor="http://127.0.0.1:9001/b', '</a>; anchor="https://www.example.com/b'],
    [
      "Link",
      '</x>;rel="a,b" ,<http://127.0.0.1:9001/a,b>;  rel="<http://127.0.0.1:9001/>"; Anchor = "http://127.0.0.1:9001/#c", <//127.0.0.1:9001/z>;anchor=http://127.0.0.1:9001/q;rel=x',
      '</x>;rel="a,b" ,<https://www.example.com/a,b>;  rel="<http://127.0.0.1:9001/>"; Anchor = "https://www.example.com/#c", <//www.example.com/z>;anchor=https://www.example.com/q;rel=x',
    ],
  ])("%s: %s", (name, value, wanted) => {
    expect(after([[name, value]])).toEqual([`${name}: ${wanted}`]);
  });

  it.each([
    ["Refresh", "5"],
    ["Refresh", "5; url="],
    ["Refresh", "url=http://127.0.0.1:9001/"],
    ["Refresh", "5; url=/a?http://127.0.0.1:9001/"],
    ["Link", '</a>; rel=next; title="http://127.0.0.1:9001/"'],
    ["Link", "<http://other.example/>; rel=next"],
    ["Link", '<http://other.example/>; title="\\"; anchor=http://127.0.0.1:9001/"'],
    ["Link", "<"],
    ["Link", 'anchor="'],
    ["Location", "http://127.0.0.1:9001@evil.example/"],
    ["X-Other", "http://127.0.0.1:9001/"],
    ["Set-Cookie", "a=127.0.0.1; Path=/"],
    ["Set-Cookie", "a=b; Domain=example.com"],
    ["Set-Cookie", "a=b; Domain=127.0.0.1; Domain=example.com"],
    ["Set-Cookie", "a=b; Domain="],
    ["Set-Cookie", "Domain=127.0.0.1"],
  ])("%s: %s stays", (name, value) => {
    expect(after([[name, value]])).toEqual([`${name}: ${value}`]);
  });

  it.each([
    ["a=b; Domain=127.0.0.1; Path=/", "a=b; Path=/"],
    ["a=b;domain = .127.0.0.1 ;Secure", "a=b;Secure"],
    ["a=b; Domain=example.com; Domain=127.0.0.1", "a=b"],
  ])("a cookie of the origin's host is the public host's: %s", (value, wanted) => {
    expect(after([["Set-Cookie", value]])).toEqual([`Set-Cookie: ${wanted}`]);
  });

  test("a cookie's Domain that covers the public host, too, stays", () => {
    const lines = [["Set-Cookie", "a=b; Domain=example.com"]] as const;
    expect(after(lines, "http://example.com", PUBLIC)).toEqual([
      "Set-Cookie: a=b; Domain=example.com",
    ]);
  });

  test("each line is mapped by itself, and Alt-Svc is dropped in any case", () => {
    const lines = [
      ["Link", "<http://127.0.0.1:9001/a>; rel=a"],
      ["Alt-Svc", 'h3=":9001"'],
      ["link", "</b>; rel=b"],
      ["Set-Cookie", "a=b; Domain=127.0.0.1"],
      ["Set-Cookie", "c=d"],
      ["ETag", '"1"'],
    ] as const;
    expect(after(lines)).toEqual([
      'ETag: "1"',
      "Link: <https://www.example.com/a>; rel=a",
      "link: </b>; rel=b",
      "Set-Cookie: a=b",
      "Set-Cookie: c=d",
    ]);
    expect(after([["alt-svc", "clear"]], PUBLIC)).toEqual([]);
  });

  test("long values take no long time", () => {
    const long = ["; ", "<", '"', '"\\', '; anchor="', "; anchor = "].map((part) =>
      part.repeat(50_000),
    );
    const begun = threadClock();
    for (const value of [...long, `;${" ".repeat(100_000)}anchor`]) {
      after([["Link", `</a//b>${value}`]]);
    }
    for (const value of [" ".repeat(200_000), `5;${" ".repeat(200_000)}x`]) {
      after([["Refresh", value]]);
      after([["Location", value]]);
      after([["Set-Cookie", value]]);
    }
    expect(threadClock() - begun).toBeLessThan(2000);
  });
});
