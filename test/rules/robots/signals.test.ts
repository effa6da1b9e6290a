import { readFileSync } from "node:fs";
import { array, assert, constantFrom, property, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { ANONYMOUS } from "../../../src/agent/agent.ts";
import { FEATURES } from "../../../src/features.ts";
import { compileRules } from "../../../src/rules/compile.ts";
import { loadRules } from "../../../src/rules/load.ts";
import { compileRobots } from "../../../src/rules/robots/index.ts";
import { target } from "./arbitrary.ts";
import { usageFor } from "./usage-reader.ts";

const BOTS = readFileSync("rules/bots.jsonc", "utf8");
const SITE = "https://www.example.com";

/** The file that rules and the origin server's file make, and the reasons of the parts that it lacks. */
function made(file: object, own?: string) {
  const { rules, bots } = loadRules(JSON.stringify(file), "r", BOTS, () => undefined, FEATURES);
  const robots = compileRobots(rules, FEATURES, bots);
  const result = robots.compile(
    own === undefined ? undefined : new TextEncoder().encode(own),
    SITE,
  );
  return {
    rules,
    text: new TextDecoder().decode(result.file?.content),
    lines: result.file?.lines ?? [],
    unsaid: robots.unsaid("www.example.com").map(({ name, why }) => `${name}: ${why}`),
    unsaidHere: result.unsaid.map(({ rule, why }) => `${rule}: ${why}`),
  };
}

const FREE = { name: "free", match: { path: "/free/*" } };
const SIGNALS = { search: true, aiTrain: false };

describe("Content-Usage in robots.txt", () => {
  test("has a line for each path for which a rule has its own signals", () => {
    const { text, unsaid } = made({
      signals: { ...SIGNALS, aiInput: true },
      rules: [
        { ...FREE, signals: { aiTrain: true } },
        { name: "silent", match: { path: "/silent" }, signals: {} },
      ],
    });
    expect(text).toBe(`User-agent: *
Content-Signal: search=yes, ai-input=yes, ai-train=no
Content-Usage: train-ai=n, search=y
Content-Usage: /free/ train-ai=y
Content-Usage: /silent$
Content-Usage: /silent?
Disallow:
`);
    expect(unsaid).toEqual([
      "free: Content-Signal: a group has one line for all pages",
      "silent: Content-Signal: a group has one line for all pages, and this rule states none",
    ]);
  });

  test("is in the groups of the bots that a rule names alone", () => {
    const { text } = made({
      signals: SIGNALS,
      rules: [
        {
          name: "a",
          match: { path: "/a/*", agent: { name: "GPTBot" } },
          signals: { aiTrain: true, search: true },
        },
      ],
    });
    const [all, bot] = ["OtherBot", "GPTBot"].map((token) => usageFor(text, token));
    expect([all?.("/a/x"), bot?.("/a/x"), bot?.("/b")]).toEqual([
      "train-ai=n, search=y",
      "train-ai=y, search=y",
      "train-ai=n, search=y",
    ]);
  });

  const usage = constantFrom({ aiTrain: true }, { aiTrain: false }, {}, { search: false });
  const path = constantFrom("/a/*", "/a/b/*", "/*/b", "/a", "/*.pdf", "/b*", "/:x/feed", "/ab*b/*");
  const rule = record({ path, signals: usage, mode: constantFrom("enforce", "off") });

  test("says of each page what the field of its response says, or check tells", () => {
    let told = 0;
    let compared = 0;
    const agrees = property(
      array(rule, { maxLength: 5 }),
      usage,
      array(target),
      (list, all, to) => {
        const rules = list.map((each, i) => {
          const signals = { ...each.signals, mode: each.mode };
          return { name: `r${i}`, match: { path: each.path }, signals };
        });
        const file = { paths: EXACT, signals: all, rules };
        const { text, unsaid, rules: loaded } = made(file);
        const said = usageFor(text, "AnyBot");
        const policyOf = compileRules(loaded, FEATURES);
        for (const each of to) {
          const [path = "", query] = each.split("?");
          const at = { method: "GET", host: "www.example.com", path, query: query ?? "" };
          const decided = policyOf.forRequest({ ...at, agent: ANONYMOUS })("signals");
          const { aiTrain, search } = decided.policy as { aiTrain?: boolean; search?: boolean };
          const parts = [aiTrain === undefined ? [] : `train-ai=${aiTrain ? "y" : "n"}`];
          const other = search === undefined ? [] : `search=${search ? "y" : "n"}`;
          const wanted = decided.mode === "enforce" ? [...parts, other].flat().join(", ") : "";
          compared++;
          if (said(each) === wanted) continue;
          told++;
          if (!unsaid.some((why) => why.includes("Content-Usage"))) {
            expect([each, said(each), text]).toEqual([each, wanted, text]);
          }
        }
      },
    );
    assert(agrees, { numRuns: Number(process.env["ROBOTS_RUNS"] ?? 150), seed: 3 });
    expect(told / compared).toBeLessThan(0.05);
  }, 120_000);
});

/** The site reads paths as they are written: rules concern no other spellings. */
const EXACT = { case: "sensitive", trailingSlash: "different", parameters: "literal" };

describe("the origin server's own signals", () => {
  const own = "User-agent: *\nContent-Signal: ai-train=yes\nDisallow: /x/\n";

  test("take precedence in both fields", () => {
    const { text, unsaidHere } = made({ signals: SIGNALS, rules: [] }, own);
    expect(text).toBe("");
    expect(unsaidHere[0]).toBe(
      "defaults: Content-Signal: the origin server's file has content-signal",
    );
  });

  test("are replaced if the rule overrides them", () => {
    const { text, lines } = made({ signals: { ...SIGNALS, override: true } }, own);
    expect(text).toBe(
      "User-agent: *\nDisallow: /x/\nContent-Signal: search=yes, ai-train=no\nContent-Usage: train-ai=n, search=y\n",
    );
    expect(lines[2]?.source).toEqual({ from: "rule", rule: "defaults" });
  });

  test("of one group leave another group its line", () => {
    const { text } = made({ signals: SIGNALS }, `${own}\nUser-agent: GPTBot\nDisallow: /y/\n`);
    expect(text).toBe(
      `${own}\nUser-agent: GPTBot\nDisallow: /y/\nContent-Signal: search=yes, ai-train=no\nContent-Usage: train-ai=n, search=y\n`,
    );
  });
});

describe("License in robots.txt", () => {
  test("is one absolute URL outside of all groups", () => {
    const { text, unsaid } = made(
      {
        signals: { license: true },
        rules: [{ ...FREE, signals: { license: "https://other.example/l.xml" } }],
      },
      "User-agent: *\nDisallow: /x/\n",
    );
    expect(text).toBe(
      "User-agent: *\nDisallow: /x/\n\nLicense: https://www.example.com/license.xml\n",
    );
    expect(unsaid).toEqual(["free: License: a file has one line for the whole site"]);
  });

  const own = "License: /mine.xml\n\nUser-agent: *\nDisallow: /x/\n";

  test("is the origin server's own if that has one, unless the rule overrides it", () => {
    const yielding = made({ signals: { license: true } }, own);
    expect([yielding.text, yielding.unsaidHere]).toEqual([
      "",
      ["defaults: License: the origin server's file has one in line 1"],
    ]);
    const { text, lines } = made({ signals: { license: true, override: true } }, own);
    expect(text).toBe(
      "\nUser-agent: *\nDisallow: /x/\n\nLicense: https://www.example.com/license.xml\n",
    );
    expect(lines.at(-1)?.source).toMatchObject({ because: { line: 1, is: "overridden" } });
  });
});

describe("the group for the purpose of training", () => {
  const TOKEN = { trainingToken: "Example-Training" };

  test("forbids what the rules do not let be used for training", () => {
    const { text } = made({
      signals: { ...TOKEN, aiTrain: false, contentUsage: false },
      rules: [{ ...FREE, signals: { ...TOKEN, aiTrain: true, contentUsage: false } }],
    });
    expect(text).toContain(
      "User-agent: Example-Training\nContent-Signal: ai-train=no\nDisallow: /\nAllow: /free/\n",
    );
  });

  test("restates the origin server's rules for all, and what access blocks for all", () => {
    const { text } = made(
      {
        signals: { ...TOKEN, aiTrain: true, contentUsage: false },
        rules: [{ name: "d", match: { path: "/drafts/*" }, access: { action: "block" } }],
      },
      "User-agent: *\nDisallow: /x/\n",
    );
    expect(text).toMatch(
      /User-agent: Example-Training\nDisallow: \/x\/\nContent-Signal: ai-train=yes\n(?:Allow: .*\n)*Disallow: \/drafts\/\n/,
    );
  });

  test("is left to the origin server if its file has one, and tells which rules it can't follow", () => {
    const own = "User-agent: example-training\nDisallow:\n\nUser-agent: *\nDisallow: /x/\n";
    const signals = { ...TOKEN, aiTrain: false, contentUsage: false };
    const rules = [
      { name: "some", match: { agent: { behaviour: "Training" } }, signals },
      { ...FREE, signals: { ...signals, percentage: 5 } },
    ];
    const { text, unsaid, unsaidHere } = made({ signals, rules }, own);
    expect(text).toContain("User-agent: example-training\nDisallow:\n");
    expect(text).not.toContain("Example-Training");
    expect(unsaidHere).toContain(
      "defaults: the origin server's file has a group for Example-Training",
    );
    expect(unsaid).toEqual(
      expect.arrayContaining([
        "some: the group of Example-Training: the rule is for some agents only",
        "free: the group of Example-Training: it is in force for a share of agents only",
      ]),
    );
    const over = made({ signals: { ...signals, override: true } }, own);
    expect(over.text).toMatch(/User-agent: example-training\nDisallow:\n(?:.*\n)*?Disallow: \/\n/);
  });

  test("can be that of a token in the table, which gets one group", () => {
    const { text } = made({
      signals: { trainingToken: "google-extended", aiTrain: false, contentUsage: false },
    });
    expect(text.match(/google-extended/gi)).toHaveLength(1);
    expect(text).toMatch(/User-agent: Google-Extended\n(?:Content.*\n)*Disallow: \/\n/);
  });
});

describe("bots without a token", () => {
  test("are listed if a rule is for them", () => {
    const block = { access: { action: "block" } };
    const rules = [
      { name: "crawlers", match: { agent: { category: "AI Crawler" } }, ...block },
      { name: "all", match: { path: "/drafts/*" }, ...block },
      { name: "sogou", match: { agent: { name: "Sogou" } }, access: { action: "challenge" } },
    ];
    const { unsaid } = made({ rules });
    const unnamed = unsaid.filter((each) => each.includes("no group can name"));
    expect(unnamed).toHaveLength(1);
    expect(unnamed[0]).toMatch(/^crawlers: no group can name .*Kangaroo Bot/);
  });
});
