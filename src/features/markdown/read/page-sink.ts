import type { Attributes } from "../stream/attributes.ts";
import type { ElementKind } from "../stream/elements.ts";

/** Receives the content of a page in the order in which it is read. */
export interface PageSink {
  /** An element begins. @param attributes valid only during the call */
  open(element: number, kind: ElementKind, attributes: Attributes): void;
  /** An element that began before ends; it need not be the innermost one. */
  close(element: number): void;
  /** A part of a string is text, its character references decoded. */
  text(source: string, start: number, end: number): void;
  /** A `</br>`, which is a line break. */
  lineBreak(): void;
  /** A `</p>` that closes nothing ends a paragraph. */
  endParagraph(): void;
}
