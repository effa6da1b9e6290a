// The lines of docs/telemetry.md and docs/dashboard.md that show figures, as printed.
import { execFile } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, expect, it } from "vitest";
import { shellLine } from "../support/cli.ts";
import { send } from "../support/client.ts";
import { needs } from "../support/needs.ts";
import { startPlainSite, type PlainSite } from "../support/plain-site.ts";
import { freePort } from "../support/runtimes.ts";
import { startCommand } from "../support/started.ts";

const TOKEN = "the-token-of-the-operator";
const BOT = "Mozilla/5.0 (compatible; GPTBot/1.3; +https://openai.com/gptbot)";
const PAGES = 12;

let site: PlainSite;

beforeAll(async () => {
  site = await startPlainSite();
});
afterAll(() => site?.close());

function linesOf(page: string, beginning: string): string[] {
  const text = readFileSync(new URL(`../../docs/${page}.md`, import.meta.url), "utf8");
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  return blocks
    .join("")
    .split("\n")
    .filter((line) => line.startsWith(beginning));
}

async function shell(line: string): Promise<string> {
  const { stdout } = await promisify(execFile)("bash", ["-c", line], {
    cwd: site.folder,
    env: { ...process.env, NO_COLOR: "1", ADMIN_TOKEN: TOKEN },
  });
  return stdout;
}

it(
  "prints the agents, pages and days of a proxy's history and log",
  { ...needs("curl"), timeout: 300_000 },
  async () => {
    const admin = await freePort();
    const { folder, argv } = site;
    const logs = ["--log", "access", "--log-file", "access.log"];
    const proxy = await startCommand(folder, [...argv, ...logs, "--admin", `127.0.0.1:${admin}`], {
      ADMIN_TOKEN: TOKEN,
    });
    for (let i = 0; i < PAGES; i++) {
      await send(`${proxy.url}/page-${i % 3}`, { headers: { "user-agent": BOT } });
    }
    const [curl = ""] = linesOf("dashboard", "curl");
    const table = curl.replace("127.0.0.1:9000", `127.0.0.1:${admin}`).replace("curl", "curl -s");
    const rows = async (): Promise<Record<string, string>[]> =>
      parse(await shell(table), { columns: true });
    const isCounted = async (): Promise<boolean> =>
      (await rows()).some(({ agent, requests }) => agent === "GPTBot" && requests === `${PAGES}`);
    await expect.poll(isCounted, { timeout: 120_000, interval: 500 }).toBe(true);
    expect(await proxy.stop()).toBe(0);

    for (const name of ["a", "b"]) {
      copyFileSync(join(folder, ".wayleave/data/wayleave.sqlite"), join(folder, `${name}.sqlite`));
    }
    const log = readFileSync(join(folder, "access.log"));
    writeFileSync(join(folder, "access.log.1.gz"), gzipSync(log));
    const lines = linesOf("telemetry", "wayleave stats");
    const printed = await Promise.all(lines.map(async (line) => shell(await shellLine(line))));
    const [week = "", paths = "", days = "", fleet = "", logged = ""] = printed;
    expect(lines).toHaveLength(5);
    expect(week).toMatch(/GPTBot.*\b12\b/);
    const byPath: Record<string, string>[] = parse(paths, { columns: true });
    expect(byPath.find(({ path }) => path === "/page-1")?.["requests"]).toBe("4");
    const byDay = JSON.parse(days) as readonly { readonly requests: number }[];
    expect(byDay.reduce((sum, { requests }) => sum + requests, 0)).toBe(PAGES);
    // Two stores, and a log twice.
    for (const doubled of [fleet, logged]) expect(doubled).toMatch(/GPTBot.*\b24\b/);
  },
);
