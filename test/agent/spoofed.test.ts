import { readFileSync } from "node:fs";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { verdictOf, verdictsOf, asClaim, type Agent } from "../../src/agent/agent.ts";
import { compileBots } from "../../src/agent/bot-table.ts";
import { botSchema, hasCompleteRanges } from "../../src/agent/bots.ts";
import type { DnsAnswer } from "../../src/agent/dns-resolver.ts";
import { identify } from "../../src/agent/identify.ts";
import { createNetworkEvidence } from "../../src/agent/network-evidence.ts";
import { createOperatorRanges } from "../../src/agent/operator-ranges.ts";
import { createReverseDns } from "../../src/agent/reverse-dns.ts";
import { FactExchange } from "../../src/simulate/run.ts";
import { parseValidBots } from "../../src/rules/parse.ts";

const bot = (name: string, more: object = {}) =>
  v.parse(botSchema, { name, tokens: [name], operator: name, category: "AI Crawler", ...more });
const LIST = "https://list.example/ranges.json";
const OTHER = "https://list.example/others.json";
const BOTS = [
  bot("Whole", { ipRanges: [LIST], ipRangesComplete: "https://list.example/says" }),
  bot("Partly", { ipRanges: ["192.0.2.0/24"] }),
  bot("Blocks", { ipRanges: ["192.0.2.0/24"], ipRangesComplete: true }),
  bot("File", { ipRanges: ["./list.json"], ipRangesComplete: true }),
  bot("Fleet", { ipRanges: ["192.0.2.0/24"], ipRangesComplete: true, operator: "F" }),
  bot("Fleet-News", { ipRanges: [OTHER], operator: "F" }),
  bot("Named", {
    ipRanges: ["192.0.2.0/24"],
    ipRangesComplete: true,
    reverseDns: ["names.example"],
  }),
  bot("Empty", { ipRangesComplete: true }),
];
const json = (...prefixes: string[]) =>
  JSON.stringify({ prefixes: prefixes.map((ipv4Prefix) => ({ ipv4Prefix })) });

const IN = "192.0.2.9";
const OUT = "198.51.100.9";
const HOUR = 3600;

function setUp(options: { records?: Record<string, string[] | "unknown">; wait?: number } = {}) {
  const clock = { now: 1_000_000 };
  const lists: Record<string, string | undefined> = { [LIST]: json("192.0.2.0/24") };
  const ranges = createOperatorRanges({
    bots: BOTS,
    now: () => clock.now,
    fetch: (url) => {
      const text = lists[url];
      return Promise.resolve(
        new Response(text ?? null, { status: text === undefined ? 404 : 200 }),
      );
    },
    readFile: () => json("192.0.2.0/24"),
  });
  const lookUp = async (name: string): Promise<DnsAnswer> => {
    const values = options.records?.[name] ?? [];
    return values === "unknown" ? { kind: "unknown" } : { kind: "records", values, ttl: 300 };
  };
  const checkNetwork = createNetworkEvidence({
    bots: BOTS,
    ranges,
    reverseDns: createReverseDns({
      resolver: { lookUp },
      now: () => clock.now,
      isWanted: () => true,
    }),
    timeout: options.wait ?? 0,
  });
  const verdict = async (name: string, address: string | undefined): Promise<string> => {
    const exchange = new FactExchange(
      {
        method: "GET",
        scheme: "https",
        host: "a",
        target: "/",
        fields: [["user-agent", `Mozilla/5.0 (compatible; ${name}/1.0)`]],
        address,
      },
      { origin: "https://a", host: "a" },
    );
    const agent = await identify(exchange, {
      bots: compileBots(BOTS),
      directories: {} as never,
      now: () => clock.now,
      verification: {} as never,
      checkNetwork,
      onFailure: (error) => {
        throw error;
      },
    });
    await Promise.all(exchange.work);
    return verdictOf(agent);
  };
  return { clock, lists, ranges, verdict };
}

describe("a claim is spoofed", () => {
  test("if a list is complete and fresh, and the address is not in it", async () => {
    const { ranges, verdict } = setUp();
    expect(await verdict("Whole", OUT)).toBe("claimed");
    await ranges.refresh();
    expect(await verdict("Whole", OUT)).toBe("spoofed");
    expect(await verdict("Whole", IN)).toBe("verified");
    expect(await verdict("Whole", "2001:db8::1")).toBe("spoofed");
    expect(await verdict("Blocks", OUT)).toBe("spoofed");
    expect(await verdict("File", OUT)).toBe("spoofed");
  });

  test("and not if the table does not say that the list is complete", async () => {
    const { ranges, verdict } = setUp();
    await ranges.refresh();
    expect(await verdict("Partly", OUT)).toBe("claimed");
    expect(await verdict("Empty", OUT)).toBe("claimed");
    expect(hasCompleteRanges(bot("Empty", { ipRangesComplete: true }))).toBe(false);
  });

  test("and not by a list that was fetched more than 48 hours ago", async () => {
    const { clock, ranges, verdict } = setUp();
    await ranges.refresh();
    clock.now += 48 * HOUR;
    expect(await verdict("Whole", OUT)).toBe("spoofed");
    clock.now += 1;
    expect(await verdict("Whole", OUT)).toBe("claimed");
    expect(await verdict("Whole", IN)).toBe("verified");
    expect(await verdict("Blocks", OUT)).toBe("spoofed");
    expect(await verdict("File", OUT)).toBe("spoofed");
    await ranges.refresh();
    expect(await verdict("Whole", OUT)).toBe("spoofed");
  });

  test("and not by a list with an entry that can't be read", async () => {
    const { lists, ranges, verdict } = setUp();
    lists[LIST] = json("192.0.2.0/24", "192.0.2.0/99");
    await ranges.refresh();
    expect(await verdict("Whole", OUT)).toBe("claimed");
    expect(await verdict("Whole", IN)).toBe("verified");
  });

  test("and not while another list of the fleet is missing", async () => {
    const { lists, ranges, verdict } = setUp();
    await ranges.refresh();
    expect(await verdict("Fleet", OUT)).toBe("claimed");
    lists[OTHER] = json("203.0.113.0/24");
    await ranges.refresh();
    expect(await verdict("Fleet", OUT)).toBe("spoofed");
    expect(await verdict("Fleet", "203.0.113.1")).toBe("verified");
    expect(await verdict("Fleet-News", OUT)).toBe("claimed");
  });

  test.each([
    "127.0.0.1",
    "10.1.2.3",
    "192.168.0.9",
    "100.64.0.1",
    "::1",
    "fd00::1",
    "::ffff:10.0.0.1",
  ])("and not from %s, which is most likely a proxy in front", async (address) => {
    const { ranges, verdict } = setUp();
    await ranges.refresh();
    expect(await verdict("Whole", address)).toBe("claimed");
  });

  test("and not from an unknown address", async () => {
    const { ranges, verdict } = setUp();
    await ranges.refresh();
    expect(await verdict("Whole", undefined)).toBe("claimed");
  });

  test("and not before a host name is looked up that could prove it", async () => {
    const { verdict } = setUp();
    expect(await verdict("Named", "9.9.9.9")).toBe("claimed");
    expect(await verdict("Named", "9.9.9.9")).toBe("spoofed");
    const waiting = setUp({ wait: 500 });
    expect(await waiting.verdict("Named", "9.9.9.9")).toBe("spoofed");
    const named = setUp({
      wait: 500,
      records: { "9.9.9.9.in-addr.arpa": ["a.names.example"], "a.names.example": ["9.9.9.9"] },
    });
    expect(await named.verdict("Named", "9.9.9.9")).toBe("verified");
  });

  test("and only for the bot that the agent counts as", async () => {
    const { ranges, verdict } = setUp();
    await ranges.refresh();
    expect(await verdict("Partly/1 Whole", OUT)).toBe("claimed");
  });
});

test("a refuted signature does not hide that the address refutes the claim, too", () => {
  const [bot] = BOTS as [(typeof BOTS)[0]];
  const agent: Agent = { kind: "invalid", bot, reason: "expired", isSpoofed: true };
  expect(verdictsOf(agent)).toEqual(["invalid", "spoofed"]);
  expect(verdictsOf(asClaim(agent))).toEqual(["invalid", "spoofed"]);
  expect(verdictsOf({ kind: "invalid", bot, reason: "expired" })).toEqual(["invalid"]);
  expect(verdictsOf({ kind: "anonymous" })).toEqual(["anonymous"]);
});

test("the table says of few bots that it has all their addresses, each with the page that says so", () => {
  const text = readFileSync(new URL("../../rules/bots.jsonc", import.meta.url), "utf8");
  const complete = (parseValidBots(text) ?? []).filter(hasCompleteRanges);
  expect(complete.map(({ name }) => name)).toEqual(["GPTBot", "DuckDuckBot", "DuckAssistBot"]);
  for (const { ipRangesComplete } of complete) {
    expect(String(ipRangesComplete)).toMatch(
      /^https:\/\/(?:platform\.openai\.com|duckduckgo\.com)\//,
    );
  }
});
