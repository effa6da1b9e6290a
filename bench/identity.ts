// Prints ratios of medians, taken alternately in one run: node scripts/node.mjs bench/identity.ts
import { readFileSync } from "node:fs";
import { httpbis } from "http-message-signatures";
import { verifyBytes } from "../src/agent/web-bot-auth/keys.ts";
import { makeSubjects, NOW, URL_ } from "./identity-subjects.ts";

const ROUNDS = 150;
const BATCH = 100;

const table = readFileSync(new URL("../rules/bots.jsonc", import.meta.url), "utf8");
const { fields, key, raw, signed, unsigned, browser, crawler } = await makeSubjects(table);
const library = {
  keyLookup: () =>
    Promise.resolve({
      verify: (base: Uint8Array, given: Uint8Array) =>
        verifyBytes(key, new Uint8Array(given), new Uint8Array(base)),
    }),
  notAfter: NOW + 60,
};
const plain = { method: "GET", url: URL_, headers: fields };

const medians = await measure({
  "raw WebCrypto verify": raw,
  "verifyMessage, signed": signed,
  "verifyMessage, unsigned": unsigned,
  "identify, a browser": browser,
  "identify, a crawler by its address": crawler,
  "http-message-signatures, without a gate": () => httpbis.verifyMessage(library, plain),
});
const least = medians.get("raw WebCrypto verify") ?? Number.NaN;
for (const [name, median] of medians) {
  console.log(
    `${name.padEnd(42)}${(median * 1000).toFixed(2).padStart(9)} µs ${(median / least).toFixed(3).padStart(8)} × raw`,
  );
}

/** Milliseconds for each call, as the median over rounds of all subjects. */
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
