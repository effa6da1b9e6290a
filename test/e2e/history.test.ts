import { afterAll, beforeAll, expect, it } from "vitest";
import { runCommand } from "../support/cli.ts";
import { send } from "../support/client.ts";
import { startPlainSite, type PlainSite } from "../support/plain-site.ts";
import { startCommand } from "../support/started.ts";

let site: PlainSite;

beforeAll(async () => {
  site = await startPlainSite();
});
afterAll(() => site?.close());

it("counts requests while it runs, with a full disk for its log, and after it was killed", async () => {
  const { folder, argv } = site;
  const proxy = await startCommand(folder, [
    ...argv,
    "--store",
    "sqlite:store.sqlite",
    "--log",
    "access",
    "--log-file",
    "/dev/full",
  ]);
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
  process.kill(proxy.pid ?? 0, "SIGKILL");
  await proxy.stop();
  expect(await counted()).toBe(20);
}, 180_000);
