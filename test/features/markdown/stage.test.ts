import { asFeatureStage } from "../../../src/feature/stages.ts";
import { markdownFeature } from "../../../src/features/markdown/feature.ts";
import * as v from "valibot";
import { describe, expect, test, vi } from "vitest";
import type { MarkdownEngine } from "../../../src/feature/parts.ts";
import { ConversionBudget } from "../../../src/features/markdown/conversion-budget.ts";
import { markdownOptions, type MarkdownPolicy } from "../../../src/features/markdown/policy.ts";
import { MarkdownStage } from "../../../src/features/markdown/stage.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import { FakeBody, fieldsOf, run, textOf, type RunOptions } from "../../pipeline/fakes.ts";

/** Marks what it is given, so that it can be seen what was converted and how it ended. */
const engine: MarkdownEngine = {
  name: "stream",
  open: ({ url, frontmatter }) => ({
    push: (html) => html.replaceAll("<p>", ""),
    end: () => ` [end of ${url}, ${String(frontmatter)}]`,
    truncate: () => " [cut]",
  }),
};

const stageOf = (by: MarkdownEngine) =>
  asFeatureStage(
    markdownFeature,
    new MarkdownStage({
      engine: by,
      store: memoryStore(),
      generations: { of: () => "0", purge: async () => {} },
      originServer: undefined,
      onStoreFault: () => {},
      now: () => 0,
      budget: new ConversionBudget(() => 0),
    }),
  );

function convert(options: RunOptions, policy: Partial<MarkdownPolicy> = {}) {
  const full = { ...v.parse(markdownOptions, {}), ...policy };
  return run([stageOf(engine)], {
    policiesFor: () => () => ({ mode: "enforce", policy: full, rule: "defaults" }),
    ...options,
  });
}

const MARKDOWN = { fields: { Accept: "text/markdown" } };
const HTML = { "content-type": "text/html; charset=utf-8", etag: '"e"', "content-length": "4" };

describe("the markdown stage", () => {
  test("converts a page if Accept prefers markdown", async () => {
    const { answer, asked } = await convert({
      request: MARKDOWN,
      origin: { fields: HTML, body: new FakeBody(["<p>ä"]) },
    });
    expect(asked[0]?.target).toBe("/page");
    expect(await textOf(answer)).toBe("ä [end of https://www.example.com/page, true]");
    expect(fieldsOf(answer)).toEqual({
      "content-type": "text/markdown; charset=utf-8",
      etag: expect.stringMatching(/^W\/"e.+"$/),
      vary: "Accept",
      link: '<https://www.example.com/page>; rel="canonical"',
    });
  });

  test("requests the page of an /index.md from the origin", async () => {
    const { answer, asked } = await convert({
      request: { target: "/a/index.md?q" },
      origin: { fields: HTML },
    });
    expect(asked[0]?.target).toBe("/a/?q");
    expect(await textOf(answer)).toContain("https://www.example.com/a/?q");
  });

  test("a page that is served as HTML has a link to its markdown", async () => {
    const { answer, body } = await convert({ origin: { fields: HTML } });
    expect(answer.body).toBe(body);
    expect(fieldsOf(answer)).toMatchObject({
      etag: '"e"',
      vary: "Accept",
      link: '<https://www.example.com/page/index.md>; rel="alternate"; type="text/markdown"',
    });
  });

  test("no link leads to an /index.md that is switched off", async () => {
    const { answer } = await convert({ origin: { fields: HTML } }, { indexMd: false });
    expect(fieldsOf(answer)["link"]).toBeUndefined();
    expect(fieldsOf(answer)["vary"]).toBe("Accept");
  });

  test("no link leads to another host, however the target is spelt", async () => {
    for (const target of ["//evil.example/", "//evil.example/index.md"]) {
      const { answer } = await convert({ request: { target }, origin: { fields: HTML } });
      expect(fieldsOf(answer)["link"]).toMatch(/^<https:\/\/www\.example\.com\//);
    }
  });

  test("a link of the origin's own stays", async () => {
    const fields = { ...HTML, link: "</a.css>; rel=preload" };
    const { answer } = await convert({ origin: { fields } });
    expect(answer.fields.get("link")).toContain("</a.css>; rel=preload, <https:");
  });

  test("content beyond the limit is left out, with a notice", async () => {
    const pieces = ["a".repeat(1000), "b".repeat(1000), "c"];
    const { answer } = await convert(
      {
        request: MARKDOWN,
        origin: { fields: { "content-type": "text/html" }, body: new FakeBody(pieces) },
      },
      { maxBytes: 1024 },
    );
    expect(await textOf(answer)).toBe(`${"a".repeat(1000)}${"b".repeat(24)} [cut]`);
  });

  test("content of just the limit is whole", async () => {
    const body = new FakeBody(["a".repeat(1024)]);
    const { answer } = await convert(
      { request: MARKDOWN, origin: { fields: { "content-type": "text/html" }, body } },
      { maxBytes: 1024 },
    );
    expect(await textOf(answer)).toContain("[end of");
  });

  test("an engine that fails leaves the page unchanged", async () => {
    const open = vi.fn(() => {
      throw new Error("no");
    });
    const policy = v.parse(markdownOptions, {});
    const { answer, body, failures } = await run([stageOf({ name: "stream", open })], {
      request: MARKDOWN,
      origin: { fields: HTML },
      policiesFor: () => () => ({ mode: "enforce", policy, rule: "defaults" }),
    });
    expect(failures).toEqual(["markdown response"]);
    expect(answer.body).toBe(body);
    expect(fieldsOf(answer)).toEqual({ ...HTML, vary: "Accept" });
  });

  test("HEAD has the fields of GET", async () => {
    const get = await convert({ request: MARKDOWN, origin: { fields: HTML } });
    const head = await convert({
      request: { ...MARKDOWN, method: "HEAD" },
      origin: { fields: HTML },
    });
    expect(fieldsOf(head.answer)).toEqual(fieldsOf(get.answer));
    expect(head.answer.body).toBeNull();
  });
});
