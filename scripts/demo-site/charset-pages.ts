import { encoderFor, separateTones } from "./charset-encoder.ts";
import { type Sample, SAMPLES } from "./charset-samples.ts";
import { page } from "./page.ts";

/** Of these, a page shows the ones that its encoding has; all are decoded by Node as by browsers. */
const SIGNS = Array.from("€¥§©®°±½×÷“”„‘’‚«»–—…•†‰™№¤µ¶←→■─│╬☆★");

/** Labels that a page declares in the long form of old, with `http-equiv`. */
const LONG_FORM: ReadonlySet<string> = new Set(["iso-8859-1", "gb2312", "x-sjis", "windows-1251"]);

/** A page in each legacy encoding, an index of them, and `_charsets.json` with the text that a reader must see. */
export function charsetPages(): ReadonlyMap<string, string | Uint8Array> {
  const files = new Map<string, string | Uint8Array>();
  const expected: Record<string, { encoding: string; title: string; text: readonly string[] }> = {};
  for (const [label, sample] of Object.entries(SAMPLES)) {
    const encode = encoderFor(label);
    const isVietnamese = label === "windows-1258";
    const title = isVietnamese ? separateTones(sample.title) : sample.title;
    const paragraphs = isVietnamese ? sample.paragraphs.map(separateTones) : sample.paragraphs;
    const text = [...paragraphs, signsOf(label)].filter((paragraph) => paragraph !== "");
    // A UTF-16 page is known by its byte order mark; its meta element says nothing that counts.
    const mark = label.startsWith("utf-16") ? "\ufeff" : "";
    files.set(
      `charsets/${label}/index.html`,
      encode(mark + charsetPage(label, { ...sample, title, paragraphs: text })),
    );
    expected[label] = { encoding: new TextDecoder(label).encoding, title, text };
  }
  files.set("charsets/index.html", indexPage());
  files.set("_charsets.json", `${JSON.stringify(expected, undefined, 2)}\n`);
  return files;
}

function signsOf(label: string): string {
  const encode = encoderFor(label);
  const canEncode = (sign: string): boolean => {
    try {
      return encode(sign).length > 0;
    } catch {
      return false;
    }
  };
  return SIGNS.filter(canEncode).join(" ");
}

function charsetPage(label: string, sample: Sample): string {
  return page({
    path: `/charsets/${label}/`,
    title: sample.title,
    lang: sample.lang,
    charset: LONG_FORM.has(label)
      ? `<meta http-equiv="Content-Type" content="text/html; charset=${label}">`
      : `<meta charset="${label}">`,
    breadcrumb: [
      '      <li><a href="/charsets/">Charsets</a></li>',
      `      <li><span aria-current="page">${label}</span></li>`,
    ].join("\n"),
    ...(sample.direction === undefined ? {} : { direction: sample.direction }),
    main: [
      `<h1>${sample.title}</h1>`,
      ...sample.paragraphs.map((paragraph) => `<p>${paragraph}</p>`),
      `<p><a href="/charsets/">${label}</a></p>`,
    ].join("\n"),
  });
}

function indexPage(): string {
  const items = Object.entries(SAMPLES).map(
    ([label, { lang, title }]) =>
      `  <li><a href="/charsets/${label}/" hreflang="${lang}"><code>${label}</code></a>: <bdi lang="${lang}">${title}</bdi></li>`,
  );
  return page({
    path: "/charsets/",
    title: "Charsets – Lantern",
    lang: "en",
    charset: '<meta charset="utf-8">',
    breadcrumb: '      <li><span aria-current="page">Charsets</span></li>',
    main: [
      "<h1>Charsets</h1>",
      "<p>A page in each legacy encoding that the web still has. The Content-Type field names none of them; the page does.</p>",
      "<ul>",
      ...items,
      "</ul>",
    ].join("\n"),
  });
}
