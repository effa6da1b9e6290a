import { describe, expect, it } from "vitest";
import { compileRules } from "../../src/rules/compile.ts";
import { parseRules } from "../../src/rules/parse.ts";
import type { RulesFileInput } from "../../src/rules/schema.ts";
import { FEATURES } from "../../src/features.ts";

/** The rule that decides on access for a path. */
function decider(file: RulesFileInput, path: string, behind: readonly string[] = []): string {
  const parsed = parseRules(JSON.stringify(file), FEATURES);
  if (parsed.kind === "faulty") throw new Error(JSON.stringify(parsed.faults));
  const request = { method: "GET", host: "a", path, agent: { kind: "anonymous" }, behind } as const;
  return compileRules(parsed.value, FEATURES).forRequest(request)("access").rule;
}

const challenge = { action: "challenge" } as const;

describe("access to /data/*", () => {
  const file: RulesFileInput = {
    rules: [{ name: "data", match: { path: "/data/*" }, access: challenge }],
  };

  it.each([
    "/data/x",
    "/data/",
    "/data",
    "/DATA/x",
    "/Data/x",
    "/%64ata/x",
    "/%44ATA/x",
    "/%2564ata/x",
    "/data;a=b/x",
    "/data;a=b;c/x",
    "/;/data/x",
    "/data%3ba/x",
    "/data%2fx",
    "/data%252fx",
    "/DATA%2Fx",
    String.raw`/data\x`,
    "/data%5cx",
    "//data/x",
    "/./data/x",
    "/x/../data/y",
    "/data/../x",
    "/data/%2e%2e/x",
    "/data/./../x",
    "/DATA/../x",
    "/data;x/y%2F..%2F..%2Fz",
    "/a/..;/data/x",
    "/a/..%2fdata/x",
    "/a/..%252fdata/x",
    "/a/%c0%ae%c0%ae/data/x",
    "/a/..%c0%afdata/x",
    "/%c1%a4ata/x",
    "/%e0%81%a4ata/x",
    "/%f0%80%81%a4ata/x",
    "/a/..%u002fdata/x",
    "/data./x",
    "/data%20/x",
    "/data%00/x",
    "/\uff44ata/x",
    "/%EF%BD%84ata/x",
    "/data%00.html",
    "//x/data/y",
    "///x/data/y",
    "//x/../data/y",
  ])("is refused at %s", (path) => {
    expect(decider(file, path)).toBe("data");
  });

  it.each(["/", "/datax/y", "/x/data/y", "/dat/a", "/x", "/a.b/c", "/a%2fb", "/data-x/../y"])(
    "does not concern %s",
    (path) => {
      expect(decider(file, path)).toBe("built-in");
    },
  );
});

describe("access is refused in the reading that refuses more", () => {
  const one = (path: string): RulesFileInput => ({
    rules: [{ name: "r", match: { path }, access: challenge }],
  });

  it.each([
    ["/account", "/account/"],
    ["/account", "/ACCOUNT/"],
    ["/account", "/account%20"],
    ["/account/", "/account"],
    ["/Account", "/account"],
    ["/@admin/*", "/%40admin/x"],
    ["/@admin/*", "/%40Admin/x"],
    ["/%40admin/*", "/@admin/x"],
    ["/data/:id", "/data/x%2fy"],
    ["/data/:id", "/data/x/"],
    ["/data/:id", "/DATA/x;a=b"],
    ["/a*", "/a."],
    ["/a*", "/A"],
    ["/e*", "/e%CC%81x"],
    ["/K", "/k"],
    ["/k", "/%E2%84%AA"],
    ["/stra\u00dfe", "/STRASSE"],
    ["/caf\u00e9/*", "/cafe%CC%81/x"],
    ["/caf\u00e9/*", "/CAF%C3%89/x"],
    ["/*.pdf", "/x.PDF"],
    ["/*.pdf", "/x.pdf;jsessionid=1"],
    ["/*.pdf", "/x.pdf%00.html"],
    ["/*.pdf", "/x.pdf/"],
  ])("%s refuses %s", (pattern, path) => {
    expect(decider(one(pattern), path)).toBe("r");
  });

  it.each([
    ["/account", "/account/x"],
    ["/data/:id", "/data/x/y"],
    ["/a", "/ab"],
    ["/", "/a"],
  ])("%s does not refuse %s", (pattern, path) => {
    expect(decider(one(pattern), path)).toBe("built-in");
  });

  it("and a page behind an address is read in as many ways", () => {
    expect(decider(one("/Secret"), "/x.md", ["/secret"])).toBe("r");
    expect(decider(one("/Secret"), "/x.md", ["/other"])).toBe("built-in");
  });
});

describe("a rule that allows", () => {
  const file: RulesFileInput = {
    defaults: { access: challenge },
    rules: [{ name: "public", match: { path: "/public/*" }, access: true }],
  };

  it.each(["/public/a", "/public/a/b", "/public/", "/%70ublic/a", "/public/a%20b", "/public/a/"])(
    "allows %s",
    (path) => {
      expect(decider(file, path)).toBe("public");
    },
  );

  it.each([
    "/PUBLIC/a",
    "/public/../x",
    "/public/..%2fx",
    "/public/%2e%2e/x",
    "/public/..%252fx",
    "/public/..;/x",
    String.raw`/public/..\x`,
    "/public/%c0%ae%c0%ae/x",
    "/x/../public/a",
    "/public",
  ])("does not allow %s, which some server reads otherwise", (path) => {
    expect(decider(file, path)).toBe("defaults");
  });

  it("shields only what it matches in every reading from the rules behind it", () => {
    const nested: RulesFileInput = {
      rules: [
        { name: "open", match: { path: "/data/open/*" }, access: true },
        { name: "data", match: { path: "/data/*" }, access: challenge },
      ],
    };
    expect(decider(nested, "/data/open/x")).toBe("open");
    expect(decider(nested, "/data/open/x/")).toBe("open");
    expect(decider(nested, "/data/open/../x")).toBe("data");
    expect(decider(nested, "/data/open%2f..%2fx")).toBe("data");
    expect(decider(nested, "/DATA/open/x")).toBe("data");
  });
});

describe("the key paths", () => {
  const with_ = (paths: NonNullable<RulesFileInput["paths"]>, path: string): RulesFileInput => ({
    paths,
    rules: [{ name: "r", match: { path }, access: challenge, markdown: true }],
  });
  const markdown = (file: RulesFileInput, path: string): string => {
    const parsed = parseRules(JSON.stringify(file), FEATURES);
    if (parsed.kind === "faulty") throw new Error(JSON.stringify(parsed.faults));
    const request = { method: "GET", host: "a", path, agent: { kind: "anonymous" } } as const;
    return compileRules(parsed.value, FEATURES).forRequest(request)("markdown").rule;
  };

  it("narrows access", () => {
    expect(decider(with_({ case: "sensitive" }, "/data/*"), "/DATA/x")).toBe("built-in");
    expect(decider(with_({ trailingSlash: "different" }, "/data"), "/data/")).toBe("built-in");
    expect(decider(with_({ parameters: "literal" }, "/data/*"), "/data;x/y")).toBe("built-in");
    expect(decider(with_({ case: "insensitive" }, "/data/*"), "/DATA/x")).toBe("r");
  });

  it("lets all features match as the origin reads", () => {
    expect(markdown(with_({ case: "insensitive" }, "/Data/*"), "/dATA/x")).toBe("r");
    expect(markdown(with_({}, "/Data/*"), "/dATA/x")).toBe("built-in");
    expect(markdown(with_({ trailingSlash: "same" }, "/data"), "/data/")).toBe("r");
    expect(markdown(with_({ trailingSlash: "same" }, "/data/*"), "/data")).toBe("r");
    expect(markdown(with_({}, "/data"), "/data/")).toBe("built-in");
    expect(markdown(with_({ parameters: "ignore" }, "/data/*"), "/data;x/y")).toBe("r");
  });

  it("applies an exception in every spelling that the origin treats as the same", () => {
    const file: RulesFileInput = {
      paths: { case: "insensitive" },
      rules: [
        { name: "open", match: { path: "/data/open/*" }, access: true },
        { name: "data", match: { path: "/data/*" }, access: challenge },
      ],
    };
    expect(decider(file, "/DATA/Open/x")).toBe("open");
  });

  it("leaves content alone if dot segments are forwarded as received", () => {
    const file: RulesFileInput = {
      paths: { dotSegments: "as-received" },
      defaults: { markdown: true },
    };
    expect(markdown(file, "/a/../b")).toBe("built-in");
    expect(markdown(file, "/b")).toBe("defaults");
  });
});

describe("a path with more readings than the bound", () => {
  const hostile = `/${String.raw`a;b%2f..%2f%5c..\//.%3bx%252e%252e%252f`.repeat(40)}`;
  const file: RulesFileInput = {
    defaults: { markdown: true },
    rules: [
      { name: "allow", match: { path: "/open/*" }, access: true },
      { name: "post", match: { method: "POST", path: "/*" }, access: challenge },
      { name: "data", match: { path: "/data/*" }, access: challenge },
    ],
  };

  it("gets the strictest policy of all rules that could match", () => {
    expect(decider(file, hostile)).toBe("data");
    expect(decider({ ...file, rules: file.rules?.slice(0, 1) ?? [] }, hostile)).toBe("built-in");
  });
});
