import type { ElementKind } from "./elements.ts";
import type { Format } from "./format.ts";
import type { Closer } from "./open-elements.ts";
import type { Renderer } from "./renderer.ts";

/** The formats of elements; all others are emphasis. */
const KINDS: Record<string, Format["kind"]> = {
  strong: "strong",
  b: "strong",
  del: "del",
  s: "del",
  strike: "del",
  code: "code",
  kbd: "code",
  samp: "code",
  tt: "code",
  sub: "sub",
  sup: "sup",
};

/** Starts emphasis, inline code and similar elements. */
export function openFormat(page: Renderer, { name }: ElementKind): Closer {
  return openKind(page, KINDS[name] ?? "em");
}

/** Starts a block with strong text: a summary or a term. */
export function openStrongBlock(page: Renderer): Closer {
  const { writer } = page;
  const close = openKind(page, "strong");
  return () => {
    writer.flush();
    close?.();
  };
}

function openKind(page: Renderer, kind: Format["kind"]): Closer {
  const { inline } = page.writer;
  if (!inline.accepts(kind)) return undefined;
  const format: Format = { kind, destination: "", isFragment: false };
  inline.open(format);
  return () => inline.close(format);
}
