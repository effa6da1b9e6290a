import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  analyticsEngineSink,
  BLOBS,
  DOUBLES,
  pointOf,
} from "../../../src/telemetry/sinks/analytics-engine.ts";
import { CLAIMED, sampleEvent } from "../../support/sample-event.ts";

describe("a point of Analytics Engine", () => {
  it("has the documented columns, within the limits of a dataset", () => {
    expect(BLOBS.length).toBeLessThanOrEqual(20);
    expect(DOUBLES.length).toBeLessThanOrEqual(20);
    const page = readFileSync(new URL("../../../docs/telemetry.md", import.meta.url), "utf8");
    for (const [i, name] of BLOBS.entries())
      expect(page).toMatch(new RegExp(`\`blob${i + 1}\` +\\| \`${name}\``));
    for (const [i, name] of DOUBLES.entries()) {
      expect(page).toMatch(new RegExp(`\`double${i + 1}\` +\\| \`${name}\``));
    }
  });

  it("has the values of a request in the order of the columns", () => {
    const { indexes, blobs, doubles } = pointOf(
      sampleEvent({
        saved: { markdown: 700 },
        access: { action: "allow", would: "block", rule: "r", reason: "named" },
        features: [
          {
            feature: "f",
            rule: "r",
            mode: "enforce",
            action: "redirect",
            acted: true,
            reason: "x",
            kind: "respond",
            detail: { to: "/two" },
          },
        ],
      }),
    );
    const texts = Object.fromEntries(BLOBS.map((name, i) => [name, blobs[i]]));
    const numbers = Object.fromEntries(DOUBLES.map((name, i) => [name, doubles[i]]));
    expect(indexes).toEqual(["GPTBot"]);
    expect(texts).toMatchObject({
      agent: "GPTBot",
      operator: "OpenAI",
      verdict: "claimed",
      status: "200",
      access: "allow",
      would: "block",
      rule: "r",
      host: "www.example.com",
      path: "/blog/one",
      pattern: "/blog/*",
      details: '{"to":"/two","did":["f:redirect"]}',
    });
    const named = pointOf(sampleEvent({ originName: "shop" }));
    expect(JSON.parse(named.blobs[BLOBS.indexOf("details")] ?? "")).toEqual({ origin: "shop" });
    expect(numbers).toMatchObject({
      status: 200,
      bytesSent: 1000,
      savedByMarkdown: 700,
      duration: 40,
      originDuration: 30,
      chargedMicros: 0,
    });
  });

  it("stays within the limits for any values", () => {
    const long = "é€😀".repeat(4000);
    const { indexes, blobs } = pointOf(
      sampleEvent({
        path: long,
        host: long,
        method: long,
        pattern: long,
        type: long,
        agent: { ...CLAIMED, name: long, operator: long },
        access: { action: long, rule: long, reason: long },
        referrer: { class: "other", name: long },
        cause: { kind: "origin", code: long, phase: "head" },
      }),
    );
    expect(Buffer.byteLength(indexes[0])).toBeLessThanOrEqual(96);
    expect(indexes[0]).not.toContain("\ufffd");
    expect(blobs.reduce((sum, text) => sum + Buffer.byteLength(text), 0)).toBeLessThan(16_384);
  });

  it("is written once for each request", () => {
    const points: unknown[] = [];
    analyticsEngineSink({ writeDataPoint: (point) => void points.push(point) }).take(sampleEvent());
    expect(points).toEqual([pointOf(sampleEvent())]);
  });
});
