import type { LlmsFile, ListedPage, Outline } from "./outline.ts";

/** The site's title and description. */
export interface SiteFacts {
  readonly title: string;
  readonly description: string;
  /** Scheme and host. */
  readonly origin: string;
  /** Whether there is an llms-full.txt for each directory. */
  readonly full: boolean;
}

/** The most characters of title, description and headings of a file. */
export const HEADER_LENGTH = 1500;

/** One line of an llms.txt (llmstxt.org), with its line feed. */
export function formatEntry({
  title,
  url,
  description,
}: Omit<ListedPage, "path" | "length">): string {
  const about = line(description, 200);
  return `- [${line(title, 200).replaceAll(/[[\]\\]/g, "\\$&")}](${url})${about === "" ? "" : `: ${about}`}\n`;
}

/** Writes the llms.txt of the root: single pages, and pointers to all other files. */
export function writeRoot(site: SiteFacts, outline: Outline): string {
  const text = head(site.title, site.description);
  const pages = outline.root.map(formatEntry).join("");
  const parts = outline.files.map((file) =>
    formatEntry({
      title: nameOf(file),
      url: site.origin + file.path,
      description: `${file.pages.length} ${file.pages.length === 1 ? "page" : "pages"}`,
    }),
  );
  return [
    text,
    pages === "" ? "" : `\n## Pages\n\n${pages}`,
    parts.length === 0 ? "" : `\n## Sections\n\n${parts.join("")}`,
  ].join("");
}

/** Writes the llms.txt of a directory. */
export function writeFile(site: SiteFacts, file: LlmsFile): string {
  const about = `${nameOf(file)} of ${site.title}`;
  const full =
    site.full && file.directory !== "/"
      ? `\nThe text of all these pages: ${site.origin}${file.directory}llms-full.txt\n`
      : "";
  return `${head(nameOf(file), about)}${full}\n## Pages\n\n${file.pages.map(formatEntry).join("")}`;
}

function head(title: string, description: string): string {
  const about = line(description, 1000);
  return `# ${line(title, 200)}\n${about === "" ? "" : `\n> ${about}\n`}`;
}

function nameOf({ directory, part }: LlmsFile): string {
  const words = directory.split("/").filter((segment) => segment !== "");
  const name = words.length === 0 ? "More pages" : words.map(titleOfSlug).join(" / ");
  return part === 1 || words.length === 0 ? name : `${name}, part ${part}`;
}

/** Makes a title from a path. */
export function titleOfPath(path: string): string {
  const segments = (path.split("?", 1)[0] ?? "").split("/").filter((segment) => segment !== "");
  const last = segments.at(-1);
  return last === undefined ? "Home" : titleOfSlug(last);
}

function titleOfSlug(slug: string): string {
  let text = slug;
  try {
    text = decodeURIComponent(slug);
  } catch {
    // A path that is not UTF-8 stays as it is.
  }
  const words = text
    .replace(/\.(?:x?html?|php|aspx?|jsp)$/i, "")
    .replaceAll(/[-_+.\s]+/g, " ")
    .trim();
  return words === "" ? slug : words.charAt(0).toUpperCase() + words.slice(1);
}

/** The text in one line, cut at a number of characters. */
export function line(text: string, length: number): string {
  const flat = text.replaceAll(/\s+/g, " ").trim();
  const short = flat.length > length ? `${flat.slice(0, length - 1).trimEnd()}…` : flat;
  return short.toWellFormed();
}
