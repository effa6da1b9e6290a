import { createCipheriv, createHash } from "node:crypto";
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

/** Pseudo-random bytes that no codec makes smaller, the same in every run. */
export function noise(length: number, seed = "noise"): Buffer {
  const key = createHash("md5").update(seed).digest();
  return createCipheriv("aes-128-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

const FIXTURES = new URL("../../fixtures/", import.meta.url);

/** An article with enough text to be worth a coding, and links of all kinds. */
function page(title: string, more = ""): string {
  const paragraph = `<p>${title}: a <a href="/dir/">link</a>, <em>emphasis</em> &amp; an entity. ${"Some words of text. ".repeat(12)}</p>\n`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>${more}</head>
<body><nav><a href="/">home</a></nav><main><h1>${title}</h1>
${paragraph.repeat(30)}</main></body></html>
`;
}

const script = (version: number): string =>
  Array.from(
    { length: 600 },
    (_, i) => `export const f${i} = (x) => x * ${i * version} + ${i};`,
  ).join("\n");

/** The files by name; folders follow from the names. */
export const FILES: Readonly<Record<string, string | Buffer>> = {
  "index.html": page("Start"),
  "page.html": page("A page", '<link rel="canonical" href="/page.html">'),
  "small.html": "<title>small</title>",
  "latin1.html": Buffer.from(page("Ümläute").replace("utf-8", "iso-8859-1"), "latin1"),
  "app.js": script(1),
  "assets/app.v1.js": script(2),
  "assets/app.v2.js": script(3),
  "style.css": "a { color: red; margin: 0 }\n".repeat(200),
  "data.json": JSON.stringify(Array.from({ length: 400 }, (_, id) => ({ id, name: `n${id}` }))),
  "feed.xml": `<?xml version="1.0"?><rss>${"<item><title>t</title></item>".repeat(100)}</rss>`,
  "notes.txt": "Plain text with enough of it. ".repeat(100),
  "guide.md": `# A guide\n\n${"Text of its own. ".repeat(80)}\n`,
  "icon.svg": `<svg xmlns="http://www.w3.org/2000/svg">${'<path d="M0 0h9v9"/>'.repeat(80)}</svg>`,
  "image.png": Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), noise(3000, "png")]),
  "photo.jpg": Buffer.concat([Buffer.from("ffd8ffe0", "hex"), noise(9000, "jpg")]),
  "movie.mp4": Buffer.concat([Buffer.from("00000018667479706d703432", "hex"), noise(300_000)]),
  "tiles.pmtiles": noise(70_000, "tiles"),
  "paper.pdf": Buffer.concat([Buffer.from("%PDF-1.7\n"), noise(40_000, "pdf")]),
  "module.wasm": Buffer.concat([Buffer.from("0061736d01000000", "hex"), Buffer.alloc(9000)]),
  "font.woff2": noise(12_000, "font"),
  "archive.zip": Buffer.concat([Buffer.from("PK\x03\x04"), noise(20_000, "zip")]),
  "backup.tar.gz": gzipSync("a backup ".repeat(4000)),
  README: "A file whose name has no extension. ".repeat(60),
  "empty.txt": "",
  "one.txt": "1",
  ".well-known/security.txt": "Contact: mailto:security@example.com\n",
  "with space.html": page("With a space"),
  "ümläut.html": page("Ümläut"),
  "日本.html": page("日本"),
  "100%.txt": "A name with a percent sign. ".repeat(60),
  "a+b.txt": "A name with a plus sign. ".repeat(60),
  "semi;colon,comma.txt": "A name with a semicolon. ".repeat(60),
  "question?mark.txt": "A name with a question mark. ".repeat(60),
  "hash#sign.txt": "A name with a hash sign. ".repeat(60),
  "dir/index.html": page("A directory"),
  "dir/sub/index.html": page("One below"),
  "dir with space/index.html": page("A directory with a space"),
  "listing/b.txt": "b",
  "listing/a.html": page("Listed"),
  "large.bin": noise(5 * 1024 * 1024, "large"),
  "guide/index.html": readFileSync(new URL("site/index.html", FIXTURES)),
};

/** Files for crawlers, which no other test requests. */
const FOR_CRAWLERS: Readonly<Record<string, string>> = {
  "robots.txt": `# Où est la porte ?\r
User-agent: *\r
Disallow: /private/\r
Allow: /private/open/\r
Crawl-delay: 2\r
\r
User-agent: GPTBot\r
Disallow: /dir/sub/\r
`,
  "for-crawlers/robots.txt":
    "User-agent: *\nDisallow: /moved/\nSitemap: https://www.lantern.example/own.xml\n",
};

/** All files that servers have. */
export const SERVED: typeof FILES = { ...FILES, ...FOR_CRAWLERS };

/** Last change of every file: long ago, so that servers take it for a strong validator. */
export const CHANGED = new Date("2026-03-01T10:00:00Z");

/** Writes the static site into a folder. */
export function writeTree(folder: string): void {
  for (const [name, content] of Object.entries(SERVED)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    utimesSync(path, CHANGED, CHANGED);
  }
}

const encode = (name: string): string => name.split("/").map(encodeURIComponent).join("/");

/** Targets of all files but the large one. */
export const FILE_TARGETS: readonly string[] = Object.keys(FILES)
  .filter((name) => name !== "large.bin")
  .map((name) => `/${encode(name)}`);

/** Targets of one file of each kind, for which all requests are sent. */
export const KINDS =
  "/page.html /app.js /assets/app.v1.js /movie.mp4 /paper.pdf /image.png /README /empty.txt /backup.tar.gz".split(
    " ",
  );

/** Targets of directories, with and without an index and the slash. */
export const DIRECTORY_TARGETS: readonly string[] = [
  "/",
  "/dir/",
  "/dir",
  "/dir/sub",
  "/dir?query=1",
  "/dir%20with%20space",
  "/dir%20with%20space/",
  "/listing/",
  "/listing",
];

/** Other spellings of targets, and targets of nothing. */
export const ODD_TARGETS: readonly string[] = [
  "/missing",
  "/missing.html",
  "/missing/",
  "/page.html?a=1&b=%20&c=%C3%BC+d",
  "/page.html?",
  "/app.js?v=2",
  "/p%61ge.html",
  "/PAGE.html",
  "//page.html",
  "/dir//index.html",
  "/%c3%bcml%c3%a4ut.html",
  "/a%2Bb.txt",
  "/semi;colon,comma.txt",
  "/dir%2Findex.html",
  "/dir/%2e/index.html",
  "/page.html/",
  "/page.html/more",
  "/%00",
  "/%zz",
];
