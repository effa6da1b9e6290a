import type { Attributes } from "./attributes.ts";
import { fencedCode } from "./code.ts";
import type { Closer } from "./open-elements.ts";
import type { Renderer } from "./renderer.ts";

/** Starts a formula: its TeX is written once, whatever else of it the page holds. */
export function openMath(page: Renderer, attributes: Attributes): Closer {
  const alt = attributes.get("alttext") ?? "";
  const isDisplay = attributes.get("display") === "block";
  let text = "";
  page.foreign += 1;
  page.capture = (piece) => {
    text += piece;
  };
  return () => {
    page.foreign -= 1;
    page.capture = undefined;
    writeTex(page, (alt || text).replaceAll(/\s+/g, " ").trim(), isDisplay);
  };
}

export function writeTex(page: Renderer, tex: string, isDisplay: boolean): void {
  if (tex === "") return;
  if (isDisplay && !page.writer.isInCell && page.writer.headingLevel === 0) {
    page.writer.block(fencedCode(tex, "math"));
    return;
  }
  // GitHub's spelling keeps TeX intact where `$` alone would not (backslashes, underscores).
  const isSafe = !/[\\*_<`[\]~&|]/.test(tex);
  page.writer.inline.raw(isSafe ? `$${tex}$` : `$\`${tex.replaceAll("`", "'")}\`$`);
}
