// The platform's rate limit binding, as wrangler's development server implements it: no stub of ours.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parse } from "jsonc-parser";
import { afterAll, beforeAll, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { freePort, untilReady } from "../support/runtimes.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const LIMIT = 3;
const RULES = {
  rules: [
    {
      name: "slow down",
      match: { path: "/slow/*" },
      access: { action: "limit", requests: LIMIT, per: "1m", binding: "SLOW" },
    },
  ],
};

const folder = mkdtempSync(join(tmpdir(), "wayleave-rate-binding-"));
let origin: TestOrigin;
let worker: { dispose(): Promise<void> };
let url = "";

beforeAll(async () => {
  process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false";
  process.env["WRANGLER_SEND_METRICS"] = "false";
  origin = await startOrigin();
  const text = readFileSync(join(ROOT, "wrangler.jsonc"), "utf8");
  const { $schema: _schema, build: _build, ...config } = parse(text) as Record<string, unknown>;
  const ratelimits = [{ name: "SLOW", namespace_id: "1001", simple: { limit: LIMIT, period: 60 } }];
  const vars = { ORIGIN_URL: origin.url, RULES: JSON.stringify(RULES), DEV: "1", LOCAL: "1" };
  const main = join(ROOT, "src/runtime/workers/index.ts");
  const path = join(folder, "wrangler.json");
  writeFileSync(path, JSON.stringify({ ...config, main, vars, ratelimits }));
  const port = await freePort();
  const { unstable_startWorker } = await import("wrangler");
  worker = await unstable_startWorker({
    config: path,
    dev: {
      server: { hostname: "127.0.0.1", port },
      inspector: false,
      logLevel: "error",
      persist: folder,
      watch: false,
      remote: false,
    },
  });
  url = `http://127.0.0.1:${port}`;
  await untilReady(`${url}/.wayleave/health`, () => "");
}, 90_000);

afterAll(async () => {
  await worker?.dispose();
  await origin?.close();
  rmSync(folder, { recursive: true, force: true });
});

it("counts for a rule that names it: each client by itself, and refuses with what is known", async () => {
  /** The number of requests that are admitted before the first refusal, and that refusal. */
  const untilRefused = async (from: string) => {
    for (let admitted = 0; ; admitted++) {
      const answer = await send(`${url}/slow/a`, { headers: { "cf-connecting-ip": from } });
      // A window of the binding may end in between, once.
      if (answer.status === 429 || admitted > 2 * LIMIT) return { admitted, answer };
    }
  };
  const first = await untilRefused("192.0.2.1");
  const second = await untilRefused("198.51.100.1");
  for (const { admitted } of [first, second]) {
    expect(admitted).toBeGreaterThanOrEqual(LIMIT);
    expect(admitted).toBeLessThanOrEqual(2 * LIMIT);
  }
  const { answer: refused } = first;
  expect(refused.status).toBe(429);
  expect(refused.headers["ratelimit-policy"]).toContain(`;q=${LIMIT};w=60`);
  expect(refused.headers["retry-after"]).toMatch(/^[1-9]\d?$/);
  // The binding tells no rest, so none is stated.
  expect(refused.headers["ratelimit"]).toBeUndefined();
  expect((await send(`${url}/other`)).status).toBe(404);
});
