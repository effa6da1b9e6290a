import type { Attributes } from "./attributes.ts";

const LAZY = (
  "data-src data-original data-lazy-src data-lazy data-hi-res-src data-full-src data-actualsrc data-ll-src data-echo " +
  "data-url data-image"
).split(" ");
/** Files that a page shows in place of an image until a script loads it. */
const PLACEHOLDER =
  /^(?:data:|about:|$)|(?:blank|placeholder|spacer|pixel|transparent|lazy|lazyload|loading|1x1|grey|gray|empty|clear)\.(?:gif|png|svg|jpe?g)(?:\?.*)?$/i;
const LONGEST = 4096;

/** Whether the `src` of an image is none, or a placeholder's. */
export function isPlaceholder(src: string | undefined): boolean {
  return src === undefined || PLACEHOLDER.test(src.trim().slice(0, 2000));
}

/** The source that a script would load. */
export function lazySource(attributes: Attributes): string | undefined {
  for (const name of LAZY) {
    const source = attributes.get(name)?.trim();
    if (source !== undefined && isAddress(source)) return source;
  }
  for (const name of ["data-srcset", "data-lazy-srcset", "srcset"]) {
    const source = firstOfSrcset(attributes.get(name) ?? "");
    if (source !== "") return source;
  }
  return undefined;
}

/** Whether the value of an attribute is an address: such names have other meanings, too. */
function isAddress(value: string): boolean {
  return value !== "" && !/^(?:data:|about:|[[{<#]|true$|false$|\d+$)|\s/i.test(value);
}

/** The first image in a `srcset` (HTML §4.8.4) that is a file. */
export function firstOfSrcset(srcset: string): string {
  // White space ends an address, which may contain commas.
  for (const part of srcset.trim().slice(0, LONGEST).split(/\s+/u, 64)) {
    const address = part.replaceAll(/^,+|,+$/g, "");
    const isSize = /^[\d.]{1,10}[wxh](?:,|$)/.test(part);
    const next = isSize ? part.slice(part.indexOf(",") + 1) : address;
    if (isSize && !part.includes(",")) continue;
    if (next !== "" && !/^(?:data|about):/i.test(next)) return next.replace(/,$/, "");
  }
  return "";
}
