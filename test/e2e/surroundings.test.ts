import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRulesText } from "../../src/cli/rules-file.ts";
import { runCommand } from "../support/cli.ts";
import { send } from "../support/client.ts";
import { needsThat } from "../support/needs.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { startCommand } from "../support/started.ts";

/** A folder in which nobody can make anything, not even root. */
const UNWRITABLE = "/sys";

describe("wayleave in surroundings that lack something", { timeout: 60_000 }, () => {
  let origin: TestOrigin;
  let folder: string;

  beforeAll(async () => {
    origin = await startOrigin();
    folder = mkdtempSync(join(tmpdir(), "wayleave-surroundings-"));
  });
  afterAll(async () => {
    await origin?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("stores in memory if the working directory is unwritable, and says so in one line", async () => {
    const proxy = await startCommand(UNWRITABLE, ["--runtime", "node", "--origin", origin.url]);
    try {
      expect((await send(`${proxy.url}/nope`)).status).toBe(404);
      const lines = proxy.said().split("\n");
      const told = lines.filter((line) => line.includes('"event":"store-down"'));
      expect(told).toHaveLength(1);
      expect(JSON.parse(told[0] as string)).toMatchObject({ uses: "memory" });
      expect(proxy.said()).not.toMatch(/\n +at /);
    } finally {
      await proxy.stop();
    }
  });

  it.each([
    ["a Worker", ["--runtime", "workers", "--origin", "http://127.0.0.1:9"]],
    ["the demo", ["--runtime", "node"]],
  ])("says in one line that %s needs a writable working directory", async (_what, argv) => {
    const { code, out, err } = await runCommand(UNWRITABLE, ["start", "--log", "off", ...argv]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/^wayleave start: E(?:PERM|ACCES): [^\n]*, mkdir '[^\n]*'\n$/);
  });

  it.each(["node", "workers"])("starts on %s without a HOME", async (runtime) => {
    const argv = ["--runtime", runtime, "--origin", origin.url];
    const proxy = await startCommand(folder, argv, { HOME: undefined });
    expect((await send(`${proxy.url}/nope`)).status).toBe(404);
    expect(await proxy.stop()).toBe(0);
  });

  const canDrop = process.seteuid !== undefined;
  it("says why it can't read a rules file", needsThat(canDrop, "seteuid"), () => {
    const file = join(folder, "closed.jsonc");
    writeFileSync(file, "{}");
    chmodSync(file, 0o000);
    chmodSync(folder, 0o755);
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      expect(() => readRulesText(file)).toThrow(`can't read the rules file ${file}: no permission`);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it("prints its version", async () => {
    const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
    const { version } = JSON.parse(text) as { version: string };
    expect(await runCommand(folder, ["--version"])).toEqual({
      code: 0,
      out: `${version}\n`,
      err: "",
    });
  });
});
