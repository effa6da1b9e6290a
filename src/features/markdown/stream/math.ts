import { type Attributes, GivenAttributes } from "./attributes.ts";
import { fencedCode } from "./code.ts";
import { charactersOfClass } from "./math-symbols.ts";
import { MATH_ATTRIBUTES, type MathElement, piece } from "./math-pieces.ts";
import { combine } from "./math-tex.ts";
import type { Closer } from "./renderer.ts";
import type { Renderer } from "./renderer.ts";

const MOST_PARTS = 10_000;
/** The encodings of TeX; `text/plain` is none. */
const TEX = /(?:^|[/-])(?:la)?tex$/i;

/** The attribute that only the reader gives: the TeX of a drawing. */
const DRAWN = "data-wayleave-tex";

/** Reads one MathML formula: its TeX annotation, or else TeX made from its elements. */
export class Formula {
  readonly #stack: MathElement[] = [{ name: "math", attributes: {}, children: [], text: "" }];
  #tex = "";
  #count = 0;

  text(text: string): void {
    const part = this.#stack.at(-1);
    if (part !== undefined) part.text += text;
  }

  open(name: string, attributes: Attributes): Closer {
    if (this.#count++ > MOST_PARTS) return undefined;
    const isTex = TEX.test(attributes.get("encoding")?.trim() ?? "");
    const own: Partial<Record<(typeof MATH_ATTRIBUTES)[number], string>> = {};
    if (!attributes.isEmpty) {
      for (const each of MATH_ATTRIBUTES) {
        const value = attributes.get(each);
        if (value !== undefined) own[each] = value.slice(0, 100);
      }
    }
    if (name.startsWith("mjx-")) return this.#openMathJax(name.slice(4), attributes);
    if (name === "svg") {
      const tex = attributes instanceof GivenAttributes ? attributes.get(DRAWN) : undefined;
      if (tex !== undefined) this.#stack.at(-1)?.children.push(piece("mrow", tex));
      return undefined;
    }
    const local = name.slice(name.indexOf(":") + 1);
    const part: MathElement = { name: local, attributes: own, children: [], text: "" };
    this.#stack.push(part);
    return () => {
      this.#stack.splice(this.#stack.lastIndexOf(part), 1);
      const parent = this.#stack.at(-1);
      if (local === "annotation") this.#tex ||= isTex ? part.text : "";
      else if (local !== "annotation-xml") parent?.children.push(combine(part));
    };
  }

  /** Starts an element of MathJax: those that only lay out leave their content to the one around. */
  #openMathJax(name: string, attributes: Attributes): Closer {
    const shown = charactersOfClass(attributes.get("class") ?? "");
    const around = this.#stack.at(-1);
    if (shown !== "" && around !== undefined) around.text += shown;
    // The sign of a root is drawn, and so not written.
    const isDropped = name === "surd";
    if (!isDropped && !MATHJAX.has(name)) return undefined;
    const part: MathElement = { name, attributes: {}, children: [], text: "" };
    this.#stack.push(part);
    return () => {
      this.#stack.splice(this.#stack.lastIndexOf(part), 1);
      if (!isDropped) this.#stack.at(-1)?.children.push(combine(inOrder(part)));
    };
  }

  get tex(): string {
    const [math] = this.#stack;
    return this.#tex || (math === undefined ? "" : combine(math).tex.trim());
  }
}

/** The elements of MathJax that are those of MathML. */
const MATHJAX = new Set(
  (
    "mi mn mo mtext ms mspace mrow mfrac msqrt mroot msub msup msubsup mover munder munderover mtable mtr mlabeledtr " +
    "mtd mmultiscripts menclose mphantom mstyle mpadded merror"
  ).split(" "),
);

/** The children of an element of MathJax in the order of MathML. */
function inOrder(part: MathElement): MathElement {
  const [a, b, c] = part.children;
  if (a === undefined || b === undefined) return part;
  switch (part.name) {
    case "mover":
    case "mroot":
      return { ...part, children: [b, a] };
    case "msubsup":
      return c === undefined ? part : { ...part, children: [a, c, b] };
    case "munderover":
      return { ...part, name: "mover", children: [b, a] };
    default:
      return part;
  }
}

/** Starts a formula, which is written once even if the page has it in several forms. */
export function openMath(page: Renderer, attributes: Attributes): Closer {
  const alt = attributes.get("alttext") ?? "";
  const isDisplay = attributes.get("display") === "block";
  const formula = new Formula();
  page.formula = formula;
  const capture = (piece: string): void => formula.text(piece);
  page.capture = capture;
  return () => {
    page.formula = undefined;
    page.capture = undefined;
    writeTex(page, alt || formula.tex, isDisplay);
  };
}

/** Starts a script with TeX for MathJax. */
export function openTexScript(page: Renderer, type: string): Closer {
  let tex = "";
  const capture = (piece: string): void => {
    tex += piece;
  };
  page.capture = capture;
  return () => {
    page.capture = undefined;
    writeTex(page, tex, type.includes("mode=display"));
  };
}

/** Writes TeX as a formula, in a line or as a block of its own. */
export function writeTex(page: Renderer, source: string, isDisplay: boolean): void {
  const tex = source.replaceAll(/\s+/gu, " ").trim();
  if (tex === "") return;
  const { writer } = page;
  if (isDisplay && !writer.isInCell && writer.headingLevel === 0) {
    writer.block(fencedCode(tex, "math"));
    return;
  }
  // GitHub's second notation protects TeX that would be read as markdown.
  const isSafe = !/[\\*_<`[\]~&|]/.test(tex);
  writer.inline.raw(isSafe ? `$${tex}$` : `$\`${tex.replaceAll("`", "'")}\`$`);
}
