import { HtmlDecoder } from "../../http/html-decoder.ts";
import type { MediaType } from "../../http/media-type.ts";
import type { Answer } from "../../pipeline/exchange.ts";
import { inTurns } from "../../timing/turns.ts";
import type { HeadStatements } from "./head-facts.ts";
import { HeadScanner } from "./head-scan.ts";
import { MAX_SKETCHED, sketchOf } from "./text-sketch.ts";

/** A page that the proxy itself has requested. */
export interface PageContent {
  readonly head: HeadStatements;
  readonly sketch: string;
  /** The start of its HTML. */
  readonly html: string;
}

/**
 * Reads the head of a page and a sketch of its text; undefined if its content can't be decoded.
 * Rejects if the content breaks off.
 *
 * @param path of the page
 * @param maxScan bytes in which the head is searched for
 */
export async function readPage(
  { body }: Answer,
  type: MediaType | undefined,
  path: string,
  maxScan: number,
): Promise<PageContent | undefined> {
  if (body?.readable !== true) {
    body?.release();
    return undefined;
  }
  const isXml = type?.essence === "application/xhtml+xml";
  const scanner = new HeadScanner(type?.charset, isXml);
  const decoder = new HtmlDecoder(type?.charset, isXml);
  const reader = inTurns(body.open()).getReader();
  body.release();
  let html = "";
  let left = maxScan;
  let hasHead = false;
  let isOver = false;
  try {
    while (!isOver && ((left > 0 && !hasHead) || html.length < MAX_SKETCHED)) {
      const { done, value } = await reader.read();
      if (done) isOver = true;
      else {
        if (html.length < MAX_SKETCHED) html += decoder.decode(value);
        if (left > 0 && !hasHead) hasHead = scanner.push(value.subarray(0, left));
        left -= value.length;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
  if (isOver) {
    html += decoder.end();
    scanner.end();
  }
  html = html.slice(0, MAX_SKETCHED);
  return { head: scanner.facts(!isOver), sketch: sketchOf(html, path), html };
}
