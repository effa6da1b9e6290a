/** The parts of a markdown text that are compared with those of its page. */
export interface MarkdownFacts {
  readonly headings: readonly string[];
  /** Targets of links, as written. */
  readonly links: readonly string[];
  readonly text: string;
}

const MOST_LINES = 50_000;
const LONGEST_LINE = 20_000;

/** Reads headings, links and words of a markdown text, without its front matter; in linear time. */
export function readMarkdownFacts(markdown: string): MarkdownFacts {
  const lines = withoutFrontMatter(markdown.split(/\r?\n/, MOST_LINES));
  const headings: string[] = [];
  const links: string[] = [];
  const text: string[] = [];
  let fence = "";
  lines.forEach((written, at) => {
    const line = written.slice(0, LONGEST_LINE);
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1] ?? "";
    if (mark !== "" && (fence === "" || (mark.startsWith(fence) && line.trim() === mark))) {
      fence = fence === "" ? mark : "";
      return;
    }
    text.push(line);
    if (fence !== "") return;
    links.push(...linksOf(line));
    const heading = /^ {0,3}#{1,6}[ \t]+(.*)$/.exec(line)?.[1];
    const isUnderlined =
      /^ {0,3}(?:=+|-+)\s*$/.test(lines[at + 1] ?? "") &&
      /^\S/.test(line) &&
      !/^[#>*+-]/.test(line);
    if (heading !== undefined) headings.push(heading.replace(/[ \t]#+[ \t]*$/, ""));
    else if (isUnderlined) headings.push(line);
  });
  return { headings, links, text: text.join("\n") };
}

function withoutFrontMatter(lines: readonly string[]): readonly string[] {
  if (lines[0]?.trim() !== "---") return lines;
  const end = lines.indexOf("---", 1);
  return end === -1 ? lines : lines.slice(end + 1);
}

/** Targets of inline links, images excluded, of link definitions, and of addresses in angle brackets. */
function linksOf(line: string): string[] {
  const links: string[] = [];
  for (let at = line.indexOf("]("); at !== -1; at = line.indexOf("](", at + 2)) {
    const rest = line.slice(at + 2, at + 2050);
    const target = rest.startsWith("<") ? /^<([^>]*)>/.exec(rest)?.[1] : /^[^\s)]+/.exec(rest)?.[0];
    if (target !== undefined) links.push(target);
  }
  const definition = /^ {0,3}\[[^\]]{1,500}\]:[ \t]*<?([^\s>]+)/.exec(line)?.[1];
  if (definition !== undefined) links.push(definition);
  for (const [, address = ""] of line.matchAll(/<(https?:\/\/[^\s<>]{1,2000})>/g))
    links.push(address);
  return links;
}

/** The words of a text that tell content apart: letters and digits, in lower case. */
export function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]{4,}/gu));
}

/** A heading as it is compared: without marks of markdown. */
export function comparableHeading(text: string): string {
  return text
    .replaceAll(/\]\([^)]{0,2000}\)/g, "")
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim()
    .toLowerCase();
}
