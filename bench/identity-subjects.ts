import { readCandidate } from "../src/agent/web-bot-auth/candidate.ts";
import {
  generateKeys,
  signMessage,
  staticKeys,
  verifyMessage,
  type SignedMessage,
} from "../src/agent/web-bot-auth/index.ts";
import { importVerificationKey, verifyBytes } from "../src/agent/web-bot-auth/keys.ts";
import { FieldList } from "../src/http/fields.ts";
import { createIdentification } from "../src/agent/identification.ts";
import type { Exchange } from "../src/pipeline/exchange.ts";
import { loadRules } from "../src/rules/load.ts";
import { memoryStore } from "../src/store/memory.ts";
import { memoryReplay } from "../src/store/replay.ts";
import { toOctets } from "../src/agent/web-bot-auth/octets.ts";
import { buildSignatureBase } from "../src/agent/web-bot-auth/signature-base.ts";
import { parseDictionary } from "../src/agent/web-bot-auth/structured-field.ts";
import { FEATURES } from "../src/features.ts";

export const NOW = 1_800_000_000;
export const URL_ = "https://site.example/page?a=1";
const NONCE =
  "JojDFWJ90jf+gZhdKeTyJYsu1XvNPZSFAGhvYq5SuV3gneOEUAhq+xl792WGuD1W+Dr6NRmx+m+t06NsYnL4iA==";

/** The subjects of both runtimes' benches: a raw verification, a complete one, and the identification of a
 * browser and of a crawler that does not sign, with all evidence available.
 *
 * @param table text of the bot table
 */
export async function makeSubjects(table: string) {
  const { privateJwk, directory } = await generateKeys();
  const fields = await signMessage({ method: "GET", url: URL_ }, privateJwk, {
    agent: "https://signer.example",
    created: NOW - 10,
    expires: NOW + 290,
    nonce: NONCE,
  });
  const signed = toMessage(fields);
  const browser = toMessage({ Accept: "text/html", "User-Agent": "Mozilla/5.0", Cookie: "a=1" });
  const keys = await staticKeys({ "https://signer.example": directory });
  const key = await importVerificationKey(directory.keys[0]);
  if (keys === undefined || key === undefined) throw new TypeError("no keys");
  const { signature, data } = rawParts(signed);
  const options = { now: NOW, isAllowed: () => true };
  return {
    fields,
    key,
    raw: async () => verifyBytes(key, signature, data),
    signed: async () => (await verifyMessage(signed, keys, options)).verdict === "verified",
    ...unsignedSubjects(table),
    unsigned: async () => (await verifyMessage(browser, keys, options)).verdict === "unverified",
  };
}

function toMessage(fields: Readonly<Record<string, string>>): SignedMessage {
  const byName = new Map(Object.entries(fields).map(([name, text]) => [name.toLowerCase(), text]));
  return { method: "GET", url: URL_, field: (name) => byName.get(name) };
}

const BROWSER =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const CRAWLER =
  "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ListBot/1.2; +https://list.example/bot";

/** Identification as in the proxy, without sockets, with address lists of 10,000 blocks. */
function unsignedSubjects(table: string) {
  const ipRanges = Array.from(
    { length: 10_000 },
    (_, i) => `${1 + (i % 200)}.${i >> 8}.${i & 255}.0/24`,
  );
  const entry = {
    name: "ListBot",
    tokens: ["ListBot"],
    operator: "L",
    category: "Other",
    ipRanges,
  };
  const rules = JSON.stringify({ agents: { bots: [entry], replay: true } });
  const loaded = loadRules(rules, "rules", table, () => undefined, FEATURES);
  const identification = createIdentification(
    { ...loaded, dev: false },
    {
      index: memoryStore().index,
      fetchDirectory: () => Promise.reject(new Error("no network")),
      dns: () => ({ lookUp: () => Promise.resolve({ kind: "unknown" }) }),
      replay: memoryReplay(() => NOW),
      now: () => NOW,
      log: { warn: () => {}, info: () => {} },
    },
  );
  const [browser, crawler] = [requestOf(BROWSER), requestOf(CRAWLER)];
  return {
    browser: async () => (await identification.identify(browser)).kind === "anonymous",
    crawler: async () => (await identification.identify(crawler)).kind === "verified",
  };
}

function rawParts(from: SignedMessage) {
  const member = (name: string) => {
    const parsed = parseDictionary(from.field(name) ?? "", 8, 16);
    return parsed.kind === "parsed" ? parsed.value.get("sig1") : undefined;
  };
  const input = member("signature-input");
  const candidate = input && readCandidate("sig1", input, member("signature"));
  if (candidate === undefined || "verdict" in candidate) throw new TypeError("not signed");
  const base = buildSignatureBase(from, candidate.components, candidate.signatureParams);
  const data = typeof base === "string" ? toOctets(base) : undefined;
  if (data === undefined) throw new TypeError("no base");
  return { signature: candidate.signature, data };
}

function requestOf(userAgent: string): Exchange {
  const fields = new Map([
    ["user-agent", userAgent],
    ["accept", "text/html"],
  ]);
  return {
    method: "GET",
    target: "/page?a=1",
    originTarget: "/page?a=1",
    values: new Map(),
    host: "site.example",
    url: new URL(URL_),
    clientAddress: "1.0.0.7",
    agent: { kind: "anonymous" },
    field: (name) => fields.get(name),
    forwardable: () => new FieldList(),
    background: () => {},
  };
}
