import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { createTrustedDirectories } from "../../src/agent/trusted-directories.ts";
import { FEATURES } from "../../src/features.ts";
import { loadRules } from "../../src/rules/load.ts";
import { compileBots } from "../../src/agent/bot-table.ts";
import { botSchema } from "../../src/agent/bots.ts";
import { guisesOf, hasEvidence, provesItself, type Agent } from "../../src/agent/agent.ts";
import {
  identify,
  type IdentifiableRequest,
  type IdentifyOptions,
} from "../../src/agent/identify.ts";
import {
  generateKeys,
  signMessage,
  staticKeys,
  type KeySource,
  type SignOptions,
} from "../../src/agent/web-bot-auth/index.ts";
import { signComponents } from "../../src/agent/web-bot-auth/sign.ts";
import { accountOf } from "../../src/features/access/charge/account.ts";
import type { Awaitable } from "../../src/timing/and-then.ts";

const NOW = 1_800_000_000;
const AGENT = "https://signer.example";
const URL_ = "https://site.example/page";
const BOT = v.parse(botSchema, {
  name: "Signer",
  tokens: ["Signer"],
  operator: "S",
  category: "AI Crawler",
  signatureAgents: [AGENT],
});

const pair = await generateKeys();
const source = await staticKeys(pair.directory);

function request(fields: Readonly<Record<string, string>>) {
  const byName = new Map(Object.entries(fields).map(([key, value]) => [key.toLowerCase(), value]));
  return { method: "GET", url: URL_, field: (name: string) => byName.get(name) };
}

async function signed(
  more: Readonly<Record<string, string>> = {},
  times: Partial<Pick<SignOptions, "created" | "expires">> = {},
) {
  const fields = await signMessage({ method: "GET", url: URL_ }, pair.privateJwk, {
    agent: AGENT,
    created: NOW - 10,
    expires: NOW + 100,
    ...times,
  });
  return request({ ...fields, "User-Agent": "Signer/1.0", ...more });
}

interface Parts extends Partial<IdentifyOptions> {
  readonly keys?: KeySource;
  readonly isListed?: (url: URL) => boolean;
}

function ask(
  { url, ...asked }: ReturnType<typeof request> & Partial<Omit<IdentifiableRequest, "url">>,
  { keys = source, isListed = () => true, ...parts }: Parts = {},
): Awaitable<Agent> {
  if (keys === undefined) throw new Error("no keys");
  const address = new URL(url);
  const target = address.pathname + address.search;
  return identify(
    { background: () => {}, ...asked, url: address, target },
    {
      bots: compileBots([BOT]),
      directories: { forRequest: () => keys, isListed },
      now: () => NOW,
      verification: { isAllowed: () => true },
      checkNetwork: () => ({ kind: "open", reason: "no-source" }),
      onFailure: () => {},
      ...parts,
    },
  );
}

test("without a signature, the User-Agent is a claim, answered at once", () => {
  expect(ask(request({ "User-Agent": "Signer/1" }))).toEqual({
    kind: "claimed",
    bot: BOT,
    reason: "unsigned",
    network: "no-source",
  });
  expect(ask(request({ "User-Agent": "Mozilla/5.0" }))).toEqual({
    kind: "anonymous",
  });
  expect(ask(request({}))).toEqual({ kind: "anonymous" });
});

test.each([
  [`"${AGENT}"`, AGENT],
  [`"${AGENT}/"`, AGENT],
  [`"HTTPS://SIGNER.example:443/#key"`, AGENT],
  [`"${AGENT}/.well-known/http-message-signatures-directory"`, AGENT],
  [`"${AGENT}/";type=jwks_uri`, AGENT],
  [`"${AGENT}/keys/"`, `${AGENT}/keys/`],
  [`"${AGENT}/%7ea?key=1"`, `${AGENT}/~a`],
  [`"${AGENT}:444"`, `${AGENT}:444`],
])("an agent has one name, and so one account: %s", async (spelling, name) => {
  const headers = { "signature-agent": `sig1=${spelling}` };
  const fields = await signComponents(
    { message: { method: "GET", url: URL_, headers } },
    pair.privateJwk,
    {
      created: NOW - 10,
      expires: NOW + 40,
      label: "sig1",
      covered: [`"@authority"`, `"signature-agent";key="sig1"`],
      tag: "web-bot-auth",
    },
  );
  const agent = await ask(request({ ...headers, ...fields }), { bots: compileBots([]) });
  expect(agent).toMatchObject({ kind: "verified", signatureAgent: name });
  expect(accountOf(agent)).toBe(name);
});

test("each further bot that the User-Agent names is a claim, too, with its own verdict", () => {
  const bot = (name: string) => ({ ...BOT, name, tokens: [name], signatureAgents: [] });
  const [first, second] = [bot("Much-Longer"), bot("Second-Bot")];
  const bots = compileBots([BOT, second, first]);
  const checkNetwork = () => ({
    kind: "open" as const,
    reason: "not-in-ranges" as const,
    refuted: [second],
  });
  const asked = request({ "User-Agent": "Second-Bot Much-Longer Signer" });
  const agent = ask(asked, { bots, checkNetwork }) as Agent;
  const open = { kind: "claimed", reason: "unsigned", network: "not-in-ranges" };
  expect(guisesOf(agent)).toEqual([
    expect.objectContaining({ ...open, bot: first }),
    { ...open, bot: second, isSpoofed: true },
    { ...open, bot: BOT },
  ]);
});

test("a signature of an unlisted agent does not hide the bots that the User-Agent names", async () => {
  const keys = { bots: compileBots([{ ...BOT, signatureAgents: [] }]) };
  const agent = await ask(await signed(), keys);
  expect(agent).toMatchObject({ kind: "verified", bot: undefined });
  expect(guisesOf(agent).map(({ kind }) => kind)).toEqual(["verified", "claimed"]);
});

test("a valid signature verifies the bot", async () => {
  expect(await ask(await signed())).toMatchObject({
    kind: "verified",
    bot: BOT,
    evidence: "signature",
  });
});

test("a signature that is not valid refutes the claim", async () => {
  const other = { ...(await signed()), url: "https://other.example/page" };
  expect(await ask(other)).toMatchObject({ kind: "invalid", bot: BOT });
});

test("a signature of an unknown key leaves the claim, and a stranger anonymous", async () => {
  const keys = { find: () => ({ kind: "missing", reason: "unknown-key" }) as const };
  expect(await ask(await signed(), { keys })).toMatchObject({ kind: "claimed" });
  const stranger = await signed({ "User-Agent": "Mozilla/5.0" });
  expect(await ask(stranger, { keys })).toEqual({
    kind: "anonymous",
    reason: "unknown-key",
  });
});

test("an unlisted directory grants neither name nor category", async () => {
  expect(await ask(await signed(), { isListed: () => false })).toEqual({
    kind: "verified",
    bot: undefined,
    evidence: "signature",
    signatureAgent: AGENT,
    form: "origin",
    // What the User-Agent says is still a claim, which costs something and gives nothing.
    further: [{ bot: BOT }],
    proof: expect.objectContaining({
      covers: expect.arrayContaining(['"@authority"']) as string[],
    }) as object,
  });
});

function fail(): never {
  throw new Error("no");
}

test("a failure on our side leaves the claim", async () => {
  for (const find of [fail, async () => fail()]) {
    const keys = { find, findForAnyAgent: find };
    expect(await ask(await signed(), { keys })).toMatchObject({
      kind: "claimed",
      bot: BOT,
    });
  }
});

test("the site's own agents are verified by its own keys, without a fetch", async () => {
  const asked: string[] = [];
  const refused: unknown[] = [];
  const { rules } = loadRules(
    JSON.stringify({
      publicOrigin: AGENT,
      agents: { directories: [AGENT, "https://site.example", "https://10.0.0.1"] },
    }),
    "rules",
    "[]",
    () => undefined,
    FEATURES,
  );
  const directories = createTrustedDirectories(
    {
      rules,
      bots: [],
      dev: false,
      originServer: "https://site.example",
      ownKeys: [pair.privateJwk],
    },
    {
      fetchDirectory: (url) => {
        asked.push(url);
        return Promise.reject(new Error("no network"));
      },
      now: () => NOW,
      log: { info: () => {}, warn: (_, facts) => refused.push(facts) },
    },
  );
  const agent = await ask(await signed(), {
    keys: directories.forRequest({}),
    verification: directories,
    isListed: (url) => directories.isListed(url),
  });
  expect(agent).toMatchObject({ kind: "verified", bot: BOT, evidence: "signature" });
  expect(asked).toEqual([]);
  expect(refused).toEqual([
    { directory: "https://site.example" },
    { directory: "https://10.0.0.1" },
  ]);
});

test("a replay store that fails is a failure of the proxy, and is reported", async () => {
  const told: unknown[] = [];
  const isReplayed = (): Promise<boolean> => Promise.reject(new Error("no store"));
  const agent = await ask(await signed(), {
    verification: { isAllowed: () => true, isReplayed },
    onFailure: (error) => told.push(error),
  });
  expect(agent).toMatchObject({ kind: "claimed", bot: BOT, reason: "verification-failed" });
  expect(told).toHaveLength(1);
});

test("a signature that settles nothing leaves room for the network's evidence", async () => {
  const keys = { find: () => ({ kind: "missing", reason: "directory-unavailable" }) as const };
  const checkNetwork = () => ({ kind: "proven", bot: BOT, evidence: "ip-range" }) as const;
  const asked = { ...(await signed()), clientAddress: "9.9.9.9" };
  expect(await ask(asked, { keys, checkNetwork })).toMatchObject({
    kind: "verified",
    evidence: "ip-range",
  });
});

const atAddress: IdentifyOptions["checkNetwork"] = () => ({
  kind: "proven",
  bot: BOT,
  evidence: "ip-range",
});

test.each([
  ["a change of the request", async () => ({ ...(await signed()), url: "https://other.example/" })],
  ["a clock that is fast", async () => signed({}, { created: NOW + 3600, expires: NOW + 3700 })],
  ["a clock that is slow", async () => signed({}, { created: NOW - 3600, expires: NOW - 3500 })],
  ["fields that can't be parsed", async () => signed({ "Signature-Input": "sig1=(" })],
])("a signature that fails by %s does not cancel a proven address", async (_, make) => {
  const agent = await ask(
    { ...(await make()), clientAddress: "9.9.9.9" },
    { checkNetwork: atAddress },
  );
  expect(agent).toMatchObject({ kind: "verified", bot: BOT, evidence: "ip-range" });
  expect(agent).toHaveProperty("reason", expect.stringMatching(/^[a-z-]+$/));
});

test("an invalid signature from another address refutes the claim, and both are reported", async () => {
  const forged = { ...(await signed()), url: "https://other.example/page" };
  const checkNetwork = () => ({ kind: "open", reason: "not-in-ranges" }) as const;
  expect(await ask(forged, { checkNetwork })).toEqual({
    kind: "invalid",
    bot: BOT,
    reason: "signature-mismatch",
    network: "not-in-ranges",
  });
});

test("a valid signature that names no bot does not cancel a proven address", async () => {
  const unlisted = { isListed: () => false };
  const agent = await ask(await signed(), { ...unlisted, checkNetwork: atAddress });
  expect(agent).toEqual({
    kind: "verified",
    bot: BOT,
    evidence: "ip-range",
    signatureAgent: AGENT,
    form: "origin",
    proof: expect.objectContaining({
      covers: expect.arrayContaining(['"@authority"']) as string[],
    }) as object,
  });
  // The signature proves an agent, but not that bot.
  expect(hasEvidence(agent, "signature")).toBe(false);
  expect(provesItself(agent, "signature")).toBe(true);
  const other = await ask(await signed({ "User-Agent": "Mozilla/5.0" }), unlisted);
  expect(other).toMatchObject({ kind: "verified", bot: undefined, evidence: "signature" });
});

describe("a bot that Cloudflare has verified and the table does not list", () => {
  const browser = { "User-Agent": "Mozilla/5.0 (compatible; NewBot/1.0)" };
  const verdict = (category?: string) => ({
    platformVerdict: { by: "cloudflare", category } as const,
  });

  test.each([
    ["AI Crawler", "AI Crawler", ["Training"]],
    ["Training", "AI Crawler", ["Training"]],
    ["Search Engine Crawler", "Search Engine Crawler", ["Search"]],
    ["AI Assistant", "AI Assistant", ["Agent"]],
    ["Page Preview", "Page Preview", []],
  ])("has the category that Cloudflare reports: %s", (reported, category, behaviours) => {
    expect(ask({ ...request(browser), ...verdict(reported) })).toMatchObject({
      kind: "verified",
      evidence: "ip-range",
      vouchedBy: "cloudflare",
      bot: { category, behaviours },
    });
  });

  test("is verified without a name if the category says nothing", () => {
    for (const category of [undefined, "a new category"]) {
      expect(ask({ ...request(browser), ...verdict(category) })).toEqual({
        kind: "verified",
        bot: undefined,
        evidence: "ip-range",
        vouchedBy: "cloudflare",
      });
    }
  });

  test("is not one that the User-Agent claims without evidence", () => {
    const claiming = request({ "User-Agent": "Signer/1" });
    expect(ask({ ...claiming, ...verdict("Page Preview") })).toMatchObject({ kind: "claimed" });
  });

  test("stays verified if its signature fails, and both are reported", async () => {
    const forged = await signed({ "User-Agent": "NewBot", "Signature-Input": "sig1=(" });
    expect(await ask({ ...forged, ...verdict("AI Search") })).toMatchObject({
      kind: "verified",
      bot: { category: "AI Search" },
      reason: expect.stringMatching(/^[a-z-]+$/) as string,
    });
  });
});
