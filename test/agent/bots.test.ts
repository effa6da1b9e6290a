import { array, assert, constantFrom, property } from "fast-check";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "jsonc-parser";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { compileBots } from "../../src/agent/bot-table.ts";
import { botSchema, mergeBots, type Bot } from "../../src/agent/bots.ts";

function bot(name: string, parts: Partial<Bot> = {}): Bot {
  return v.parse(botSchema, { name, tokens: [name], operator: "O", category: "Other", ...parts });
}

const BOTS: readonly Bot[] = [
  bot("Claude"),
  bot("Claude-User"),
  bot("ChatGPT agent"),
  bot("SignedA", { operator: "S", signatureAgents: ["https://s.example/"] }),
  bot("SignedB", { operator: "S", signatureAgents: ["https://s.example"] }),
  bot("Single", { operator: "T", signatureAgents: ["https://t.example"] }),
  bot("RobotsOnly", { tokens: [], robotsOnly: true }),
];
const TABLE = compileBots(BOTS);

const claimed = (userAgent: string | undefined): Bot | undefined => TABLE.claims(userAgent)[0];

describe("the first of the claims", () => {
  test.each([
    ["Mozilla/5.0 (compatible; Claude/1.0; +https://x.example)", "Claude"],
    ["claude", "Claude"],
    ["Claude Claude-User/1.0", "Claude-User"],
    ["Mozilla/5.0 AppleWebKit (like; ChatGPT Agent/1)", "ChatGPT agent"],
  ])("%s is %s", (userAgent, name) => {
    expect(claimed(userAgent)?.name).toBe(name);
  });

  test.each([
    undefined,
    "",
    "Claudette/1.0",
    "MyClaude",
    "Claude-Userish",
    "RobotsOnly/1.0",
    "constructor",
  ])("%s is no bot", (userAgent) => {
    expect(claimed(userAgent)).toBeUndefined();
  });

  test("a very long User-Agent is read at its start only", () => {
    expect(claimed(`Claude ${"x".repeat(100_000)}`)?.name).toBe("Claude");
    expect(claimed(`${"x ".repeat(50_000)}Claude`)).toBeUndefined();
  });
});

test("a lookup gives the same result whatever was looked up before", () => {
  const names = ["Claude", "Claude-User", "ChatGPT agent", "SignedA", "Single", "Mozilla/5.0", "x"];
  const userAgents = array(constantFrom(...names), { maxLength: 4 }).map((some) => some.join(" "));
  assert(
    property(array(userAgents, { maxLength: 30 }), (asked) => {
      const table = compileBots(BOTS);
      for (const userAgent of asked) {
        expect(table.claims(userAgent)).toEqual(compileBots(BOTS).claims(userAgent));
      }
    }),
  );
});

describe("bySignatureAgent", () => {
  test("the key directory proves the operator, the token says which of its bots", () => {
    expect(TABLE.bySignatureAgent("https://s.example", "SignedB/1")?.name).toBe("SignedB");
    expect(TABLE.bySignatureAgent("https://S.example/", "SignedA/1")?.name).toBe("SignedA");
    expect(TABLE.bySignatureAgent("https://t.example", undefined)?.name).toBe("Single");
  });

  test("never the bot of another operator, whatever the User-Agent says", () => {
    expect(TABLE.bySignatureAgent("https://s.example", "Claude/1")).toBeUndefined();
    expect(TABLE.bySignatureAgent("https://t.example", "Claude/1")?.name).toBe("Single");
    expect(TABLE.bySignatureAgent("https://unlisted.example", "Claude/1")).toBeUndefined();
  });
});

describe("mergeBots", () => {
  test("replaces by name in place, and adds at the end", () => {
    const merged = mergeBots([bot("a"), bot("b")], [bot("c"), bot("a", { operator: "P" })]);
    expect(merged.map(({ name, operator }) => `${name} ${operator}`)).toEqual([
      "a P",
      "b O",
      "c O",
    ]);
  });
});

test("in the built-in table each token names one bot, and robots.txt names have none", () => {
  const text = readFileSync(join(import.meta.dirname, "../../rules/bots.jsonc"), "utf8");
  const bots = v.parse(v.array(botSchema), parse(text));
  const tokens = bots.flatMap((each) => each.tokens.map((token) => token.toLowerCase()));
  expect(new Set(tokens).size).toBe(tokens.length);
  expect(new Set(bots.map(({ name }) => name)).size).toBe(bots.length);
  expect(bots.filter((each) => each.robotsOnly && each.tokens.length > 0)).toEqual([]);
  const table = compileBots(bots);
  for (const each of bots) {
    for (const token of each.tokens) {
      expect(table.claims(`Mozilla/5.0 (compatible; ${token}/1.0)`)[0]?.name).toBe(each.name);
    }
  }
});
