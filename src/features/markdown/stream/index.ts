import type { MarkdownConverter, MarkdownEngine, MarkdownOptions } from "../../../feature/parts.ts";
import { Reader } from "../read/reader.ts";
import { openRenderer, readerOptions, truncationNotice } from "./page.ts";

/** Converts in one pass over a recorded page, in linear time. */
export const streamEngine: MarkdownEngine<string> = { name: "stream", open: openStream };

function openStream(options: MarkdownOptions): MarkdownConverter<string> {
  const renderer = openRenderer(options);
  const reader = new Reader(readerOptions(options), renderer);
  let isEnded = false;
  let last = "";
  const take = (): string => {
    const taken = renderer.take();
    if (taken !== "") last = taken.slice(-2);
    return taken;
  };
  const finish = (notice: string): string => {
    if (isEnded) return "";
    reader.end();
    renderer.finish();
    isEnded = true;
    const rest = take();
    const lineEnd = last === "" || last.endsWith("\n") ? "" : "\n";
    if (notice === "") return rest + lineEnd;
    return `${rest}${lineEnd}${last === "" || last === "\n\n" ? "" : "\n"}${notice}\n`;
  };
  return {
    get alternate() {
      return renderer.alternate;
    },
    get metas() {
      return renderer.metadata.robots;
    },
    get isScriptOnly() {
      return reader.isScriptOnly;
    },
    get note() {
      return reader.note;
    },
    get explanation() {
      return reader.explanation;
    },
    get steps() {
      return reader.steps;
    },
    work: () => !isEnded && reader.work(),
    push(html) {
      if (isEnded) return "";
      reader.push(html);
      return take();
    },
    end: () => finish(reader.isFull ? truncationNotice(options.url) : ""),
    truncate: () => finish(truncationNotice(options.url)),
  };
}
