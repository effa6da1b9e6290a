import { parseMediaType } from "../../http/media-type.ts";
import type { Answer } from "../../pipeline/exchange.ts";
import { readBounded } from "../../http/gather.ts";
import type { Build } from "./build.ts";
import type { ListedPage } from "./outline.ts";
import { contentOf } from "./site-origin.ts";

/** The bounds on making one llms-full.txt. */
interface FullBounds {
  readonly maxPages: number;
  readonly maxBytes: number;
  /** Whether another page may be requested. */
  readonly goesOn: () => boolean;
}

/**
 * Joins the markdown of many pages to one text.
 *
 * @param render requests a page from the proxy itself; a response that is not markdown is left out
 */
export async function buildFull(
  build: Build,
  heading: string,
  pages: readonly ListedPage[],
  render: (target: string) => Promise<Answer | undefined>,
  { maxPages, maxBytes, goesOn }: FullBounds,
): Promise<void> {
  const encoder = new TextEncoder();
  const start = encoder.encode(heading);
  build.step(start);
  let left = maxBytes - start.length;
  let read = 0;
  for (const { url } of pages) {
    if (read >= maxPages || !goesOn()) break;
    const { pathname, search } = new URL(url);
    const content = await markdownOf(render, pathname + search, left);
    if (content === "too-long") break;
    read += 1;
    if (content === undefined) {
      build.step();
      continue;
    }
    left -= content.length + 1;
    build.step(encoder.encode("\n"));
    build.step(content);
  }
  const missing = pages.length - read;
  if (missing > 0) {
    const notice = `\n> **Truncated:** ${missing} more pages are left out here.\n`;
    build.step(encoder.encode(notice));
  }
  build.end();
}

async function markdownOf(
  render: (target: string) => Promise<Answer | undefined>,
  target: string,
  left: number,
): Promise<Uint8Array<ArrayBuffer> | "too-long" | undefined> {
  const answer = await render(target).catch(() => undefined);
  if (answer === undefined) return undefined;
  const { status, fields } = answer;
  const isMarkdown = parseMediaType(fields.get("content-type"))?.essence === "text/markdown";
  const content = contentOf(answer, status === 200 && isMarkdown);
  if (content === undefined) return undefined;
  try {
    return (await readBounded(content, Math.max(0, left))) ?? "too-long";
  } catch {
    // The page was cut off.
    return undefined;
  }
}
