import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { needs } from "../../support/needs.ts";
import { startRedis } from "../../support/redis.ts";

const run = promisify(execFile);
const TAKER = new URL("taker.ts", import.meta.url).pathname;

/** @param start milliseconds since the epoch at which the process begins to take */
async function take(
  where: string,
  count: number,
  start = 0,
): Promise<{ got: number; slots: number }> {
  const argv = ["--disable-warning=ExperimentalWarning", TAKER, where, String(count), `${start}`];
  const { stdout } = await run(process.execPath, argv);
  return JSON.parse(stdout) as { got: number; slots: number };
}

/** Two processes at once, and a third after them, get together what the quota holds. */
async function takeFromThree(where: string): Promise<void> {
  // Enough for both to have started, so that neither finds the quota used up.
  const start = Date.now() + 8000;
  const both = await Promise.all([take(where, 150, start), take(where, 150, start)]);
  // A claim that one quota refuses holds units of the other for a moment, so it may be less.
  const got = both[0].got + both[1].got;
  expect(got).toBe(120);
  expect(both[0].slots + both[1].slots).toBe(7);
  expect(both[0].got).toBeGreaterThan(0);
  expect(both[1].got).toBeGreaterThan(0);
  expect(await take(where, 20)).toEqual({ got: 0, slots: 0 });
}

test("two processes with one SQLite file admit the limit together, and a restart forgets nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-rates-"));
  try {
    await takeFromThree(join(folder, "rates.sqlite"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);

describe("with Redis", needs("redis-server"), () => {
  test("two processes admit the limit together, and a restart of them forgets nothing", async () => {
    const server = await startRedis();
    try {
      await takeFromThree(server.url);
    } finally {
      await server.close();
    }
  }, 60_000);
});
