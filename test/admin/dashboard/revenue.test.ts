import { describe, expect, it } from "vitest";
import { readCsv } from "../../support/csv.ts";
import { csvOf, jsonOf } from "../../../src/admin/dashboard/figure-table.ts";
import { Figures } from "../../../src/admin/dashboard/panel.ts";
import { PANELS } from "../../../src/admin/dashboard/panels/index.ts";
import { parseDashboardRequest } from "../../../src/admin/dashboard/request.ts";
import { tilesView } from "../../../src/admin/dashboard/tiles.ts";
import { reportText } from "../../../src/cli/stats/text.ts";
import { memoryHistory } from "../../../src/store/memory-history.ts";
import { historyReader, retentionOf } from "../../../src/telemetry/history/history.ts";
import { SECTIONS } from "../../../src/telemetry/history/reports.ts";
import { drainTally } from "../../../src/telemetry/tally/drain.ts";
import { Tally } from "../../../src/telemetry/tally/tally.ts";
import { sampleEvent } from "../../support/sample-event.ts";

const NOW = Date.UTC(2026, 10, 28, 12, 30) / 1000;

/** A history of charges in two currencies: 3 × 0.02 USD and 2 × 5 EUR. */
async function historyOfCharges() {
  const tally = new Tally({ clock: () => NOW * 1000 });
  for (const [currency, micros, count] of [
    ["USD", 20_000, 3],
    ["EUR", 5_000_000, 2],
  ] as const) {
    const access = { action: "charge", rule: "paid", reason: "charged" } as const;
    for (let i = 0; i < count; i++) {
      tally.take(sampleEvent({ access: { ...access, charged: { micros, currency } } }));
    }
  }
  const store = memoryHistory();
  const batch = drainTally(tally);
  if (batch !== undefined) await store.add(batch);
  return historyReader(
    store,
    () => retentionOf(40 * 86_400),
    () => NOW,
  );
}

async function tilesOf(query: string): Promise<Record<string, string>> {
  const asked = parseDashboardRequest(new URLSearchParams(query), NOW);
  const view = String(await tilesView(new Figures(await historyOfCharges(), asked, NOW)));
  const tiles = view.matchAll(/<dt>([^<]*)<\/dt>\s*<dd>([^<]*)<\/dd>/g);
  return Object.fromEntries(Array.from(tiles, ([, title = "", text = ""]) => [title, text]));
}

describe("revenue in two currencies", () => {
  it("has a sum for each on the first page, and none of both", async () => {
    const tiles = await tilesOf("");
    expect(tiles).toMatchObject({ "Revenue, USD": "0.0600", "Revenue, EUR": "10.00" });
    expect(Object.keys(tiles).filter((title) => /revenue/i.test(title))).toHaveLength(2);
    expect(JSON.stringify(tiles)).not.toContain("10.06");
  });

  it("is not shown with a filter that charges do not know", async () => {
    expect(await tilesOf("agent=GPTBot")).toMatchObject({ "Revenue, EUR": "10.00" });
    expect(await tilesOf("agent=nobody")).toMatchObject({ Revenue: "0.0000" });
    const filtered = await tilesOf("category=AI+Crawler");
    expect(filtered).toMatchObject({ Revenue: "–", "Violations of robots.txt": "–" });
  });

  it("has a row for each in CSV, in JSON and in statistics", async () => {
    const history = await historyOfCharges();
    const asked = parseDashboardRequest(new URLSearchParams(), NOW);
    const panel = PANELS.find(({ name }) => name === "revenue");
    const table = (await panel?.load(new Figures(history, asked, NOW)))?.table;
    if (table === undefined) throw new Error("there is no table of revenue");
    expect(readCsv(csvOf(table))).toMatchObject([
      { currency: "USD", amount: "0.06" },
      { currency: "EUR", amount: "10" },
    ]);
    expect(JSON.parse(jsonOf(table))).toMatchObject([
      { currency: "USD", amount: 0.06 },
      { currency: "EUR", amount: 10 },
    ]);
    const section = SECTIONS.find(({ name }) => name === "revenue");
    const report = await section?.read(history, { from: NOW - 60, to: NOW + 60 }, 10);
    if (report === undefined) throw new Error("there is no section of revenue");
    expect(report.rows).toEqual([
      { agent: "GPTBot", currency: "USD", requests: 3, chargedMicros: 60_000 },
      { agent: "GPTBot", currency: "EUR", requests: 2, chargedMicros: 10_000_000 },
    ]);
    expect(reportText(report)).toMatch(/USD +3 +0\.06\n +GPTBot +EUR +2 +10\.00/);
  });
});
