import type { Attributes, GivenAttributes } from "../stream/attributes.ts";
import { type ElementKind, kindOf } from "../stream/elements.ts";

/** How an element is read if it is not read as it is. */
export type Reading =
  /** Not here: it says something that is said at another place. */
  | { readonly as: "nothing" }
  /** As another element; with its own attributes if none are given. */
  | { readonly as: "kind"; readonly kind: ElementKind; readonly attributes?: GivenAttributes }
  /** As a paragraph of strong text. */
  | { readonly as: "strong" }
  /** As it is, after a paragraph with its label. */
  | { readonly as: "labelled"; readonly label: string }
  /** As a reference to a note. */
  | { readonly as: "reference"; readonly label: string };

export const NOTHING: Reading = { as: "nothing" };
export const STRONG: Reading = { as: "strong" };
export const BLOCK: Reading = { as: "kind", kind: kindOf("div") };
export const SPAN: Reading = { as: "kind", kind: kindOf("span") };

/** How an element with the role of a heading is read. */
export function headingReading(kind: ElementKind, attributes: Attributes): Reading | undefined {
  const level = Number(attributes.get("aria-level") ?? (kind.role === "heading" ? kind.level : 2));
  if (!Number.isInteger(level) || level < 1 || kind.level === level) return undefined;
  return { as: "kind", kind: kindOf(`h${Math.min(level, 6)}`) };
}
