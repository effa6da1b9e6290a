import { array, assert, constantFrom, property } from "fast-check";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "jsonc-parser";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { compileBots } from "../../src/agent/bot-table.ts";
import { botSchema, fleetOf, mergeBots, type Bot } from "../../src/agent/bots.ts";

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
  bot("Family", { operator: "F", tokens: ["Family", "Family-Image", "rented_*"] }),
  bot("quill.example", { operator: "Q" }),
];
const TABLE = compileBots(BOTS);

const claimed = (userAgent: string | undefined): Bot | undefined => TABLE.claims(userAgent)[0];

describe("the first of the claims", () => {
  test.each([
    ["Mozilla/5.0 (compatible; Claude/1.0; +https://x.example)", "Claude"],
    ["claude", "Claude"],
    ["Claude Claude-User/1.0", "Claude-User"],
    ["Mozilla/5.0 AppleWebKit (like; ChatGPT Agent/1)", "ChatGPT agent"],
    // A full stop or a comma after a token belongs to the sentence.
    ["Visited by Claude.", "Claude"],
    ["Claude, a crawler", "Claude"],
    ["Claude...", "Claude"],
    ["(Claude.)", "Claude"],
    ["This is ChatGPT agent. Hello", "ChatGPT agent"],
    ["quill.example", "quill.example"],
    ["see quill.example.", "quill.example"],
    ["Family-Image/1.0", "Family"],
    ["rented_0b1c-77/1.0", "Family"],
    ["x rented_.", "Family"],
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
    "Claude.example",
    "ChatGPT agent.example",
    "Claude.-x",
    "www.quill.example",
    "quill.examples",
    "Family-Images",
    "rented",
    "not-rented_1",
  ])("%s is no bot", (userAgent) => {
    expect(claimed(userAgent)).toBeUndefined();
  });

  test("a very long User-Agent is read at its start only", () => {
    expect(claimed(`Claude ${"x".repeat(100_000)}`)?.name).toBe("Claude");
    expect(claimed(`${"x ".repeat(50_000)}Claude`)).toBeUndefined();
  });
});

describe("all bots that a User-Agent names", () => {
  const file = readFileSync(new URL("../../rules/bots.jsonc", import.meta.url), "utf8");
  const table = compileBots(v.parse(v.array(botSchema), parse(file)));
  const names = (userAgent: string) => table.named(userAgent).map(({ name }) => name);

  test.each([
    ["Googlebot GPTBot", "Googlebot GPTBot"],
    ["GPTBot/1.3, ChatGPT-User/1.0; ClaudeBot", "ChatGPT-User ClaudeBot GPTBot"],
    ["Mozilla/5.0 (compatible; Googlebot/2.1) (CCBot)", "Googlebot CCBot"],
    ["Googlebot Googlebot-Image", "Googlebot"],
  ])("%s are %s", (userAgent, wanted) => {
    expect(names(userAgent).join(" ")).toBe(wanted);
  });

  // As the operators document them: none of these may count as a bot that it only mentions.
  test.each([
    ["Googlebot", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"],
    ["Google-InspectionTool", "Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)"],
    [
      "Google-Read-Aloud",
      "Mozilla/5.0 (Linux; Android 7.0; SM-G930V Build/NRD90M) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/59.0.3071.125 Mobile Safari/537.36 (compatible; Google-Read-Aloud; +https://support.google.com/webmasters/answer/1061943)",
    ],
    ["AdsBot-Google", "AdsBot-Google (+http://www.google.com/adsbot.html)"],
    ["TelegramBot", "TelegramBot (like TwitterBot)"],
    [
      "DuckAssistBot",
      "DuckAssistBot/1.2; (+http://duckduckgo.com/duckassistbot.html; see https://duckduckgo.com/duckduckbot)",
    ],
    [
      "ClaudeBot",
      "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
    ],
    ["Claude-User", "Mozilla/5.0 (compatible; Claude-User/1.0; +Claude-User@anthropic.com)"],
    [
      "OAI-SearchBot",
      "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; OAI-SearchBot/1.0; +https://openai.com/gptbot",
    ],
    ["Slackbot", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"],
    [
      "facebookexternalhit Twitterbot",
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    ],
    ["Sogou", "Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)"],
  ])("%s: %s", (wanted, userAgent) => {
    expect(names(userAgent).join(" ")).toBe(wanted);
  });

  test("a mention counts if the User-Agent names no other bot", () => {
    expect(names("Other/1.0 (like GPTBot)")).toEqual(["GPTBot"]);
    expect(names("Other/1.0 (+https://openai.com/gptbot)")).toEqual(["GPTBot"]);
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

test("the key of an operator's agents proves none of its crawlers, whatever they say", () => {
  const user = { operator: "U", behaviours: ["Agent" as const] };
  const table = compileBots([
    bot("Crawler", { operator: "U", behaviours: ["Search"] }),
    bot("Agent", { ...user, signatureAgents: ["https://agent.example"] }),
    bot("Fetcher", user),
    bot("Indexer", { operator: "V", signatureAgents: ["https://v.example"] }),
    bot("Helper", { operator: "V", behaviours: ["Agent"] }),
  ]);
  const named = (directory: string, userAgent: string) =>
    table.bySignatureAgent(`https://${directory}.example`, userAgent)?.name;
  expect(named("agent", "Crawler/1")).toBe("Agent");
  expect(named("agent", "Fetcher/1")).toBe("Fetcher");
  expect(named("v", "Helper/1")).toBe("Helper");
  expect(named("v", "Mozilla/5.0")).toBe("Indexer");
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

describe("the built-in table", () => {
  const text = readFileSync(join(import.meta.dirname, "../../rules/bots.jsonc"), "utf8");
  const bots = v.parse(v.array(botSchema), parse(text));
  const table = compileBots(bots);
  const named = (userAgent: string) => table.claims(userAgent)[0];
  const withName = (name: string) => bots.find((each) => each.name === name);

  test("has one bot for each token, and none for names in robots.txt only", () => {
    const tokens = bots.flatMap((each) => each.tokens.map((token) => token.toLowerCase()));
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(new Set(bots.map(({ name }) => name)).size).toBe(bots.length);
    expect(bots.filter((each) => each.robotsOnly && each.tokens.length > 0)).toEqual([]);
    for (const each of bots) {
      for (const token of each.tokens) {
        const written = token.replace("*", "0f3a");
        expect(named(`Mozilla/5.0 (compatible; ${written}/1.0)`)?.name).toBe(each.name);
      }
    }
  });

  test("states source and date of each entry, and something that identifies each bot", () => {
    for (const { name, source, date, tokens, signatureAgents, robotsOnly } of bots) {
      expect(source, name).toMatch(/^https:\/\//);
      expect(date, name).toMatch(/^20\d\d-\d\d/);
      expect(tokens.length + signatureAgents.length > 0 || robotsOnly, name).toBe(true);
    }
  });

  test.each([
    ["Googlebot-Image/1.0", "Googlebot"],
    ["Googlebot-News", "Googlebot"],
    ["Googlebot-Video/1.0", "Googlebot"],
    ["GoogleOther-Image/1.0", "GoogleOther"],
    ["Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)", "Google-InspectionTool"],
    ["AdsBot-Google (+http://www.google.com/adsbot.html)", "AdsBot-Google"],
    ["Mozilla/5.0 (compatible; AdsBot-Google-Mobile; +http://x)", "AdsBot-Google"],
    ["Mozilla/5.0 (X11; Linux x86_64; Storebot-Google/1.0)", "Storebot-Google"],
    [
      "Mozilla/5.0 (compatible; YandexAdditionalBot/3.0; +http://yandex.com/bots)",
      "YandexAdditional",
    ],
    ["Mozilla/5.0 (compatible; Baiduspider-render/2.0; +http://x)", "Baiduspider"],
    ["meta-webindexer/1.1", "meta-webindexer"],
    ["meta-externalads/1.1", "meta-externalads"],
    ["Mozilla/5.0 (compatible; TikTokSpider; ttspider-feedback@tiktok.com)", "TikTokSpider"],
    ["AI2Bot", "AI2Bot"],
    ["cohere-training-data-crawler", "cohere-training-data-crawler"],
    ["Diffbot/2.0", "Diffbot"],
    ["Timpibot/0.8", "Timpibot"],
    ["ImagesiftBot", "ImagesiftBot"],
    ["omgili/0.5 +http://omgili.com", "omgili"],
    ["PanguBot", "PanguBot"],
    ["DeepSeekBot", "DeepSeekBot"],
    ["ICC-Crawler/3.0", "ICC-Crawler"],
    ["Mozilla/5.0 Chrome/131.0.0.0 Safari/537.36 Agent-NovaAct/0.9", "NovaAct"],
    ["AmazonBuyForMe/1.0", "AmazonBuyForMe"],
    ["bedrockbot_1b4e28ba-2fa1-11d2-883f-0016d3cca427", "bedrockbot"],
    ["Bedrock AgentCore/1", "Bedrock AgentCore"],
    ["Kimi-User/1.0", "Kimi-User"],
    ["Manus-User/1.0", "Manus-User"],
    ["Kagibot/1.0", "Kagibot"],
    ["Mozilla/5.0 (compatible; Qwantbot/1.0; +https://x)", "Qwantbot"],
    ["Mozilla/5.0 (compatible; MojeekBot/0.11; +https://x)", "MojeekBot"],
    ["Bravebot", "Bravebot"],
    [
      "Mozilla/5.0 (compatible; archive.org_bot +http://archive.org/details/archive.org_bot)",
      "archive.org_bot",
    ],
  ])("names %s: %s", (userAgent, name) => {
    expect(named(userAgent)?.name).toBe(name);
  });

  test.each([
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Code/1.98.2 Chrome/132.0.6834.210 Electron/34.2.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh) AppleWebKit/537.36 (KHTML, like Gecko) Cursor/1.2.4 Chrome/132.0.0.0 Electron/34.5.1 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 [LinkedInApp]/9.30",
    "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 [FBAN/FBIOS;FBAV/500.0]",
    "Mozilla/5.0 (Linux; Android 14) Chrome/120.0.0.0 YaBrowser/24.1 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0",
  ])("names no bot for a person's %s", (userAgent) => {
    expect(table.claims(userAgent)).toEqual([]);
  });

  test.each(["Google-Extended", "Applebot-Extended", "Webzio-Extended"])(
    "has %s as a name in robots.txt only",
    (name) => {
      expect(withName(name)).toMatchObject({ robotsOnly: true, behaviours: ["Training"] });
      expect(table.claims(`${name}/1.0`)).toEqual([]);
    },
  );

  test("has search engines with the purpose Search, which check warns about", () => {
    for (const name of ["Kagibot", "Qwantbot", "MojeekBot", "Bravebot", "archive.org_bot"]) {
      expect(withName(name)?.behaviours).toEqual(["Search"]);
    }
  });

  test.each([
    ["https://browserbase.com", "Browserbase", "Intermediary"],
    ["https://shopify.com", "Shopify crawler access", "Intermediary"],
    ["https://you.com", "YouBot", "Direct"],
    ["https://meta.com", "meta-externalagent", "Direct"],
    ["https://chatgpt.com", "ChatGPT agent", "Intermediary"],
    ["https://agent.bot.goog", "Google-Agent", "Intermediary"],
  ])("knows the directory of %s: %s, %s", (directory, name, behaviour) => {
    const bot = table.bySignatureAgent(directory, "Mozilla/5.0");
    expect(bot?.name).toBe(name);
    expect(bot?.behaviours).toContain(behaviour);
  });

  test("gives Direct and Intermediary only to agents that sign, and each of these has one", () => {
    for (const { name, behaviours, signatureAgents } of bots) {
      const kinds = behaviours.filter((each) => each === "Direct" || each === "Intermediary");
      expect(kinds.length, name).toBeLessThan(2);
      if (signatureAgents.length > 0) expect(kinds, name).toHaveLength(1);
    }
  });

  test("tells Google's fleets apart", () => {
    const fleets = new Map(
      ["Googlebot", "AdsBot-Google", "FeedFetcher-Google", "Google-Agent"].map((name) => [
        name,
        fleetOf(withName(name)!),
      ]),
    );
    expect(fleets.get("FeedFetcher-Google")).toBe(fleets.get("Google-Agent"));
    expect(new Set(fleets.values()).size).toBe(3);
    const crawlers = bots.filter((each) => fleetOf(each) === fleets.get("Googlebot"));
    const sources = crawlers.flatMap(({ ipRanges, reverseDns }) => ipRanges.concat(reverseDns));
    expect(sources.filter((source) => /user|special|proxy/.test(source))).toEqual([]);
  });
});
