import type { MarkdownEngine } from "../../src/feature/parts.ts";

/**
 * Stands for an engine that tells whether only a script renders a page: that is certain at the first
 * `<article>`, else at the end. It returns the text without tags, and no text before.
 */
export const scriptOnlyEngine: MarkdownEngine = {
  name: "turndown",
  open() {
    let html = "";
    let sent = 0;
    let isScriptOnly: boolean | undefined;
    const text = (): string => {
      if (isScriptOnly === undefined) return "";
      const end = html.lastIndexOf("<");
      const found = html.slice(sent, end).replaceAll(/<[^>]*>/g, "");
      sent = Math.max(sent, end);
      return found;
    };
    const finish = (): string => {
      isScriptOnly ??= true;
      return isScriptOnly ? "> This page is rendered by script.\n" : `${text()}\n`;
    };
    return {
      get isScriptOnly() {
        return isScriptOnly;
      },
      get note() {
        return isScriptOnly === false ? undefined : "the page had no text";
      },
      metas: [["robots", "noai"]],
      push(piece) {
        html += piece;
        if (html.includes("<article>")) isScriptOnly = false;
        return text();
      },
      end: finish,
      truncate: finish,
    };
  },
};
