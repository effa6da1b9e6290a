import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryHistory } from "../../src/store/memory-history.ts";
import { STEPS } from "../../src/store/history.ts";
import { historyReader, retentionOf } from "../../src/telemetry/history/history.ts";
import { needs } from "../support/needs.ts";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { rollUp } from "../support/rolled-up.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";
import { startBrowser, type VisitedBrowser, type Visitor } from "./visitor.ts";

const TOKEN = "the-token-of-the-operator";
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const VIEWS = ["overview", "agents", "content", "access", "delivery", "health"];

const now = (): number => Math.floor(Date.now() / 1000);

describe.each([
  ["no data", 0, 1],
  ["one day", 1, 24],
  ["a year", 365, 1],
] as const)("the dashboard with %s", needs("chromium"), (_, days, timesPerDay) => {
  let origin: RawOrigin;
  let proxy: Proxy;
  let browser: VisitedBrowser;
  let visitor: Visitor;
  let sum: number;

  beforeAll(async () => {
    const history = memoryHistory();
    const until = now();
    sum = await rollUp(history, { until, days, timesPerDay, requestsPerDay: 274_000, rows: 120 });
    const retention = 400 * STEPS.day;
    const reader = historyReader(history, () => retentionOf(retention), now);
    origin = await startRawOrigin();
    proxy = await RUNTIMES.node({
      origin: origin.url,
      rules: {},
      adminToken: TOKEN,
      platform: { figures: () => ({ reader, retention }) },
    });
    browser = await startBrowser();
    visitor = await browser.visit();
    const { page } = visitor;
    await page.goto(`${proxy.url}/.wayleave/`);
    await page.fill("#token", TOKEN);
    await page.click("button");
    await page.waitForSelector("#content");
  });

  afterAll(async () => {
    await visitor?.close();
    await browser?.close();
    await proxy?.close();
    await origin?.close();
  });

  it("has no serious fault of accessibility, and no script of a stranger's text", async () => {
    const { page } = visitor;
    const dialogs: string[] = [];
    page.on("dialog", (dialog) => void dialogs.push(dialog.message()));
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      for (const view of scheme === "light" ? VIEWS : ["overview", "access"]) {
        await page.goto(`${proxy.url}/.wayleave/?view=${view}&range=365d`);
        expect(await page.locator("script").count()).toBe(0);
        const found = (await page.evaluate(`${AXE}; axe.run(document)`)) as {
          violations: { id: string; impact: string; nodes: { html: string }[] }[];
        };
        const serious = found.violations
          .filter(({ impact }) => impact === "serious" || impact === "critical")
          .map(({ id, nodes }) => [id, nodes[0]?.html]);
        expect(serious, `${view}, ${scheme}`).toEqual([]);
      }
    }
    expect(dialogs).toEqual([]);
  }, 180_000);

  it("fits a phone without scrolling the page sideways", async () => {
    const { page } = visitor;
    await page.setViewportSize({ width: 360, height: 740 });
    for (const view of VIEWS) {
      await page.goto(`${proxy.url}/.wayleave/?view=${view}&range=365d`);
      const width = await page.evaluate("document.documentElement.scrollWidth");
      expect(width, view).toBeLessThanOrEqual(360);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it("has files that other programs read, with the same figures", async () => {
    const file = async (path: string): Promise<string> => {
      const headers = { authorization: `Bearer ${TOKEN}` };
      const got = await fetch(`${proxy.url}/.wayleave/${path}?range=365d&by=agent`, { headers });
      expect(got.status).toBe(200);
      expect(got.headers.get("content-disposition")).toContain("attachment");
      return got.text();
    };
    const csv = parse<Record<string, string>>(await file("tables/requests.csv"), { columns: true });
    const json = JSON.parse(await file("tables/requests.json")) as Record<string, unknown>[];
    const total = (rows: readonly Record<string, unknown>[]): number =>
      rows.reduce((all, { requests }) => all + Number(requests), 0);
    expect(total(json)).toBe(sum);
    expect(total(csv)).toBe(sum);
    const svg = await file("charts/requests-over-time.svg");
    expect(svg).toMatch(/^<svg\s+xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    if (days === 0) return;
    // A spreadsheet would compute a text that begins with "=".
    const operators = await file("tables/agents.csv");
    for (const row of parse<Record<string, string>>(operators, { columns: true })) {
      for (const cell of Object.values(row)) expect(cell).not.toMatch(/^[=+@]/);
    }
  });

  it("logs out", async () => {
    const { page } = visitor;
    await page.goto(`${proxy.url}/.wayleave/`);
    await page.click("text=Log out");
    await page.waitForSelector("#token");
    await page.fill("#token", `${TOKEN}-wrong`);
    await page.click("button");
    expect(await page.textContent("#fault")).toContain("not the token");
  });
});
