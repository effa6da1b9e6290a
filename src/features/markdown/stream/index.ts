import type { MarkdownConverter, MarkdownEngine, MarkdownOptions } from "../../../feature/parts.ts";
import { openPage, truncationNotice } from "./page.ts";
import { Scanner } from "./scanner.ts";

/** Converts in one pass, without a tree, in linear time and bounded memory. */
export const streamEngine: MarkdownEngine<string> = { name: "stream", open: openStream };

function openStream(options: MarkdownOptions): MarkdownConverter<string> {
  const { renderer, attributes } = openPage(options);
  const scanner = new Scanner(renderer, attributes);
  let isEnded = false;
  let last = "";
  const take = (): string => {
    const taken = renderer.take();
    if (taken !== "") last = taken.slice(-2);
    return taken;
  };
  const finish = (notice: string): string => {
    if (isEnded) return "";
    scanner.end();
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
    get steps() {
      return scanner.steps;
    },
    push(html) {
      if (isEnded) return "";
      scanner.write(html);
      return take();
    },
    end: () => finish(""),
    truncate: () => finish(truncationNotice(options.url)),
  };
}
