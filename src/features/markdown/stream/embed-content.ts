import type { Attributes } from "./attributes.ts";
import { destination } from "./links.ts";
import { cleanName } from "./names-of.ts";
import type { Closer, Renderer } from "./renderer.ts";

/** Writes a document that a page embeds as a link with its title, or else its address as it is. */
export function openEmbed(page: Renderer, attributes: Attributes): Closer {
  const { inline } = page.writer;
  const src = attributes.get("src");
  const url = src === undefined ? undefined : page.links.resolve(src);
  const end = (): void => inline.space();
  inline.space();
  if (url === undefined) return end;
  const name = cleanName(attributes.get("title")) || url;
  if (inline.accepts("link") && !inline.isInCode) {
    const link = { kind: "link", destination: destination(url), isFragment: false } as const;
    inline.open(link);
    inline.text(name);
    inline.close(link);
  } else {
    inline.text(name);
  }
  inline.space();
  return end;
}
