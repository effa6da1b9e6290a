import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import parsePrometheus from "parse-prometheus-text-format";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FEATURES } from "../../src/features.ts";
import { loadRules } from "../../src/rules/load.ts";
import { nodeTelemetry, type NodeTelemetry } from "../../src/runtime/node/telemetry.ts";
import { lastingSqliteHistory } from "../../src/store/adapters/sqlite/history.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import { send } from "../support/client.ts";
import { MOUNT, needsThat } from "../support/needs.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";
import { sampleEvent } from "../support/sample-event.ts";

const TOKEN = "a-token-of-the-operator";
const MOUNTS = spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;
const bearer = { authorization: `Bearer ${TOKEN}` };

describe("metrics and history on Node", { timeout: 400_000 }, () => {
  let folder: string;
  let disk: string;
  const told: string[] = [];
  let origin: TestOrigin;
  let telemetry: NodeTelemetry;
  let proxy: Proxy;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "wayleave-faults-"));
    origin = await startOrigin();
    const { rules } = loadRules("{}", "rules", "[]", () => undefined, FEATURES);
    disk = join(folder, "disk");
    mkdirSync(disk);
    if (MOUNTS) execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "none", disk]);
    telemetry = nodeTelemetry({
      log: silentLog,
      settings: rules.telemetry,
      openHistory: () =>
        lastingSqliteHistory(join(disk, "h.sqlite"), {
          now: () => Date.now() / 1000,
          tell: ({ kind }) => void told.push(kind),
        }),
      warnings: new Map(),
      rules: () => ({ version: "v", since: 0 }),
      lists: () => [],
    });
    const platform = { ...telemetry.platform, sinks: [telemetry.sink] };
    proxy = await RUNTIMES.node({ origin: origin.url, rules: {}, adminToken: TOKEN, platform });
  });

  afterAll(async () => {
    await proxy?.close();
    await telemetry?.close();
    await origin?.close();
    if (MOUNTS) execFileSync("umount", ["-l", disk]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** The metrics as another program reads them over HTTP. */
  const metricsOf = async () => {
    const { status, headers, body } = await send(`${proxy.url}/.wayleave/metrics`, {
      headers: bearer,
    });
    expect([status, headers["content-type"]]).toEqual([
      200,
      "text/plain; version=0.0.4; charset=utf-8",
    ]);
    return parsePrometheus(body.toString()) as readonly {
      readonly name: string;
      readonly metrics: readonly { value?: string; labels?: Readonly<Record<string, string>> }[];
    }[];
  };
  const stored = async (path: string): Promise<number> => {
    const now = Date.now() / 1000;
    const reader = telemetry.platform.figures()?.reader;
    const rows = await reader?.read({
      table: "paths",
      from: now - 600,
      to: now + 600,
      by: ["path"],
      where: { path },
    });
    return rows?.[0]?.requests ?? 0;
  };

  const dropped = async (): Promise<number> => {
    const families = await metricsOf();
    const found = families.find(({ name }) => name === "wayleave_telemetry_dropped_total");
    return (found?.metrics ?? []).reduce((sum, { value }) => sum + Number(value), 0);
  };

  it("are for the holder of the token alone", async () => {
    const path = `${proxy.url}/.wayleave/metrics`;
    expect((await send(path)).status).toBe(401);
    const wrong = { authorization: "Bearer another-token-of-somebody" };
    expect((await send(path, { headers: wrong })).status).toBe(401);
    expect(origin.requests).toEqual([]);
  });

  it("have no more series, whatever agents, paths, hosts and referrers clients make up", async () => {
    const before = (await metricsOf()).flatMap(({ metrics }) => metrics).length;
    const made = Array.from({ length: 1500 }, () => randomBytes(9).toString("hex"));
    for (const [i, name] of made.entries()) {
      const own = { "user-agent": `${name}Bot/1.0`, referer: `https://${name}.example/` };
      const known = i % 50 === 0 ? { "user-agent": `GPTBot/1.2 ${name}` } : {};
      const { status } = await send(`${proxy.url}/${name}`, {
        headers: { ...own, ...known, host: `${name}.example` },
      });
      expect(status).toBe(404);
    }
    const families = await metricsOf();
    const text = JSON.stringify(families);
    expect(made.filter((name) => text.includes(name))).toEqual([]);
    const series = families.flatMap(({ metrics }) => metrics).length;
    // One more agent, and one more class of statuses, each with its own lines.
    expect(series).toBeLessThan(before + 40);
    const requests = families.find(({ name }) => name === "wayleave_requests_total");
    const counts = requests?.metrics.map(({ value }) => Number(value)) ?? [];
    expect(counts.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(made.length);
    for (const { labels } of requests?.metrics ?? []) {
      expect(Object.keys(labels ?? {}).toSorted()).toEqual([
        "action",
        "agent",
        "class",
        "code_class",
        "evidence",
      ]);
    }
  });

  it("lose no response and no count while another program locks the file", async () => {
    await expect.poll(() => stored("/before").catch(() => -1), { timeout: 30_000 }).toBe(0);
    const other = new DatabaseSync(join(disk, "h.sqlite"));
    other.exec("PRAGMA busy_timeout = 10000; BEGIN EXCLUSIVE");
    for (let i = 0; i < 20; i++) expect((await send(`${proxy.url}/locked`)).status).toBe(404);
    other.exec("COMMIT");
    other.close();
    await expect.poll(() => stored("/locked").catch(() => -1), { timeout: 60_000 }).toBe(20);
    expect(await dropped()).toBe(0);
  });

  it(
    "lose no response on a full disk, count what the history lacks, and go on once there is room",
    needsThat(MOUNTS, MOUNT),
    async () => {
      await expect.poll(() => stored("/before").catch(() => -1), { timeout: 60_000 }).toBe(0);
      told.length = 0;
      // More bytes than the disk has: it is full up to the last one.
      expect(() => writeFileSync(join(disk, "rest"), Buffer.alloc(20_000_000))).toThrow("ENOSPC");
      let made = 0;
      const more = async (): Promise<number> => {
        // As many paths as a second may have, so that counts fill the memory that they may use.
        for (let i = 0; i < 4500; i++) telemetry.sink.take(sampleEvent({ path: `/p${made++}` }));
        expect((await send(`${proxy.url}/full`)).status).toBe(404);
        return dropped();
      };
      await expect.poll(more, { timeout: 120_000, interval: 700 }).toBeGreaterThan(4000);
      expect(told).toEqual(["down"]);
      rmSync(join(disk, "rest"));
      execFileSync("mount", ["-o", "remount,size=64m", disk]);
      await expect.poll(() => told, { timeout: 120_000, interval: 300 }).toEqual(["down", "up"]);
      // While old counts are being written, new paths may count as "other", so the path is asked again.
      const room = async (): Promise<number> => {
        expect((await send(`${proxy.url}/room`)).status).toBe(404);
        return stored("/room").catch(() => -1);
      };
      await expect.poll(room, { timeout: 120_000, interval: 500 }).toBeGreaterThan(0);
    },
  );
});
