import { describe, expect, test } from "vitest";
import { formatAmount, formatMicros, MOST_MICROS, parseAmount } from "../../src/http/amount.ts";

describe("amounts of money", () => {
  test.each([
    ["USD 0.01", 10_000, "USD 0.01"],
    ["USD 0.1", 100_000, "USD 0.10"],
    ["EUR 12", 12_000_000, "EUR 12.00"],
    ["USD 0.000001", 1, "USD 0.000001"],
    ["USD 0.0015", 1500, "USD 0.0015"],
    ["USD 0.010000", 10_000, "USD 0.01"],
    ["JPY 0", 0, "JPY 0.00"],
    ["USD 1000000", MOST_MICROS, "USD 1000000.00"],
    ["USD 1000000.000000", MOST_MICROS, "USD 1000000.00"],
    ["USD 999999.999999", MOST_MICROS - 1, "USD 999999.999999"],
  ])("parses %j exactly", (text, micros, again) => {
    const amount = parseAmount(text);
    expect(amount).toEqual({ currency: text.slice(0, 3), micros });
    expect(amount && formatAmount(amount)).toBe(again);
  });

  test.each([
    "",
    "USD",
    "0.01",
    "USD 0.01 ",
    " USD 0.01",
    "USD  0.01",
    "usd 0.01",
    "USD 00.01",
    "USD .01",
    "USD 1.",
    "USD 0.0000001",
    "USD 1000000.000001",
    "USD 9999999",
    "USD 10000000",
    "USD -1",
    "USD +1",
    "USD 1e3",
    "USD 1,000",
    "USD 0.01, USD 0.01",
    "USDC 0.01",
    "USD ٠.01",
    "USD 0.01\r\nx: y",
    "USD 0.01\n",
    "USD\t0.01",
    `USD ${"9".repeat(100_000)}`,
  ])("refuses %j", (text) => {
    expect(parseAmount(text)).toBeUndefined();
  });

  test("every amount survives writing and parsing, and differs from its neighbours", () => {
    for (let i = 0; i < 5000; i++) {
      const micros = Math.floor(Math.random() * 10 ** Math.ceil(Math.random() * 12));
      const text = formatAmount({ currency: "USD", micros });
      expect(parseAmount(text)).toEqual({ currency: "USD", micros });
      expect(text).toMatch(/^USD \d+\.\d{2,6}$/);
    }
  });

  test("writes negative balances", () => {
    expect(formatMicros(-15_000)).toBe("-0.015");
    expect(formatMicros(-1)).toBe("-0.000001");
    expect(formatMicros(0)).toBe("0.00");
  });
});
