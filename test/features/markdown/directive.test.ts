import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "parse5";
import { convertPage } from "../../support/convert-page.ts";
import { directiveElement, injection } from "../../../src/features/markdown/directive.ts";
import { streamEngine } from "../../../src/features/markdown/stream/index.ts";

const TEXT = "For agents: /llms.txt";

async function inject(
  html: string | Uint8Array,
  options: { charset?: string; csp?: string; cuts?: readonly number[] } = {},
): Promise<string> {
  const bytes = typeof html === "string" ? Buffer.from(html) : html;
  const stream = injection(TEXT, options.charset, options.csp);
  const out = new Response(stream.readable).arrayBuffer();
  const writer = stream.writable.getWriter();
  let at = 0;
  for (const length of options.cuts ?? []) {
    await writer.write(bytes.subarray(at, at + length));
    at += length;
  }
  await writer.write(bytes.subarray(at));
  await writer.close();
  return Buffer.from(await out).toString("latin1");
}

const styled = directiveElement(TEXT, true);
const plain = directiveElement(TEXT, false);

describe("the element", () => {
  test("is hidden from readers and from the keyboard, and fits into any charset", () => {
    const element = directiveElement("ä <b> “x” 😀", false);
    expect(element).toContain('aria-hidden="true"');
    expect(element).toContain("data-wayleave-directive");
    expect(element).not.toMatch(/<a |tabindex|<script|style=/);
    expect(element).toMatch(/^[\x20-\x7e]+$/);
    expect(element).toContain("&#228; &lt;b&gt; &#8220;x&#8221; &#128512;");
  });

  test("is well-formed in the XML syntax", () => {
    for (const element of [styled, plain]) {
      expect(element.replaceAll(/ [a-z-]+="[^"<&]*"/g, "")).toBe(`<div>${TEXT}</div>`);
    }
  });

  test("is not in the markdown", () => {
    const html = `<body>${styled}${plain}<p>Text</p></body>`;
    const options = { url: "https://x.example/", frontmatter: false };
    expect(convertPage(streamEngine, html, options)).toBe("Text\n");
  });
});

describe("its place in the page", () => {
  test.each([
    ["<html><head></head><body class=x>", "<p>a"],
    ["<!doctype html><title><body></title><body>", "<nav>"],
    ["<!-- <body> --><script>'<body>'</script><style><body></style><body>", "text"],
    ["<head><template><body></template></head>\n", "<p>no body tag"],
    ["<title>t</title>", "text right away"],
    ['<body data-x="a>b<c">', "<p>"],
    ["<html><head><noscript><link></noscript></head><BODY>", "x"],
    ["\u00ef\u00bb\u00bf<title>t</title><body>", "x"],
  ])("%s | %s", async (before, after) => {
    const bytes = Buffer.from(before + after, "latin1");
    expect(await inject(bytes)).toBe(before + styled + after);
  });

  test.each(["<frameset><frame src=a></frameset>", "", "   ", "<title>never closed <body>"])(
    "nowhere in %j",
    async (html) => {
      expect(await inject(Buffer.from(html, "latin1"))).toBe(html);
    },
  );

  test("is not added in charsets in which ASCII bytes have another meaning", async () => {
    expect(await inject("<body>x", { charset: "hz-gb-2312" })).toBe("<body>x");
  });

  test.each(["utf-16le", "utf-16be"])(
    "in %s too, with a byte order mark or without",
    async (name) => {
      const encode = (text: string): Buffer => {
        const bytes = Buffer.from(text, "utf16le");
        return name === "utf-16be" ? bytes.swap16() : bytes;
      };
      for (const [mark, charset] of [
        ["\ufeff", undefined],
        ["", name],
      ] as const) {
        const got = await inject(encode(`${mark}<title>灯<b</title><body>x`), {
          ...(charset === undefined ? {} : { charset }),
          cuts: [1, 6, 3],
        });
        const expected = encode(`${mark}<title>灯<b</title><body>${styled}x`);
        expect(got).toBe(expected.toString("latin1"));
      }
    },
  );

  test("in ISO-2022-JP, in which Japanese may look like markup", async () => {
    const before = "<meta charset=iso-2022-jp><title>a</title>\u001b$B<b<p\u001b(B";
    const html = `<title>\u001b$B$3<body>$K\u001b(B</title><body>`;
    expect(await inject(`${html}x`)).toBe(`${html}${styled}x`);
    expect(await inject(`${before}<p>x`)).toContain(styled);
  });

  test("at the same place however the page is cut, and nothing else changes", async () => {
    const html = `<!doctype html><head><title>a</title><meta name=x content="<body>"></head><body id="b"><p>${"text ".repeat(50)}`;
    const whole = await inject(html);
    expect(whole.replace(styled, "")).toBe(html);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 20 }),
        async (cuts) => {
          expect(await inject(html, { cuts })).toBe(whole);
        },
      ),
      { seed: 10, numRuns: 60 },
    );
  });

  test("parses as a child of the body, for random heads", async () => {
    const part = fc.constantFrom(
      "<title>x</title>",
      "<script><body></script>",
      "<!--b-->",
      " ",
      "<meta a=b>",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), async (parts) => {
        const html = `<!doctype html>${parts.join("")}<body><p>x`;
        const result = await inject(html);
        expect(result.replace(styled, "")).toBe(html);
        const root = parse(result).childNodes.find(({ nodeName }) => nodeName === "html");
        const children = root !== undefined && "childNodes" in root ? root.childNodes : [];
        const body = children.find(({ nodeName }) => nodeName === "body");
        const first = body !== undefined && "childNodes" in body ? body.childNodes[0] : undefined;
        expect(JSON.stringify((first as { attrs?: unknown } | undefined)?.attrs)).toContain(
          "data-wayleave-directive",
        );
      }),
      { seed: 11, numRuns: 60 },
    );
  });
});

test("a style attribute is used only if the page's policy lets it work", async () => {
  expect(await inject("<body>x", { csp: "style-src 'self'" })).toContain(plain);
  const meta = `<title>t</title><meta http-equiv="Content-Security-Policy" content="default-src 'self'">`;
  expect(await inject(`${meta}<body>x`)).toContain(plain);
  expect(await inject("<body>x", { csp: "script-src 'self'" })).toContain(styled);
});
