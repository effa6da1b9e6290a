import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { compileBots } from "../../src/agent/bot-table.ts";
import { botSchema, CATEGORIES } from "../../src/agent/bots.ts";
import type { DnsAnswer } from "../../src/agent/dns-resolver.ts";
import { createStoredRanges } from "../../src/agent/stored-ranges.ts";
import { createNetworkEvidence, type NetworkFacts } from "../../src/agent/network-evidence.ts";
import { createOperatorRanges } from "../../src/agent/operator-ranges.ts";
import { botOfVerdict, fitsVerdict } from "../../src/agent/platform-category.ts";
import { createReverseDns } from "../../src/agent/reverse-dns.ts";
import { memoryStore } from "../../src/store/memory.ts";

const LIST = "https://list.example/ranges.json";
const bot = (name: string, operator: string, more: object = {}) =>
  v.parse(botSchema, { name, tokens: [name], operator, category: "AI Crawler", ...more });
const BOTS = [
  bot("Lister", "L", { ipRanges: [LIST] }),
  bot("Namer", "N", { reverseDns: ["names.example"] }),
  bot("Both", "B", { ipRanges: ["9.9.9.0/24"], reverseDns: ["both.example"] }),
  bot("Nothing", "X"),
  bot("Gbot", "G", {
    behaviours: ["Search", "Training"],
    reverseDns: ["crawl-*.gbot.example"],
    ipRanges: ["9.0.0.0/16"],
  }),
  bot("Gbot-News", "G", { behaviours: ["Search"] }),
  bot("Gads", "G", {
    fleet: "special",
    reverseDns: ["rate-limited-proxy-*.g.example"],
    ipRanges: ["9.1.0.0/16"],
  }),
  bot("Gfetch", "G", {
    behaviours: ["Agent"],
    reverseDns: ["google-proxy-*.g.example"],
    ipRanges: ["9.2.0.0/16"],
  }),
  bot("Gfeed", "G", { fleet: "user-triggered" }),
];
const table = compileBots(BOTS);
const json = (...prefixes: string[]) =>
  JSON.stringify({ prefixes: prefixes.map((ipv4Prefix) => ({ ipv4Prefix })) });

function setUp(options: { timeout?: number; records?: Record<string, readonly string[]> } = {}) {
  const clock = { now: 1000 };
  let answer: () => Promise<Response> = () => Promise.resolve(new Response(json("8.8.8.0/24")));
  const fetched: [string, string, number][] = [];
  const ranges = createOperatorRanges({
    bots: BOTS,
    now: () => clock.now,
    fetch: () => answer(),
    readFile: () => undefined,
    onFetched: (...list) => fetched.push(list),
  });
  const lookUp = async (name: string): Promise<DnsAnswer> => {
    const values = options.records?.[name];
    return values === undefined ? { kind: "unknown" } : { kind: "records", values, ttl: 300 };
  };
  const weigh = createNetworkEvidence({
    bots: BOTS,
    ranges,
    reverseDns: createReverseDns({
      resolver: { lookUp },
      now: () => clock.now,
      isWanted: () => true,
    }),
    timeout: options.timeout ?? 0,
  });
  const work: Promise<unknown>[] = [];
  const facts = (address: string | undefined, more: Partial<NetworkFacts> = {}): NetworkFacts => ({
    address,
    platform: undefined,
    background: (each) => void work.push(each),
    ...more,
  });
  return {
    clock,
    ranges,
    fetched,
    serve: (next: () => Promise<Response>) => (answer = next),
    settle: () => Promise.all(work),
    ask: (userAgent: string, address: string | undefined, more?: Partial<NetworkFacts>) =>
      weigh(table.claims(userAgent), facts(address, more)),
  };
}

const NAMES = {
  "9.9.9.9.in-addr.arpa": ["a.both.example."],
  "a.both.example": ["9.9.9.9"],
  "1.1.1.1.in-addr.arpa": ["a.names.example"],
  "a.names.example": ["1.1.1.1"],
  "2.1.1.1.in-addr.arpa": ["a.other.example"],
  "a.other.example": ["1.1.1.2"],
};

describe("address lists", () => {
  test("prove nothing until they are loaded", async () => {
    const { ask, ranges } = setUp();
    expect(ask("Lister", "8.8.8.8")).toEqual({ kind: "open", reason: "no-list" });
    await ranges.refresh();
    expect(ask("Lister", "8.8.8.8")).toMatchObject({ kind: "proven", evidence: "ip-range" });
    expect(ask("Lister", "::ffff:8.8.8.8")).toMatchObject({ kind: "proven" });
    expect(ask("Lister", "8.8.9.8")).toEqual({ kind: "open", reason: "not-in-ranges" });
    expect(ask("Lister", undefined)).toEqual({ kind: "open", reason: "no-address" });
  });

  test("keep their last good copy, and show its age", async () => {
    const { ask, ranges, serve, clock } = setUp();
    await ranges.refresh();
    clock.now += 3600;
    for (const broken of [
      () => Promise.reject(new Error("no")),
      () => Promise.resolve(new Response("<html>We are sorry</html>")),
      () => Promise.resolve(new Response("", { status: 500 })),
    ]) {
      serve(broken);
      await ranges.refresh();
      expect(ask("Lister", "8.8.8.8")).toMatchObject({ kind: "proven" });
    }
    expect(ranges.describe()).toMatchObject([{ url: LIST, age: 3600, failure: "unreachable" }]);
  });

  test("are stored, and a newer copy in the store wins", async () => {
    const { index } = memoryStore();
    const one = setUp();
    const kept = createStoredRanges(index);
    await one.ranges.refresh();
    for (const list of one.fetched) kept.note(...list);
    await kept.save();
    const other = setUp();
    await createStoredRanges(index).restore(other.ranges);
    expect(other.ask("Lister", "8.8.8.8")).toMatchObject({ kind: "proven" });
    other.clock.now += 60;
    other.serve(() => Promise.resolve(new Response(json("8.8.4.0/24"))));
    await other.ranges.refresh();
    await createStoredRanges(index).restore(other.ranges);
    expect(other.ask("Lister", "8.8.4.4")).toMatchObject({ kind: "proven" });
    expect(other.ask("Lister", "8.8.8.8")).toMatchObject({ kind: "open" });
  });
});

describe("reverse DNS", () => {
  test("leaves the first request a claim, and verifies the next", async () => {
    const { ask, settle } = setUp({ records: NAMES });
    expect(ask("Namer", "1.1.1.1")).toEqual({ kind: "open", reason: "reverse-dns-pending" });
    await settle();
    expect(ask("Namer", "1.1.1.1")).toMatchObject({ kind: "proven", evidence: "reverse-dns" });
    expect(ask("Namer", "1.1.1.2")).toMatchObject({ reason: "reverse-dns-pending" });
    await settle();
    expect(ask("Namer", "1.1.1.2")).toEqual({ kind: "open", reason: "reverse-dns-refuted" });
  });

  test("verifies the first request if the rules let it wait", async () => {
    const { ask } = setUp({ records: NAMES, timeout: 500 });
    expect(await ask("Namer", "1.1.1.1")).toMatchObject({ evidence: "reverse-dns" });
    expect(await ask("Namer", "1.1.1.9")).toEqual({ kind: "open", reason: "reverse-dns-unknown" });
  });

  test("is the stronger evidence, and looks up no private address", async () => {
    const { ask, settle } = setUp({ records: NAMES });
    expect(ask("Both", "9.9.9.9")).toMatchObject({ evidence: "ip-range" });
    await settle();
    expect(ask("Both", "9.9.9.9")).toMatchObject({ evidence: "reverse-dns" });
    expect(ask("Namer", "127.0.0.1")).toEqual({ kind: "open", reason: "no-list" });
  });
});

describe("the fleets of one operator", () => {
  test.each([
    ["Gbot", "9.0.0.1", true],
    ["Gbot-News", "9.0.0.1", true],
    ["Gads", "9.0.0.1", false],
    ["Gfetch", "9.0.0.1", false],
    ["Gbot", "9.1.0.1", false],
    ["Gads", "9.1.0.1", true],
    ["Gfetch", "9.2.0.1", true],
    ["Gfeed", "9.2.0.1", true],
    // Users of a proxy choose what it sends.
    ["Gbot", "9.2.0.1", false],
    ["Gads", "9.2.0.1", false],
  ])("%s at %s: proven by the list %s", (userAgent, address, isProven) => {
    const { kind } = setUp().ask(userAgent, address) as { kind: string };
    expect(kind).toBe(isProven ? "proven" : "open");
  });

  test.each([
    ["Gbot", "crawl-8-8-8-8.gbot.example", true],
    ["Gbot-News", "crawl-8-8-8-8.gbot.example", true],
    ["Gbot", "google-proxy-8-8-8-8.g.example", false],
    ["Gbot", "rate-limited-proxy-8-8-8-8.g.example", false],
    ["Gads", "rate-limited-proxy-8-8-8-8.g.example", true],
    ["Gfeed", "google-proxy-8-8-8-8.g.example", true],
    ["Gfetch", "crawl-8-8-8-8.gbot.example", false],
  ])("%s at %s: proven by the name %s", async (userAgent, name, isProven) => {
    const records = { "8.8.8.8.in-addr.arpa": [name], [name]: ["8.8.8.8"] };
    const { ask } = setUp({ timeout: 500, records });
    const verdict = await ask(userAgent, "8.8.8.8");
    expect(verdict).toMatchObject(
      isProven
        ? { kind: "proven", evidence: "reverse-dns", bot: { name: userAgent } }
        : { kind: "open", reason: "reverse-dns-refuted" },
    );
  });
});

describe("the verdict of the network in front", () => {
  const platform = { by: "cloudflare", category: "AI Crawler" } as const;

  test("counts for the bot that the User-Agent names, within its category", () => {
    const { ask } = setUp();
    expect(ask("Nothing", "1.1.1.1", { platform })).toMatchObject({
      kind: "proven",
      bot: { name: "Nothing" },
      evidence: "ip-range",
      vouchedBy: "cloudflare",
    });
    const other = { ...platform, category: "Page Preview" };
    expect(ask("Nothing", "1.1.1.1", { platform: other })).toMatchObject({ kind: "open" });
  });

  const multi = bot("Multi", "M", {
    category: "Search Engine Crawler",
    behaviours: ["Search", "Training"],
  });
  const fetcher = bot("Fetcher", "F", { category: "AI Assistant", behaviours: ["Agent"] });
  const archive = bot("Archive", "A", { category: "Archiver" });
  const feeds = bot("Feeds", "E", { category: "Feed Fetcher" });

  test.each([
    ["Search Engine Crawler", multi, true],
    ["Search engine crawlers", multi, true],
    // A crawler of several purposes has one category, there and here.
    ["AI Crawler", multi, true],
    ["AI Search", multi, true],
    ["Search", multi, true],
    ["Training", multi, true],
    ["AI Assistant", multi, false],
    ["Agent", multi, false],
    ["AI Assistant", fetcher, true],
    ["Agent", fetcher, true],
    ["Transact", fetcher, true],
    ["AI Crawler", fetcher, false],
    ["Search Engine Crawler", fetcher, false],
    ["Academic Research", archive, true],
    ["Archiver", archive, true],
    ["Aggregators", feeds, true],
    ["Feed Fetching", feeds, true],
    ["Page Preview", feeds, false],
    ["a new category", multi, false],
    ["", multi, false],
    ["x".repeat(100_000), multi, false],
    [undefined, multi, true],
  ])("the category %s fits: %s, %s", (category, named, fits) => {
    expect(fitsVerdict({ by: "cloudflare", category }, named)).toBe(fits);
  });

  test.each(CATEGORIES)("the category %s fits a bot of that category", (category) => {
    const named = bot("Named", "N", { category });
    expect(fitsVerdict({ by: "cloudflare", category }, named)).toBe(true);
    expect(botOfVerdict({ by: "cloudflare", category })).toMatchObject({ category });
  });
});

test("a User-Agent token counts as a whole word only, in any case", () => {
  const spaced = compileBots([bot("ChatGPT agent", "O"), bot("GPTBot", "O"), bot("Bot", "P")]);
  const names = (userAgent: string) => spaced.claims(userAgent).map(({ name }) => name);
  expect(names("Mozilla/5.0 (compatible; gptbot/1.2)")).toEqual(["GPTBot"]);
  expect(names("NotGPTBot/1 GPTBots GPTBot-X")).toEqual([]);
  expect(names("x ChatGPT agent/1")).toEqual(["ChatGPT agent"]);
  expect(names("xChatGPT agent, ChatGPT agents")).toEqual([]);
  expect(names("Bot GPTBot")).toEqual(["GPTBot", "Bot"]);
  expect(names("")).toEqual([]);
});
