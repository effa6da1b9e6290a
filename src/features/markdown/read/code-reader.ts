import { textContent } from "./around.ts";
import { decodeText } from "../../../html/references.ts";
import type { Attributes, TagAttributes } from "../stream/attributes.ts";
import { languageInClass, languageNamed } from "../stream/code-languages.ts";
import { languageOfClass } from "../stream/code.ts";
import type { ElementKind } from "../stream/elements.ts";
import { isHidden } from "../stream/visibility.ts";
import type { CodeTraits } from "./code-classes.ts";
import { CodeText } from "./code-text.ts";
import { BREAK, CLOSE, NONE, OPEN, type Tape, TEXT } from "./tape.ts";
import type { Slice } from "./tape-texts.ts";

/** Code that a page lays out, as text. */
export interface LaidOutCode {
  readonly text: string;
  /** Of elements in it; empty if they name none. */
  readonly language: string;
  /** Text beside the code, as a title. */
  readonly title: string;
}

const LINE_STYLE = /(?:^|;)\s*display\s*:\s*(?:block|flex|grid|list-item|table-row)/i;
const NO_SELECTION = /user-select\s*:\s*none/i;
const LONGEST_NUMBERS = 4000;
const LONGEST_TITLE = 200;
/** Characters beside the lines of code: an element with more of them is something else. */
const MOST_OTHERS = 400;
const MOST_IN_TOOL = 20;
/** Elements of a cell or a block that tell if it contains lines. */
const FIRST = 6;

/** Reads the lines of code from the tape: without line numbers, controls and hidden copies. */
export class CodeReader {
  readonly #tape: Tape;
  readonly #attributes: TagAttributes;
  readonly #slice: Slice = { source: "", start: 0, end: 0 };
  #code = new CodeText();
  #title = "";
  #language = "";
  /** The outermost line that is open. */
  #line = NONE;
  /** The entry up to which white space is code. */
  #codeEnd = 0;

  constructor(tape: Tape, attributes: TagAttributes) {
    this.#tape = tape;
    this.#attributes = attributes;
  }

  /**
   * Reads the code in an element; undefined if it has much other text.
   *
   * @param isCode whether all text in the element is code, or only that of lines, cells and `pre`
   */
  read(root: number, isCode: boolean): LaidOutCode | undefined {
    const tape = this.#tape;
    const end = tape.endOf(root);
    this.#code = new CodeText();
    this.#title = "";
    this.#language = "";
    this.#line = NONE;
    this.#codeEnd = isCode ? end : 0;
    for (let at = tape.startOf(root) + 1; at < end;) {
      const entry = tape.entryAt(at);
      at += 1;
      switch (entry & 3) {
        case OPEN:
          if (!this.#open(entry >> 2)) at = tape.after(entry >> 2);
          break;
        case CLOSE:
          this.#close(entry >> 2);
          break;
        case TEXT:
          this.#text(entry >> 2, at <= this.#codeEnd);
          if (this.#title.length > MOST_OTHERS) return undefined;
          break;
        default:
          if (entry >> 2 === BREAK) this.#code.lineBreak();
      }
    }
    const title = this.#title.replaceAll(/\s+/g, " ").trim();
    return { text: this.#code.toString(), language: this.#language, title };
  }

  /** Starts an element; false if it is no code. */
  #open(element: number): boolean {
    const tape = this.#tape;
    const kind = tape.kindOf(element);
    if (kind.isInert || kind.role === "button") return false;
    if (kind.role === "break") {
      this.#code.lineBreak();
      return true;
    }
    const attributes = tape.readAttributes(element, this.#attributes);
    const traits = attributes.facts.code;
    if (kind.role === "image") this.#code.append(attributes.get("alt") ?? "");
    else if (isHidden(attributes) || this.#isNumber(element, kind, traits, attributes))
      return false;
    if (traits.isTool) {
      this.#readTool(element);
      return false;
    }
    this.#language ||= languageOf(kind, attributes);
    if (this.#line === NONE && this.#isLine(element, kind, traits, attributes)) {
      this.#line = element;
      this.#code.openLine();
    } else if (isBoundary(kind)) this.#code.boundary();
    if (this.#isCode(element, kind)) {
      this.#codeEnd = Math.max(this.#codeEnd, tape.endOf(element));
    }
    return true;
  }

  #close(element: number): void {
    if (element === this.#line) {
      this.#line = NONE;
      this.#code.closeLine(this.#tape.kindOf(element).isBlock);
    } else if (isBoundary(this.#tape.kindOf(element))) this.#code.boundary();
  }

  #text(text: number, isCode: boolean): void {
    const { source, start, end } = this.#tape.readText(text, this.#slice);
    const written = source.slice(start, end);
    const read = this.#tape.literals.has(text) ? written : decodeText(written);
    if (isCode) this.#code.append(read);
    else if (read.trim() !== "") this.#title += read;
    else if (!this.#title.endsWith(" ")) this.#title += " ";
  }

  /** Reads the title and the language in a toolbar. */
  #readTool(tool: number): void {
    const tape = this.#tape;
    const after = Math.min(tape.elementAfter(tool), tool + MOST_IN_TOOL);
    for (let each = tool; each < after; each++) {
      const className = tape.readAttributes(each, this.#attributes).get("class") ?? "";
      if (/title/.test(className)) this.#title += textContent(tape, each, LONGEST_TITLE);
      if (/lang/.test(className)) {
        this.#language ||= languageNamed(textContent(tape, each, LONGEST_TITLE)) ?? "";
      }
    }
  }

  #isNumber(
    element: number,
    { role }: ElementKind,
    { isNumber }: CodeTraits,
    attributes: Attributes,
  ): boolean {
    const style = attributes.get("style")?.slice(0, 500) ?? "";
    const isFirst = role === "cell" && this.#isFirst(element);
    const mayBe = isNumber || isFirst || NO_SELECTION.test(style);
    return mayBe && isOnlyNumbers(this.#tape, element);
  }

  #isLine(element: number, kind: ElementKind, traits: CodeTraits, attributes: Attributes): boolean {
    if (kind.role === "row") return this.#isOneOfMany(element);
    if (kind.role === "item" || traits.isLine) return true;
    return kind.role === "inline" && LINE_STYLE.test(attributes.get("style")?.slice(0, 500) ?? "");
  }

  /** Whether a row is not the only one: then it is a line. */
  #isOneOfMany(row: number): boolean {
    const tape = this.#tape;
    let table = tape.parentOf(row);
    while (table !== NONE && tape.kindOf(table).role !== "table") table = tape.parentOf(table);
    if (table === NONE) return true;
    const isLast = tape.elementAfter(row) >= tape.elementAfter(table);
    return !isLast || firstRow(tape, table) !== row;
  }

  /** Whether a cell is the first of two. */
  #isFirst(cell: number): boolean {
    const tape = this.#tape;
    const row = tape.parentOf(cell);
    const code = tape.elementAfter(cell);
    const end = tape.elementAfter(row);
    return row === cell - 1 && code < end && tape.elementAfter(code) === end;
  }

  /** Whether the white space in an element is code. */
  #isCode(element: number, kind: ElementKind): boolean {
    if (kind.role === "pre" || kind.name === "code") return true;
    if (element === this.#line) return kind.role !== "row";
    if (kind.role !== "cell") return false;
    const tape = this.#tape;
    const after = Math.min(tape.elementAfter(element), element + FIRST);
    for (let each = element + 1; each < after; each++) {
      const inner = tape.kindOf(each);
      if (inner.isBlock) return false;
    }
    return true;
  }
}

/** The first row of a table. */
export function firstRow(tape: Tape, table: number): number {
  const after = Math.min(tape.elementAfter(table), table + FIRST);
  for (let each = table + 1; each < after; each++)
    if (tape.kindOf(each).role === "row") return each;
  return NONE;
}

/** Whether the text of an element is nothing but numbers. */
export function isOnlyNumbers(tape: Tape, element: number): boolean {
  return /^[\d\s.:+-]*$/.test(textContent(tape, element, LONGEST_NUMBERS));
}

function isBoundary(kind: ElementKind): boolean {
  return kind.isBlock && kind.role !== "cell" && kind.role !== "section";
}

const LINE = /^(?:.{0,99}\s)?line(?:\s|$)/;
const NAMING = ["data-language", "data-lang", "data-tagsearch-lang", "data-enlighter-language"];

/** The language that the attributes of an element name. */
export function languageOf(kind: ElementKind, attributes: Attributes): string {
  const named = NAMING.map((name) => attributes.get(name)).find(Boolean);
  if (named !== undefined && /^[\w+#.-]{1,30}$/.test(named)) return named.toLowerCase();
  const className = attributes.get("class") ?? "";
  const language = languageOfClass(className);
  if (language !== "") return language;
  if (kind.role !== "inline") return languageInClass(className);
  // GitLab names it at each line; on other elements, it is the language of a text.
  return LINE.test(className) ? (languageNamed(attributes.get("lang") ?? "") ?? "") : "";
}
