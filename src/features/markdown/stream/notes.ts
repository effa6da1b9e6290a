import { type Attributes, GivenAttributes } from "./attributes.ts";
import type { Closer, Renderer } from "./renderer.ts";
import type { NoteKind } from "./writer.ts";

/** Attributes that only the reader gives: a page can't. */
const ALERT = "data-wayleave-note";
const FOOTNOTE = "data-wayleave-footnote";

/** Starts an admonition as an alert, if a quote is one. */
export function openAlert(page: Renderer, attributes: Attributes): Closer {
  const type = given(attributes, ALERT);
  return type === undefined ? undefined : page.writer.openNote(type as NoteKind);
}

/** Starts the text of a footnote, if a block is one. */
export function openFootnote(page: Renderer, attributes: Attributes): Closer {
  const label = given(attributes, FOOTNOTE);
  return label === undefined ? undefined : page.writer.openFootnote(label);
}

/** Writes a reference to a footnote, if raised text is one. */
export function openReference(page: Renderer, attributes: Attributes): Closer {
  const label = given(attributes, FOOTNOTE);
  if (label === undefined || page.capture !== undefined) return undefined;
  page.writer.footnoteReference(label);
  page.capture = () => {};
  return () => {
    page.capture = undefined;
  };
}

function given(attributes: Attributes, name: string): string | undefined {
  return attributes instanceof GivenAttributes ? attributes.get(name) : undefined;
}
