import { textContent } from "./around.ts";
import type { TagAttributes } from "../stream/attributes.ts";
import { labelOf } from "../stream/code-languages.ts";
import type { ElementKind } from "../stream/elements.ts";
import { isOnlyNumbers } from "./code-reader.ts";
import { NONE, type Tape } from "./tape.ts";

/** Elements of an element around code that are not in that code, and characters of their text. */
const MOST = 60;
const LONGEST = 120;
const LONGEST_LABEL = 40;

/** Finds labels beside code: the name of its language, "Copy". */
export class CodeLabels {
  readonly #tape: Tape;
  readonly #attributes: TagAttributes;
  readonly #labels = new Set<number>();
  readonly #languages = new Map<number, string>();

  constructor(tape: Tape, attributes: TagAttributes) {
    this.#tape = tape;
    this.#attributes = attributes;
  }

  /** Whether labels were found that are not read yet. */
  get isEmpty(): boolean {
    return this.#labels.size === 0;
  }

  /** Whether an element is a label; each is asked for once. */
  has(element: number): boolean {
    return this.#labels.delete(element);
  }

  /** The language that a label beside a block of code names, or the empty string. */
  languageOf(code: number): string {
    return this.#languages.get(code) ?? "";
  }

  /** Searches an element around code, if it has one block of it, and not much else. */
  find(element: number, kind: ElementKind): "later" | undefined {
    const tape = this.#tape;
    if (kind.role !== "block" && kind.role !== "inline") return undefined;
    const after = tape.elementAfter(element);
    const labels: [element: number, language: string][] = [];
    let code = NONE;
    let numbers = 0;
    for (let each = element + 1, i = 0; each < after; i++) {
      const { role, isInert } = tape.kindOf(each);
      if (i > MOST || (role === "pre" && code !== NONE)) return undefined;
      let isPassed = role === "pre" || isInert || role === "button";
      if (role === "pre") code = each;
      else if (!isPassed) {
        const isNumber = this.#isNumber(each);
        if (isNumber) numbers += tape.textOf(each);
        const language = isNumber ? "" : this.#labelAt(each);
        isPassed = language !== undefined;
        if (language !== undefined) labels.push([each, language]);
      }
      if (isPassed && !tape.isClosed(each)) break;
      each = isPassed ? tape.elementAfter(each) : each + 1;
    }
    const beside = tape.textOf(element) - numbers - (code === NONE ? 0 : tape.textOf(code));
    if (beside > LONGEST) return undefined;
    if (!tape.isClosed(element)) return "later";
    for (const [label, language] of code === NONE ? [] : labels) {
      this.#labels.add(label);
      if (language !== "" && !this.#languages.has(code)) this.#languages.set(code, language);
    }
    return undefined;
  }

  /** Whether an element has the numbers of the lines beside it. */
  #isNumber(element: number): boolean {
    const tape = this.#tape;
    const { isNumber } = tape.readAttributes(element, this.#attributes).facts.code;
    return isNumber && tape.isClosed(element) && isOnlyNumbers(tape, element);
  }

  /** The language of an element that is a label, or the empty string; undefined if it is none. */
  #labelAt(element: number): string | undefined {
    const tape = this.#tape;
    if (!tape.isClosed(element)) return undefined;
    const length = tape.textOf(element);
    if (length === 0 || length > LONGEST_LABEL) return undefined;
    const label = labelOf(textContent(tape, element, LONGEST_LABEL + 1));
    if (label !== undefined) return label.language;
    const own = tape.readAttributes(element, this.#attributes).get("class") ?? "";
    return /(?:^|\s)lang(?:\s|$)/.test(own) ? "" : undefined;
  }
}
