import { expect, test } from "vitest";
import { kindOf } from "../../../src/features/markdown/stream/elements.ts";
import { streamEngine } from "../../../src/features/markdown/stream/index.ts";
import { MOST_ELEMENTS } from "../../../src/features/markdown/read/recorder.ts";
import { texOf } from "../../../src/features/markdown/stream/math-symbols.ts";
import type { PageSink } from "../../../src/features/markdown/read/page-sink.ts";
import type { Readings } from "../../../src/features/markdown/read/readings.ts";
import { Texts } from "../../../src/features/markdown/read/texts.ts";
import { NONE, Tape } from "../../../src/features/markdown/read/tape.ts";
import { namesFor } from "../../../src/features/markdown/stream/attribute-names.ts";

test("pieces of a page that are equal are compared once, not for each of their tags", () => {
  // Two strings in memory; V8 compares them by their characters, which it can't for one string.
  const [first, second] = ["<i>".repeat(4_000_000), "<i>".repeat(4_000_000)].map(flat);
  const tape = new Tape(namesFor(new Set()));
  const started = process.cpuUsage();
  for (const source of [first, second] as string[]) {
    for (let i = 0; i < 3000; i++)
      tape.close(tape.open(kindOf("i"), NONE, source, 3 * i + 2, 3 * i + 3));
  }
  const { user } = process.cpuUsage(started);
  expect(tape.elementCount).toBe(6000);
  // 3000 comparisons of 12 MB take fifteen seconds; one takes a few milliseconds.
  expect(user / 1000).toBeLessThan(2000);
});

test("texts of pieces that are equal are searched with one comparison", () => {
  const [first, second] = ["x<i>".repeat(4_000_000), "x<i>".repeat(4_000_000)].map(flat);
  const tape = new Tape(namesFor(new Set()));
  const sink = { text: () => {} } as unknown as PageSink;
  const texts = new Texts(tape, sink, { note: undefined } as unknown as Readings);
  tape.text(first as string, 0, 1, 1, false);
  tape.close(tape.open(kindOf("i"), NONE, "<i>", 2, 2));
  for (let i = 1; i < 3000; i++) tape.text(second as string, 4 * i, 4 * i + 1, 1, false);
  const started = process.cpuUsage();
  for (let i = 0; i < tape.textCount; i++) texts.pass(i);
  expect(texts.prose).toBe(3000);
  expect(process.cpuUsage(started).user / 1000).toBeLessThan(2000);
});

test("texts of formulas are read in linear time", () => {
  const text = "x".repeat(400_000);
  const started = process.cpuUsage();
  expect(texOf(text)).toBe(text);
  expect(texOf("α×b")).toBe("\\alpha\\times b");
  expect(process.cpuUsage(started).user / 1000).toBeLessThan(2000);
});

function flat(text: string): string {
  return Buffer.from(text).toString("latin1");
}

test("a page of very many elements ends with a notice, the same however it is cut", () => {
  const html = `<main><h1>T</h1>${"<p>x".repeat(MOST_ELEMENTS + 1000)}</main><p>after`;
  const options = { url: "https://www.example.com/long", frontmatter: false };
  const convert = (size: number): string => {
    const converter = streamEngine.open(options);
    let markdown = "";
    for (let at = 0; at < html.length; at += size) {
      markdown += converter.push(html.slice(at, at + size));
    }
    return markdown + converter.end();
  };
  const whole = convert(html.length);
  expect(whole.startsWith("# T\n\nx\n\nx\n")).toBe(true);
  expect(whole.match(/^x$/gm)?.length).toBe(MOST_ELEMENTS - 2);
  expect(whole.trimEnd().split("\n").at(-1)).toMatch(
    /^> \*\*Truncated:.*<https:\/\/www.example.com\/long>$/,
  );
  expect(convert(100_003)).toBe(whole);
});
