import { afterEach, beforeEach, expect, it } from "vitest";
import { runCommand } from "../support/cli.ts";
import { send } from "../support/client.ts";
import { startPlainSite, type PlainSite } from "../support/plain-site.ts";
import { startCommand } from "../support/started.ts";

const TOKEN = "the-token-of-the-operator";

let site: PlainSite;

beforeEach(async () => {
  site = await startPlainSite();
});
afterEach(() => site?.close());

it("counts requests while it runs, with a full disk for its log, and after it was killed", async () => {
  const { folder, argv } = site;
  const logs = ["--log", "access", "--log-file", "/dev/full"];
  const proxy = await startCommand(folder, [...argv, "--store", "sqlite:store.sqlite", ...logs], {
    ADMIN_TOKEN: TOKEN,
  });
  for (let i = 0; i < 20; i++) {
    const { status, body } = await send(`${proxy.url}/page`);
    expect([status, body.toString()]).toEqual([200, "a page"]);
  }
  const counted = async (): Promise<number> => {
    const asked = ["stats", "--store", "sqlite:store.sqlite", "--by", "path", "--json"];
    const { code, out } = await runCommand(folder, asked);
    if (code !== 0) return -1;
    const rows = JSON.parse(out) as readonly { readonly path: string; readonly requests: number }[];
    return rows.find(({ path }) => path === "/page")?.requests ?? 0;
  };
  await expect.poll(counted, { timeout: 60_000, interval: 500 }).toBe(20);
  expect(proxy.said().match(/"event":"log-failed"/g)).toHaveLength(1);
  expect(proxy.said()).toContain('"code":"ENOSPC"');
  // Lines that wait for the next attempt are not lost yet.
  const lost = async (): Promise<number> => {
    const { body } = await send(`${proxy.url}/.wayleave/metrics`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    return Number(/_dropped_total\{sink="log"\} (\d+)/.exec(body.toString())?.[1]);
  };
  await expect.poll(lost, { timeout: 60_000, interval: 500 }).toBeGreaterThanOrEqual(20);
  process.kill(proxy.pid ?? 0, "SIGKILL");
  await proxy.stop();
  expect(await counted()).toBe(20);
}, 180_000);
