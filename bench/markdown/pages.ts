import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const LARGEST_PAGE = 1_000_000;

/** Reads the HTML files of a folder, up to a limit. */
export function readPages(from: string, megabytes: number): string[] {
  const names = readdirSync(from, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".html"))
    .sort();
  // Takes a share of every subfolder, also with a limit.
  const step = 0.618_033_988_75;
  const order = names
    .map((name, i) => ({ name, rank: (i * step) % 1 }))
    .sort((a, b) => a.rank - b.rank);
  const pages: string[] = [];
  let total = 0;
  for (const { name } of order) {
    const html = readFileSync(join(from, name), "utf8");
    if (html.length > LARGEST_PAGE) continue;
    pages.push(html);
    total += html.length;
    if (total > megabytes * 1e6) break;
  }
  return pages;
}
