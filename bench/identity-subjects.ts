import { readCandidate } from "../src/agent/web-bot-auth/candidate.ts";
import {
  generateKeys,
  signMessage,
  staticKeys,
  verifyMessage,
  type SignedMessage,
} from "../src/agent/web-bot-auth/index.ts";
import { importVerificationKey, verifyBytes } from "../src/agent/web-bot-auth/keys.ts";
import { toOctets } from "../src/agent/web-bot-auth/octets.ts";
import { buildSignatureBase } from "../src/agent/web-bot-auth/signature-base.ts";
import { parseDictionary } from "../src/agent/web-bot-auth/structured-field.ts";

export const NOW = 1_800_000_000;
export const URL_ = "https://site.example/page?a=1";
const NONCE =
  "JojDFWJ90jf+gZhdKeTyJYsu1XvNPZSFAGhvYq5SuV3gneOEUAhq+xl792WGuD1W+Dr6NRmx+m+t06NsYnL4iA==";

/** What the benches of both runtimes time: a raw verification, a whole one, and a request without a signature. */
export async function makeSubjects() {
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
  const imported = await importVerificationKey(directory.keys[0]);
  if (keys === undefined || imported.kind === "refused") throw new TypeError("no keys");
  const { key } = imported;
  const { signature, data } = rawParts(signed);
  const options = { now: NOW, isAllowed: () => true };
  return {
    fields,
    key,
    raw: async () => verifyBytes(key, signature, data),
    signed: async () => (await verifyMessage(signed, keys, options)).verdict === "verified",
    unsigned: async () => (await verifyMessage(browser, keys, options)).verdict === "unverified",
  };
}

function toMessage(fields: Readonly<Record<string, string>>): SignedMessage {
  const byName = new Map(Object.entries(fields).map(([name, text]) => [name.toLowerCase(), text]));
  return { method: "GET", url: URL_, field: (name) => byName.get(name) };
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
  const data = base.kind === "base" ? toOctets(base.text) : undefined;
  if (data === undefined) throw new TypeError("no base");
  return { signature: candidate.signature, data };
}
