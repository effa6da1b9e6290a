import { describe, expect, test } from "vitest";
import { FEATURES } from "../../src/features.ts";
import { accessFeature } from "../../src/features/access/feature.ts";
import { decideSignals, formatSignal } from "../../src/features/signals/decide.ts";
import { licenseUrl, writeLicense } from "../../src/features/signals/license.ts";
import { contentsOf } from "../support/rsl.ts";
import { signalsFeature } from "../../src/features/signals/feature.ts";
import { signalsOptions } from "../../src/features/signals/policy.ts";
import { accessOptions } from "../../src/features/access/policy.ts";
import { readRules } from "../../src/rules/load.ts";
import { findWarnings } from "../../src/rules/warnings.ts";
import * as v from "valibot";

const policy = (said: object) => v.parse(signalsOptions, said);

describe("a signal", () => {
  test.each([
    [{}, ""],
    [{ search: true }, "search=yes"],
    [{ aiTrain: false, search: true, aiInput: true }, "search=yes, ai-input=yes, ai-train=no"],
    [{ use: "full" }, "use=full"],
  ])("of %o is %s", (said, text) => expect(formatSignal(policy(said))).toBe(text));

  test.each([
    [304, undefined, "status"],
    [404, undefined, "status"],
    [200, "search=no", "origin-has-its-own"],
  ])("is not stated on %s with %s: %s", (status, own, reason) => {
    const decision = decideSignals(
      status,
      { signal: own, usage: "search=n" },
      policy({ search: true }),
    );
    expect(decision).toEqual({ kind: "declined", reason });
  });

  test("that says nothing is not stated", () => {
    expect(decideSignals(200, {}, policy({}))).toMatchObject({
      reason: "nothing-said",
    });
  });
});

describe("the fields of content", () => {
  const LICENSE = "https://www.example.com/license.xml";
  const all = { search: true, aiInput: true, aiTrain: false, use: "reference" };
  const LINK = `<${LICENSE}>; rel="license"; type="application/rsl+xml"`;
  const NONE = {};
  test.each([
    [
      all,
      NONE,
      {
        signal: "search=yes, ai-input=yes, ai-train=no, use=reference",
        usage: "train-ai=n, search=y",
      },
    ],
    [{ aiInput: false }, NONE, { signal: "ai-input=no" }],
    [{ ...all, contentUsage: false }, { signal: "search=no" }, undefined],
    // The origin server's field decides about the other one too.
    [all, { signal: "ai-train=yes" }, { usage: "train-ai=y" }],
    [
      all,
      { usage: "train-ai=y" },
      { signal: "ai-train=yes, search=yes, ai-input=yes, use=reference" },
    ],
    [
      all,
      { usage: "train-ai=maybe, other, search=?1" },
      { signal: "search=yes, ai-input=yes, ai-train=no, use=reference" },
    ],
    // A page's own signal is completed.
    [
      all,
      { signal: "ai-train=yes", isOfPage: true },
      {
        signal: "ai-train=yes, search=yes, ai-input=yes, use=reference",
        usage: "train-ai=y, search=y",
      },
    ],
    [
      { aiTrain: false, override: true },
      { signal: "ai-train=yes", usage: "search=y" },
      { signal: "ai-train=no", usage: "train-ai=n" },
    ],
  ])("of %j beside %j are %j", (said, own, fields) => {
    const decision = decideSignals(200, own, policy(said));
    expect(decision).toEqual(
      fields === undefined
        ? { kind: "declined", reason: "origin-has-its-own" }
        : { kind: "state", fields },
    );
  });

  test("name the license, unless the origin server names one", () => {
    const decide = (link: string | undefined, said: object = {}) =>
      decideSignals(200, { link }, policy({ license: true, ...said }), LICENSE);
    const own = '</style.css>; rel=preload, </terms>; rel="license", </a,b>; rel=next';
    expect(decide(undefined)).toEqual({ kind: "state", fields: { license: LINK } });
    expect(decide('</style.css>; rel="preload"')).toEqual({
      kind: "state",
      fields: { license: LINK },
    });
    expect(decide(own)).toEqual({ kind: "declined", reason: "origin-has-its-own" });
    expect(decide(own, { override: true })).toEqual({
      kind: "state",
      fields: { license: LINK, link: "</style.css>; rel=preload, </a,b>; rel=next" },
    });
  });
});

describe("the license that the proxy writes", () => {
  const setting = (
    paths: string[] | undefined,
    said: object,
    mode: "enforce" | "off" = "enforce",
  ) => ({
    paths,
    mode,
    policy: policy(said),
  });

  test("has the terms of each part, as well-formed XML", () => {
    const text = writeLicense([
      setting(["/a&b<\">'/*", "/free"], { aiTrain: true }),
      setting(["/free*"], { aiTrain: false }),
      setting(["/free/deep/*", "/:lang/x", "/x*y"], { search: false }),
      setting(["/off/*"], { search: false }, "off"),
      setting(undefined, { search: true, aiInput: true, aiTrain: false }),
    ]);
    expect(contentsOf(text)).toEqual([
      { url: `/a&b<">'/`, permits: ["ai-train"], prohibits: [] },
      { url: "/free$", permits: ["ai-train"], prohibits: [] },
      { url: "/free", permits: [], prohibits: ["ai-train"] },
      { url: "/", permits: ["search", "ai-input"], prohibits: ["ai-train"] },
    ]);
  });

  test.each([
    [false, undefined],
    [true, "https://www.example.com/license.xml"],
    ["/legal/terms.xml", "https://www.example.com/legal/terms.xml"],
    ["https://other.example/rsl", "https://other.example/rsl"],
  ])("or another one is named: %s", (license, url) => {
    expect(licenseUrl(policy({ license }), "https://www.example.com")).toBe(url);
  });

  test.each([
    "license.xml",
    "//other.example/x",
    "/a b",
    "/a>b",
    "javascript:x",
    "https://",
    "/a\nb",
  ])("is not %j", (license) =>
    expect(v.safeParse(signalsOptions, { license }).success).toBe(false),
  );
});

describe("signals at the top of the rules", () => {
  const read = (rules: object) => readRules(JSON.stringify(rules), "[]", () => undefined, FEATURES);

  test("are the default, and a fault beside those in defaults", () => {
    const said = { aiTrain: false };
    expect(read({ signals: said })).toMatchObject({ rules: { defaults: { signals: said } } });
    expect(read({ signals: said, defaults: { signals: said } })).toMatchObject({
      kind: "faulty",
      faults: [{ pointer: "/signals" }],
    });
    expect(read({ signals: { aiTrian: false } })).toMatchObject({
      faults: [{ pointer: "/signals/aiTrian", code: "unknown-key" }],
    });
  });

  test("take the place of markdown.contentSignal, of which check warns", () => {
    const found = read({ defaults: { markdown: { contentSignal: { search: "yes" } } } });
    if (found.kind === "faulty") throw new Error("faulty");
    expect(findWarnings(found)).toMatchObject([
      { pointer: "/defaults/markdown/contentSignal", code: "deprecated" },
    ]);
    const percent = read({ signals: { mode: "observe", percentage: 5, search: true } });
    if (percent.kind === "faulty") throw new Error("faulty");
    expect(findWarnings(percent)).toMatchObject([{ pointer: "/signals/percentage" }]);
  });
});

test("a policy gives its lines for robots.txt", () => {
  expect(signalsFeature.robots?.(policy({ aiTrain: false }))).toEqual([
    { kind: "field", name: "Content-Signal", value: "ai-train=no", alike: ["Content-Usage"] },
    {
      kind: "field",
      name: "Content-Usage",
      value: "train-ai=n",
      takesPath: true,
      alike: ["Content-Signal"],
    },
  ]);
  expect(signalsFeature.robots?.(policy({}))).toEqual([]);
  const rest = { license: true, contentUsage: false, trainingToken: "Example-Training" };
  expect(signalsFeature.robots?.(policy({ ...rest, aiTrain: true }))).toEqual([
    { kind: "field", name: "Content-Signal", value: "ai-train=yes", alike: ["Content-Usage"] },
    { kind: "site", name: "License", value: "/license.xml" },
    { kind: "token", token: "Example-Training", name: "Allow" },
  ]);
  expect(signalsFeature.robots?.(policy({ ...rest, license: "https://a.example/x" }))).toEqual([
    { kind: "site", name: "License", value: "https://a.example/x" },
  ]);
  const overriding = signalsFeature.robots?.(policy({ license: true, override: true }));
  expect(overriding).toEqual([
    { kind: "site", name: "License", value: "/license.xml", overrides: true },
  ]);
  const access = (said: object) => accessFeature.robots?.(v.parse(accessOptions, said));
  expect(access({ action: "allow" })).toEqual([{ kind: "paths", name: "Allow" }]);
  expect(access({ action: "challenge" })).toMatchObject([{ kind: "unsaid" }]);
});
