import { decodeText } from "../../../html/references.ts";
import type { ElementKind } from "../stream/elements.ts";
import { CLOSE, NONE, TEXT, type Tape } from "./tape.ts";

/** A range of entries of the tape. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** The first of some elements, in document order, that is inside of an element. */
export function firstIn(tape: Tape, element: number, some: readonly number[]): number | undefined {
  let low = 0;
  let high = some.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((some[middle] as number) <= element) low = middle + 1;
    else high = middle;
  }
  const found = some[low];
  return found !== undefined && found < tape.elementAfter(element) ? found : undefined;
}

/** Whether an element is inside of one of a kind. */
export function isInside(
  tape: Tape,
  element: number,
  isWanted: (kind: ElementKind) => boolean,
): boolean {
  let parent = tape.parentOf(element);
  while (parent !== NONE && !isWanted(tape.kindOf(parent))) parent = tape.parentOf(parent);
  return parent !== NONE;
}

/** The elements directly in an element; `NONE` for those outside of all others. */
export function* childrenOf(tape: Tape, element: number): Generator<number> {
  const end = element === NONE ? tape.elementCount : tape.elementAfter(element);
  for (let child = element + 1; child < end; child = tape.elementAfter(child)) yield child;
}

/** The entries of the content of an element. */
export function insideOf(tape: Tape, element: number): Range {
  return { start: tape.startOf(element) + 1, end: tape.endOf(element) };
}

/** Elements that began before an element and end in it. */
export function* endingIn(tape: Tape, element: number): Generator<number> {
  if (!tape.crossed.has(element)) return;
  const after = tape.after(element);
  for (let at = tape.startOf(element); at < after; at++) {
    const entry = tape.entryAt(at);
    if ((entry & 3) === CLOSE && entry >> 2 < element) yield entry >> 2;
  }
}

/** The visible text in an element, or else all of it, white space joined. @param longest its bound */
export function textContent(tape: Tape, element: number, longest: number): string {
  let content = "";
  const slice = { source: "", start: 0, end: 0 };
  const after = tape.textAfter(element);
  const isVisible = tape.textOf(element) > 0;
  for (let i = tape.firstText(element); i < after && content.length < 2 * longest; i++) {
    if (isVisible && tape.visibleBefore(i) === tape.visibleBefore(i + 1)) content += " ";
    else {
      const { source, start, end } = tape.readText(i, slice);
      if (!isVisible) content += " ";
      content += source.slice(start, Math.min(end, start + 2 * longest));
    }
  }
  return decodeText(content).replaceAll(/\s+/g, " ").trim().slice(0, longest);
}

/** Whether an element stands right after text in the same block. */
export function followsText(tape: Tape, element: number): boolean {
  const before = tape.startOf(element) - 1;
  if (before < 0) return false;
  const entry = tape.entryAt(before);
  if ((entry & 3) === CLOSE) return !tape.kindOf(entry >> 2).isBlock;
  return (
    (entry & 3) === TEXT && tape.visibleBefore(entry >> 2) < tape.visibleBefore((entry >> 2) + 1)
  );
}
