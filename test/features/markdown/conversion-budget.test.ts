import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { asFeatureStage } from "../../../src/feature/stages.ts";
import { ConversionBudget } from "../../../src/features/markdown/conversion-budget.ts";
import { markdownFeature } from "../../../src/features/markdown/feature.ts";
import { markdownOptions } from "../../../src/features/markdown/policy.ts";
import { MarkdownStage } from "../../../src/features/markdown/stage.ts";
import { streamEngine } from "../../../src/features/markdown/stream/index.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import { FakeBody, fieldsOf, run, textOf } from "../../pipeline/fakes.ts";

const PAGE = `<p>${'<a href="/a">x</a> '.repeat(50_000)}</p>`;
const HTML = { "content-type": "text/html", "cache-control": "public, max-age=60" };

/** Requests of clients for pages that are costly to convert, at a time that can be set. */
function site() {
  const clock = { now: 0 };
  const budget = new ConversionBudget(() => clock.now);
  const stage = asFeatureStage(
    markdownFeature,
    new MarkdownStage({
      engine: streamEngine,
      store: memoryStore(),
      generations: { of: () => "0", purge: async () => {} },
      originServer: undefined,
      onStoreFault: () => {},
      now: () => clock.now,
      budget,
    }),
  );
  const policy = v.parse(markdownOptions, { keepFor: false });
  const get = async (
    clientAddress: string | undefined,
    request: object = { fields: { Accept: "text/markdown" } },
  ) => {
    const { answer } = await run([stage], {
      policiesFor: () => () => ({ mode: "enforce", policy, rule: "defaults" }),
      request: { ...request, clientAddress },
      stageTimeout: 10_000,
      origin: { fields: HTML, body: new FakeBody([PAGE]) },
    });
    return { status: answer.status, fields: fieldsOf(answer), text: await textOf(answer) };
  };
  return { clock, budget, get };
}

describe("conversions to markdown", () => {
  it("are counted by their cost, for a network as a whole", async () => {
    const { budget, get } = site();
    budget.spend({ clientAddress: "192.0.2.1" }, 4000);
    let converted = 0;
    for (; converted < 50; converted++) {
      const { fields } = await get(`192.0.2.${converted % 250}`);
      if (fields["content-type"] === "text/html") break;
    }
    // A second is left, and a megabyte of links takes about a tenth of it.
    expect(converted).toBeGreaterThan(5);
    expect(converted).toBeLessThan(25);
    expect(budget.has({ clientAddress: "192.0.2.77" })).toBe(false);
    expect(budget.has({ clientAddress: "192.0.3.77" })).toBe(true);
  });

  it("give way to the page itself, or wait at an address that is markdown only", async () => {
    const { budget, clock, get } = site();
    budget.spend({ clientAddress: "2001:db8::1" }, 5050);
    const page = await get("2001:db8::2");
    expect([page.status, page.fields["content-type"]]).toEqual([200, "text/html"]);
    expect(page.fields["vary"]).toBe("Accept");
    expect(page.text).toBe(PAGE);
    const later = await get("2001:db8::2", { target: "/page/index.md" });
    expect([later.status, later.fields["retry-after"]]).toEqual([503, "5"]);
    expect(later.fields["cache-control"]).toContain("no-store");

    const other = await get("2001:db8:0:1::2");
    expect(other.fields["content-type"]).toBe("text/markdown; charset=utf-8");
    expect((await get(undefined)).fields["content-type"]).toBe("text/markdown; charset=utf-8");
    clock.now += 2;
    expect((await get("2001:db8::2")).fields["content-type"]).toBe("text/markdown; charset=utf-8");
  });
});
