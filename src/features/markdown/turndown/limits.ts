import { decodeText } from "../../../html/references.ts";
import { Tokenizer, type TokenEvents } from "../../../html/tokenizer.ts";
import { ElementKinds } from "../stream/elements.ts";

/** The largest page for which turndown's quadratic steps are fast enough. */
export const DEFAULT_LIMITS = {
  /** Characters of HTML. @default 1_500_000 */
  size: 1_500_000,
  /** The depth of nested elements. @default 100 */
  depth: 100,
  /** All elements. @default 50_000 */
  elements: 50_000,
  /** Cells of one row. @default 500 */
  cells: 500,
  /** Items of one list. @default 2_000 */
  items: 2_000,
  /** Consecutive white space, including no-break spaces. @default 500 */
  space: 500,
};

export type TurndownLimits = Readonly<typeof DEFAULT_LIMITS>;

const SPACE = /\s/u;
/** Characters that are read at a time. */
const STEP = 65_536;

/** Whether a page exceeds a limit; reads its tags, and builds no tree. */
export function exceedsLimits(html: string, limits: TurndownLimits): boolean {
  if (html.length > limits.size) return true;
  const census = new Census(limits);
  const tokenizer = new Tokenizer(census);
  for (let at = 0; at < html.length; at += STEP) {
    tokenizer.write(html.slice(at, at + STEP));
    if (census.isOver) return true;
  }
  tokenizer.end();
  return census.isOver;
}

/** Counts elements for the limits. */
class Census implements TokenEvents {
  isOver = false;
  readonly #limits: TurndownLimits;
  readonly #kinds = new ElementKinds();
  #depth = 0;
  #elements = 0;
  #space = 0;
  /** One entry for each open list or table, and one for the page. */
  readonly #groups = [{ cells: 0, items: 0 }];

  constructor(limits: TurndownLimits) {
    this.#limits = limits;
  }

  open(source: string, start: number, end: number, _tagEnd: number, selfClosing: boolean): void {
    const kind = this.#kinds.find(source, start, end);
    this.#elements += 1;
    if (!kind.isVoid && !selfClosing) this.#depth += 1;
    const group = this.#groups[this.#groups.length - 1] as { cells: number; items: number };
    if (kind.role === "cell") group.cells += 1;
    else if (kind.role === "row") group.cells = 0;
    else if (kind.role === "item") group.items += 1;
    else if (kind.role === "list" || kind.role === "table")
      this.#groups.push({ cells: 0, items: 0 });
    this.isOver ||=
      this.#depth > this.#limits.depth ||
      this.#elements > this.#limits.elements ||
      group.cells > this.#limits.cells ||
      group.items > this.#limits.items;
  }

  close(source: string, start: number, end: number): void {
    const kind = this.#kinds.find(source, start, end);
    this.#depth = Math.max(0, this.#depth - 1);
    const isGroup = kind.role === "list" || kind.role === "table";
    if (isGroup && this.#groups.length > 1) this.#groups.pop();
  }

  text(source: string, start: number, end: number): void {
    const text = decodeText(source.slice(start, end));
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      const isSpace = code <= 32 || code === 0xa0 || (code > 0x1000 && SPACE.test(text.charAt(i)));
      this.#space = isSpace ? this.#space + 1 : 0;
      if (this.#space > this.#limits.space) this.isOver = true;
    }
  }

  comment(): void {}

  isForeign(): boolean {
    return false;
  }
}
