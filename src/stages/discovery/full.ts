import { parseMediaType } from "../../http/media-type.ts";
import type { Answer } from "../../pipeline/exchange.ts";
import { readBounded } from "../../http/gather.ts";

/**
 * The markdown of many pages as one text, made while it is sent: a page is asked for once the one
 * before it is on its way.
 *
 * @param pages their targets
 * @param render a page as the proxy sends it; what is not markdown is left out
 */
export function fullText(
  heading: string,
  pages: readonly string[],
  render: (target: string) => Promise<Answer | undefined>,
  maxBytes: number,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next = 0;
  let left = maxBytes;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const start = encoder.encode(heading);
      left -= start.length;
      controller.enqueue(start);
    },
    async pull(controller) {
      for (; next < pages.length; next++) {
        const content = await markdownOf(render, pages[next] as string, left);
        if (content === undefined) continue;
        if (content === "too-long") break;
        next += 1;
        left -= content.length + 1;
        controller.enqueue(encoder.encode("\n"));
        controller.enqueue(content);
        return;
      }
      const missing = pages.length - next;
      if (missing > 0) {
        const notice = `\n> **Truncated:** ${missing} more pages are left out here.\n`;
        controller.enqueue(encoder.encode(notice));
      }
      controller.close();
    },
  });
}

async function markdownOf(
  render: (target: string) => Promise<Answer | undefined>,
  target: string,
  left: number,
): Promise<Uint8Array<ArrayBuffer> | "too-long" | undefined> {
  const answer = await render(target).catch(() => undefined);
  if (answer === undefined) return undefined;
  const { status, fields, body } = answer;
  const isMarkdown = parseMediaType(fields.get("content-type"))?.essence === "text/markdown";
  if (status !== 200 || !isMarkdown || body?.readable !== true) {
    body?.release();
    return undefined;
  }
  const content = body.open();
  body.release();
  return (await readBounded(content, Math.max(0, left))) ?? "too-long";
}
