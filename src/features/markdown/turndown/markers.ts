/**
 * Turndown passes strings from rule to rule. Ours contain marks for starts and ends of elements, so
 * that white space, escapes and markers are decided once, for the whole block.
 */
const OPEN = "\ufdd0";
const CLOSE = "\ufdd1";
const TREE = "\ufdd2";
const RAW = "\ufdd3";
const END = "\ufdd4";

/** Marks in a page's own text, as characters or character references. */
export const FORGED_MARK = /[\ufdd0-\ufdd4]|&#(?:x0*fdd[0-4]|0*649(?:7[6-9]|80))/i;

interface MarkEvents {
  open(index: number): void;
  close(index: number): void;
  /** An element whose content is read from the tree. */
  tree(index: number): void;
  /** The markdown of an operator's rule. */
  raw(index: number): void;
  text(text: string): void;
}

export function markElement(index: number, content: string): string {
  return `${OPEN}${index}${END}${content}${CLOSE}${index}${END}`;
}

export function markTree(index: number): string {
  return `${TREE}${index}${END}`;
}

export function markRaw(index: number): string {
  return `${RAW}${index}${END}`;
}

const NEXT_MARK = /[\ufdd0-\ufdd3]/g;

/** Reads the marks and texts of a marked string in order. */
export function readMarks(marked: string, events: MarkEvents): void {
  NEXT_MARK.lastIndex = 0;
  let at = 0;
  const marks = [...marked.matchAll(NEXT_MARK)];
  for (const mark of marks) {
    if (mark.index > at) events.text(marked.slice(at, mark.index));
    const end = marked.indexOf(END, mark.index);
    if (end < 0) return;
    const index = Number(marked.slice(mark.index + 1, end));
    at = end + 1;
    if (mark[0] === OPEN) events.open(index);
    else if (mark[0] === CLOSE) events.close(index);
    else if (mark[0] === TREE) events.tree(index);
    else events.raw(index);
  }
  if (at < marked.length) events.text(marked.slice(at));
}
