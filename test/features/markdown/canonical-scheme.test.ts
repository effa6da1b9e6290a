import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { FieldList } from "../../../src/http/fields.ts";
import { exchangeOf } from "../../pipeline/fakes.ts";
import { convertPage } from "../../support/convert-page.ts";
import { markdownFields } from "../../../src/features/markdown/page-fields.ts";
import { markdownOptions } from "../../../src/features/markdown/policy.ts";
import { streamEngine } from "../../../src/features/markdown/stream/index.ts";

const PAGE = "https://www.example.com/page/";
const SCHEMES = [
  "file:///srv/www/page/index.html",
  "FILE:///srv/www/page/",
  "javascript:alert(1)",
  "data:text/html,page",
  "blob:https://www.example.com/1",
  "about:blank",
  "ftp://www.example.com/page/",
];

describe.each(SCHEMES)("a canonical of another scheme: %s", (href) => {
  test("is not written into the frontmatter", () => {
    for (const base of ["", "<base href='/x/'>", `<base href="${href}">`]) {
      const html = `${base}<link rel=canonical href="${href}"><meta property="og:image" content="${href}"><p>a`;
      const markdown = convertPage(streamEngine, html, { url: PAGE, frontmatter: true });
      expect(markdown).toBe(`---\nurl: "${PAGE}"\n---\n\na\n`);
    }
  });

  test("is no canonical in a Link field", () => {
    const fields = FieldList.from(["link", `<${href}>; rel="canonical"`]);
    const policy = v.parse(markdownOptions, {});
    expect(
      markdownFields(exchangeOf(), new URL(PAGE), fields, policy, { metas: [] }).append,
    ).toEqual([["link", `<${PAGE}>; rel="canonical"`]]);
  });
});

test("a canonical on the web is written as before", () => {
  const html = `<link rel=canonical href="/other/?a=1"><p>a`;
  expect(convertPage(streamEngine, html, { url: PAGE, frontmatter: true })).toContain(
    'url: "https://www.example.com/other/?a=1"',
  );
});
