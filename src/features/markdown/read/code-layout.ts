import type { TagAttributes } from "../stream/attributes.ts";
import type { ElementKind } from "../stream/elements.ts";
import { isInside } from "./around.ts";
import { type CodeTraits, NO_TRAITS } from "./code-classes.ts";
import { CodeLabels } from "./code-labels.ts";
import {
  CodeReader,
  firstRow,
  isOnlyNumbers,
  type LaidOutCode,
  languageOf,
} from "./code-reader.ts";
import { NONE, OPEN, type Tape, TEXT } from "./tape.ts";
import type { Slice } from "./tape-texts.ts";

/** How an element lays out code: all of its text is code, or only that of its lines. */
type Layout = "code" | "lines" | "later" | undefined;

const WHITE_SPACE = /(?:^|;)\s*white-space\s*:\s*(pre|pre-wrap|break-spaces)\s*(?:!|;|$)/i;
const MONOSPACE = /font(?:-family)?\s*:[^;]*(?:mono|courier|consolas|menlo)/i;
const LINE_STYLE = /(?:^|;)\s*display\s*:\s*(?:block|flex|grid)/i;
const CODE_CELL = /(?:^|[\s_-])(?:code|source|de1|lntd)(?:[\s_-]|$)/;
/** Classes that only tables of code have; `number` and `code` also name data. */
const CERTAIN =
  /(?:^|\s)(?:blob-|lines-|hljs-ln|crayon-|rouge-|linenos|lineno|linenumbers|line_numbers|gutter|lntd)/;
const LINE_ITEM = /(?:^|\s)(?:li[12]|L\d|hljs-ln-line)(?:\s|$)/;
/** Elements whose classes decide if a table, a list or a `pre` is code. */
const FIRST = 10;
/** Elements around code that may name its language. */
const AROUND = 4;
const LONGEST_STYLE = 1000;
/** Elements with other text than code in which code is searched all the same. */
const MOST_OTHERS = 20;
/** Characters of labels and controls in a `pre`. */
const LONGEST_BESIDE = 60;
/** Elements of a `code` that are searched for lines. */
const MOST_INLINE = 200;

/** Finds code that is laid out by tables, lists, divs and styles, and reads it as one block. */
export class CodeLayouts {
  readonly labels: CodeLabels;
  readonly #tape: Tape;
  readonly #attributes: TagAttributes;
  readonly #reader: CodeReader;
  readonly #slice: Slice = { source: "", start: 0, end: 0 };
  /** The element up to which none of a kind is searched again, since one around them is none. */
  #emptyUntil = 0;
  #styledUntil = 0;
  /** Elements that were named as code, and had other text. */
  #others = 0;

  constructor(tape: Tape, attributes: TagAttributes) {
    this.#tape = tape;
    this.#attributes = attributes;
    this.labels = new CodeLabels(tape, attributes);
    this.#reader = new CodeReader(tape, attributes);
  }

  /** The code in an element; "later" if that depends on what follows; undefined if it is none. */
  at(
    element: number,
    kind: ElementKind,
    attributes: TagAttributes,
    isEnded: boolean,
  ): LaidOutCode | "later" | undefined {
    const traits = attributes.facts.code;
    const style = attributes.mayHide ? attributes.get("style") : undefined;
    if (traits === NO_TRAITS && !kind.mayBeCode && style === undefined) return undefined;
    if (element < this.#emptyUntil) return undefined;
    const isClosed = isEnded || this.#tape.isClosed(element);
    if (traits.isWrapper && this.labels.find(element, kind) === "later" && !isClosed)
      return "later";
    const layout = this.#layoutOf(
      element,
      kind,
      traits,
      style?.slice(0, LONGEST_STYLE) ?? "",
      isClosed,
    );
    if (layout === undefined) return undefined;
    if (!isClosed || layout === "later") return "later";
    const language = traits.isMermaid ? "mermaid" : languageOf(kind, attributes);
    return this.#read(element, layout === "code", language);
  }

  #layoutOf(
    element: number,
    kind: ElementKind,
    { isMermaid, isContainer }: CodeTraits,
    style: string,
    isClosed: boolean,
  ): Layout {
    if (isMermaid && (kind.isBlock || kind.role === "inline")) return "code";
    if (isContainer && kind.isBlock) return "lines";
    if (kind.role === "pre") return this.#pre(element, isClosed);
    if (kind.role === "table") return this.#table(element, isClosed);
    if (kind.name === "ol") return this.#list(element, isClosed);
    if (kind.name === "code") return this.#inlineCode(element, style, isClosed);
    if (style !== "" && WHITE_SPACE.test(style))
      return this.#styled(element, kind, style, isClosed);
    return undefined;
  }

  #read(element: number, isCode: boolean, named: string): LaidOutCode | undefined {
    const root = this.#onlyCodeIn(element);
    const code = this.#reader.read(root, isCode || root !== element);
    if (code === undefined) this.#others += 1;
    const isEmpty = code === undefined ? this.#others > MOST_OTHERS : code.text.trim() === "";
    if (isEmpty) this.#emptyUntil = this.#tape.elementAfter(element);
    if (code === undefined || isEmpty) return undefined;
    const own = root === element ? "" : this.#languageAt(root);
    const inside = named || own || code.language;
    const language = inside || this.#languageAround(element) || this.labels.languageOf(element);
    return { ...code, language };
  }

  /** The `code` in a `pre` that also has labels and controls. */
  #onlyCodeIn(element: number): number {
    const tape = this.#tape;
    if (tape.kindOf(element).role !== "pre") return element;
    const after = Math.min(tape.elementAfter(element), element + FIRST);
    for (let each = element + 1; each < after; each++) {
      if (tape.kindOf(each).name !== "code") continue;
      const code = tape.textOf(each);
      const beside = tape.textOf(element) - code;
      return beside <= LONGEST_BESIDE || beside * 2 < code ? each : element;
    }
    return element;
  }

  #languageAt(element: number): string {
    const tape = this.#tape;
    return languageOf(tape.kindOf(element), tape.readAttributes(element, this.#attributes));
  }

  #languageAround(element: number): string {
    const tape = this.#tape;
    let around = tape.parentOf(element);
    for (let i = 0; i < AROUND && around !== NONE; i++) {
      const attributes = tape.readAttributes(around, this.#attributes);
      const isMarked = /highlight|code|source|geshi|blob|syntax/i.test(
        attributes.get("class") ?? "",
      );
      const language = isMarked ? languageOf(tape.kindOf(around), attributes) : "";
      if (language !== "") return language;
      around = tape.parentOf(around);
    }
    return "";
  }

  /** A `pre` whose lines are elements, or that has a label in it. */
  #pre(element: number, isClosed: boolean): Layout {
    const tape = this.#tape;
    if (this.labels.languageOf(element) !== "") return "code";
    for (let at = tape.startOf(element) + 1; at < tape.endOf(element); at++) {
      const entry = tape.entryAt(at);
      if ((entry & 3) === OPEN) {
        if (this.#isLine(entry >> 2)) return "code";
        if (entry >> 2 > element + FIRST) return undefined;
      } else if ((entry & 3) === TEXT && !this.#isBlank(entry >> 2)) return undefined;
    }
    return isClosed ? undefined : "later";
  }

  #isBlank(text: number): boolean {
    const { source, start, end } = this.#tape.readText(text, this.#slice);
    return source.slice(start, end).trim() === "";
  }

  #isLine(element: number): boolean {
    const kind = this.#tape.kindOf(element);
    if (kind.role === "table" || kind.role === "list") return true;
    if (kind.isBlock && kind.role !== "pre") return true;
    const attributes = this.#tape.readAttributes(element, this.#attributes);
    if (attributes.facts.code.isLine) return true;
    return LINE_STYLE.test(attributes.get("style")?.slice(0, LONGEST_STYLE) ?? "");
  }

  /** A table whose rows are lines, or that has the numbers in one cell and the code in another. */
  #table(table: number, isClosed: boolean): Layout {
    const tape = this.#tape;
    const row = firstRow(tape, table);
    if (row === NONE) {
      return isClosed || tape.elementCount > table + FIRST ? undefined : "later";
    }
    if (!isClosed && !tape.isClosed(row)) return "later";
    let numbers = 0;
    let code = 0;
    let others = 0;
    let isCertain = false;
    for (let cell = row + 1; cell < tape.elementAfter(row); cell = tape.elementAfter(cell)) {
      const attributes = tape.readAttributes(cell, this.#attributes);
      const className = attributes.get("class");
      const { isNumber } = attributes.facts.code;
      const isCode = className !== undefined && CODE_CELL.test(className);
      isCertain ||= CERTAIN.test(className ?? "") || this.#beginsWithCode(cell);
      if (isNumber && isOnlyNumbers(tape, cell)) numbers += 1;
      else if (isCode || this.#beginsWithCode(cell)) {
        if (!isCode && isOnlyNumbers(tape, cell)) numbers += 1;
        else code += 1;
      } else others += 1;
    }
    return isCertain && numbers > 0 && code > 0 && others === 0 ? "lines" : undefined;
  }

  #beginsWithCode(cell: number): boolean {
    const tape = this.#tape;
    const after = Math.min(tape.elementAfter(cell), cell + 4);
    for (let each = cell + 1; each < after; each++) {
      const { role, name } = tape.kindOf(each);
      const { isLine } = tape.readAttributes(each, this.#attributes).facts.code;
      if (role === "pre" || name === "code" || isLine) return true;
    }
    return false;
  }

  /** A list of lines, as GeSHi and prettify write it. */
  #list(list: number, isClosed: boolean): Layout {
    const tape = this.#tape;
    const item = list + 1;
    if (item >= tape.elementCount) return isClosed ? undefined : "later";
    if (item >= tape.elementAfter(list) || tape.kindOf(item).role !== "item") return undefined;
    const attributes = tape.readAttributes(item, this.#attributes);
    return LINE_ITEM.test(attributes.get("class") ?? "") ? "lines" : undefined;
  }

  /** A `code` outside of `pre` that has lines. */
  #inlineCode(element: number, style: string, isClosed: boolean): Layout {
    const tape = this.#tape;
    if (!isClosed) return "later";
    // Nearly all have no element in them.
    if (tape.elementAfter(element) === element + 1 && style === "") return undefined;
    if (isInside(tape, element, isTight)) return undefined;
    if (/^pre/i.test(WHITE_SPACE.exec(style)?.[1] ?? "") && this.#hasLineFeed(element))
      return "code";
    let lines = 0;
    const after = Math.min(tape.elementAfter(element), element + MOST_INLINE);
    for (let each = element + 1; each < after; each++) {
      if (tape.kindOf(each).role === "break") {
        const isBetween = tape.firstText(each) > tape.firstText(element);
        if (isBetween && tape.textAfter(each) < tape.textAfter(element)) return "code";
      } else if (this.#isLine(each)) lines += 1;
    }
    return lines > 1 ? "code" : undefined;
  }

  /** An element with `white-space: pre`, or with that of text and a font for code. */
  #styled(element: number, kind: ElementKind, style: string, isClosed: boolean): Layout {
    const tape = this.#tape;
    if (element < this.#styledUntil || (!kind.isBlock && kind.role !== "inline")) return undefined;
    if (kind.role === "cell" || kind.role === "item" || kind.role === "row") return undefined;
    const isPre = /^pre$/i.test(WHITE_SPACE.exec(style)?.[1] ?? "");
    const isMono = MONOSPACE.test(style);
    if (!isPre && !isMono) return undefined;
    if (!isClosed) return "later";
    const isCode = (isMono && kind.isBlock) || this.#hasLineFeed(element);
    if (isCode && !isInside(tape, element, isTight) && !this.#hasStructure(element)) return "code";
    this.#styledUntil = tape.elementAfter(element);
    return undefined;
  }

  /** Whether an element has more than one line. */
  #hasLineFeed(element: number): boolean {
    const tape = this.#tape;
    for (let each = element + 1; each < tape.elementAfter(element); each++) {
      const kind = tape.kindOf(each);
      if (kind.role === "break" || kind.isBlock) return true;
    }
    for (let text = tape.firstText(element); text < tape.textAfter(element); text++) {
      const { source, start, end } = tape.readText(text, this.#slice);
      if (source.slice(start, end).trim().includes("\n")) return true;
    }
    return false;
  }

  #hasStructure(element: number): boolean {
    const tape = this.#tape;
    for (let each = element + 1; each < tape.elementAfter(element); each++) {
      const { role } = tape.kindOf(each);
      if (STRUCTURE.has(role)) return true;
    }
    return false;
  }
}

const STRUCTURE: ReadonlySet<string> = new Set(
  "heading table list definitions image pre section quote".split(" "),
);

/** Elements that can't contain a block of code. */
function isTight({ role, name }: ElementKind): boolean {
  return role === "cell" || role === "heading" || role === "link" || name === "dt";
}
