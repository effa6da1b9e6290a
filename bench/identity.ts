// Prints ratios of medians, taken alternately in one run: node scripts/node.mjs bench/identity.ts
import { httpbis } from "http-message-signatures";
import {
  generateKeys,
  signMessage,
  staticKeys,
  verifyMessage,
  type SignedMessage,
} from "../src/agent/web-bot-auth/index.ts";
import { readCandidate } from "../src/agent/web-bot-auth/candidate.ts";
import { importVerificationKey, verifyBytes } from "../src/agent/web-bot-auth/keys.ts";
import { buildSignatureBase } from "../src/agent/web-bot-auth/signature-base.ts";
import { toOctets } from "../src/agent/web-bot-auth/octets.ts";
import { parseDictionary } from "../src/agent/web-bot-auth/structured-field.ts";

const ROUNDS = 150;
const BATCH = 100;
const now = 1_800_000_000;
const url = "https://site.example/page?a=1";
const options = { now, isAllowed: () => true };

const { privateJwk, directory } = await generateKeys();
const signed = await signMessage({ method: "GET", url }, privateJwk, {
  agent: "https://signer.example",
  created: now - 10,
  expires: now + 290,
  nonce: "JojDFWJ90jf+gZhdKeTyJYsu1XvNPZSFAGhvYq5SuV3gneOEUAhq+xl792WGuD1W+Dr6NRmx+m+t06NsYnL4iA==",
});
const message = toMessage(signed);
const browser = toMessage({ Accept: "text/html", "User-Agent": "Mozilla/5.0", Cookie: "a=1" });
const keys = await staticKeys({ "https://signer.example": directory });
const imported = await importVerificationKey(directory.keys[0]);
if (keys === undefined || imported.kind === "refused") throw new TypeError("no keys");
const { key } = imported;
const { signature, data } = rawParts(message);

const library = {
  keyLookup: () =>
    Promise.resolve({
      verify: (base: Uint8Array, given: Uint8Array) =>
        verifyBytes(key, new Uint8Array(given), new Uint8Array(base)),
    }),
  notAfter: now + 60,
};
const plain = { method: "GET", url, headers: signed };

const medians = await measure({
  "raw WebCrypto verify": () => verifyBytes(key, signature, data),
  "verifyMessage, signed": () => verifyMessage(message, keys, options),
  "verifyMessage, unsigned": () => verifyMessage(browser, keys, options),
  "http-message-signatures, without a gate": () => httpbis.verifyMessage(library, plain),
});
const raw = medians.get("raw WebCrypto verify") ?? Number.NaN;
for (const [name, median] of medians) {
  console.log(
    `${name.padEnd(42)}${(median * 1000).toFixed(2).padStart(9)} µs ${(median / raw).toFixed(3).padStart(8)} × raw`,
  );
}

/** Milliseconds a call, the median over rounds in which every subject had its turn. */
async function measure(
  subjects: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<Map<string, number>> {
  const samples = new Map(Object.keys(subjects).map((name) => [name, [] as number[]]));
  for (let round = -5; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(subjects)) {
      const start = performance.now();
      for (let call = 0; call < BATCH; call++) await run();
      if (round >= 0) samples.get(name)?.push((performance.now() - start) / BATCH);
    }
  }
  return new Map(
    [...samples].map(([name, times]) => [
      name,
      times.sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN,
    ]),
  );
}

function toMessage(fields: Readonly<Record<string, string>>): SignedMessage {
  const byName = new Map(Object.entries(fields).map(([name, text]) => [name.toLowerCase(), text]));
  return { method: "GET", url, field: (name) => byName.get(name) };
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
