// node scripts/node.mjs test/browser/dcb.ts [--cases 200] [--browser /usr/bin/chromium]
// A page fetches dictionaries, then deltas made by our encoder; Chromium decodes them.
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { brotliDecompressSync } from "node:zlib";
import { chromium } from "playwright-core";
import { frameDelta } from "../../src/http/dictionary.ts";
import { dcbCase, type DcbCase } from "../wasm/cases.ts";
import { DcbEncoder, staticWordsStream } from "../wasm/dcb-encoder.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "200" },
    seed: { type: "string", default: "40000000" },
    browser: { type: "string", default: "/usr/bin/chromium" },
  },
});
const wasm = new URL("../../wasm/dcb/dcb.wasm", import.meta.url);
const module = new WebAssembly.Module(readFileSync(wasm));
const staticDictionary = brotliDecompressSync(staticWordsStream(module));
const encoder = new DcbEncoder(module, staticDictionary);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

/** A browser stores no empty dictionary. */
const cases: DcbCase[] = [];
for (let seed = Number(values.seed); cases.length < Number(values.cases); seed++) {
  const one = dcbCase(seed, 20_000);
  if (one.dictionary.length > 0) cases.push(one);
}

const server = createServer((request, response) => {
  const [, kind, name] = (request.url ?? "").split("?")[0]?.split("/") ?? [];
  const one = cases[Number(name)];
  if (kind === "" || one === undefined) {
    response
      .writeHead(kind === "" ? 200 : 404, { "content-type": "text/html" })
      .end("<!doctype html>");
    return;
  }
  if (kind === "dictionary") {
    response
      .writeHead(200, {
        "content-type": "text/plain",
        "cache-control": "max-age=3600",
        "use-as-dictionary": `match="/delta/${name}"`,
      })
      .end(one.dictionary);
    return;
  }
  const hash = sha256(one.dictionary);
  const available = request.headers["available-dictionary"];
  // Until the browser has stored the dictionary it does not offer it; the page asks again.
  if (available !== `:${hash.toString("base64")}:`) {
    response.writeHead(503, { "cache-control": "no-store" }).end();
    return;
  }
  const { quality, windowBits } = one;
  response
    .writeHead(200, {
      "content-type": "text/plain",
      "content-encoding": "dcb",
      "cache-control": "no-store",
      vary: "accept-encoding, available-dictionary",
    })
    .end(
      frameDelta("dcb", hash, encoder.encode(one.input, one.dictionary, { quality, windowBits })),
    );
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const profile = mkdtempSync(join(tmpdir(), "dcb-browser-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: values.browser,
  headless: true,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
try {
  const page = await context.newPage();
  await page.goto(origin);
  const hashes = await page.evaluate(async (count) => {
    // Only what is inside this function exists in the page.
    // oxlint-disable-next-line unicorn/consistent-function-scoping
    async function decoded(name: number): Promise<string> {
      await (await fetch(`/dictionary/${name}`)).arrayBuffer();
      for (let attempt = 0; attempt < 200; attempt++) {
        const response = await fetch(`/delta/${name}?${attempt}`).catch((error: unknown) =>
          String(error),
        );
        if (typeof response === "string") return response;
        if (response.ok) {
          const digest = await crypto.subtle.digest("SHA-256", await response.arrayBuffer());
          return [...new Uint8Array(digest)]
            .map((byte) => byte.toString(16).padStart(2, "0"))
            .join("");
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return "the dictionary was never offered";
    }
    const results: string[] = [];
    for (let name = 0; name < count; name += 10) {
      const names = Array.from({ length: Math.min(10, count - name) }, (_, i) => name + i);
      results.push(...(await Promise.all(names.map(decoded))));
    }
    return results;
  }, cases.length);
  let failed = 0;
  for (const [name, one] of cases.entries()) {
    if (hashes[name] === sha256(one.input).toString("hex")) continue;
    failed++;
    console.error(`case ${name} (${one.kind}, quality ${one.quality}): ${hashes[name]}`);
  }
  console.log(
    `${context.browser()?.version() ?? "browser"}: ${cases.length} cases, ${failed} failed`,
  );
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  await context.close();
  server.close();
  rmSync(profile, { recursive: true, force: true });
}
