import { sketchOf } from "../../features/canonical-redirect/text-sketch.ts";

/** Characters of a page that are searched for scripts. */
const MAX_SEARCHED = 1024 * 1024;
/** Scripts that are looked at. */
const MAX_SCRIPTS = 200;

/**
 * Whether a page without a canonical gets one by a script: an inline script names the relation, or
 * the page has no text of its own, so that a script writes all of it.
 */
export function isWrittenByScript(html: string): boolean {
  const text = html.slice(0, MAX_SEARCHED);
  let hasScript = false;
  let at = 0;
  for (let count = 0; count < MAX_SCRIPTS; count++) {
    const found = /<script\b/gi;
    found.lastIndex = at;
    const open = found.exec(text)?.index;
    if (open === undefined) break;
    hasScript = true;
    const close = text.indexOf("</script", open);
    const end = close === -1 ? text.length : close;
    // Data such as JSON-LD may name a canonical, too, and sets none.
    const script = text.slice(open, end);
    if (/["'`]canonical["'`]|rel=\\?["']?canonical/i.test(script) && !isData(script)) return true;
    at = end + 1;
  }
  return hasScript && sketchOf(text.slice(0, 65_536), "/") === "";
}

function isData(script: string): boolean {
  return /^<script[^>]{0,300}type=["']?application\/(?:ld\+)?json/i.test(script);
}
