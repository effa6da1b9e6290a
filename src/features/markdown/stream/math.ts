import type { Attributes } from "./attributes.ts";
import { fencedCode } from "./code.ts";
import type { Closer } from "./renderer.ts";
import type { Renderer } from "./renderer.ts";

interface Part {
  readonly name: string;
  readonly children: string[];
}

const MOST_PARTS = 10_000;

/** Reads one MathML formula: its TeX annotation, or else TeX made from its elements. */
export class Formula {
  readonly #stack: Part[] = [{ name: "math", children: [] }];
  #tex = "";
  #count = 0;

  text(text: string): void {
    const trimmed = text.replaceAll(/\s+/gu, " ").trim();
    if (trimmed !== "") this.#stack.at(-1)?.children.push(trimmed);
  }

  open(name: string, attributes: Attributes): Closer {
    if (this.#count++ > MOST_PARTS) return undefined;
    const isTex = attributes.get("encoding")?.includes("tex") === true;
    const part: Part = { name, children: [] };
    this.#stack.push(part);
    return () => {
      this.#stack.splice(this.#stack.lastIndexOf(part), 1);
      const parent = this.#stack.at(-1);
      if (name === "annotation" && isTex) this.#tex ||= part.children.join(" ");
      else if (!name.startsWith("annotation")) parent?.children.push(combine(part));
    };
  }

  get tex(): string {
    return this.#tex || (this.#stack[0]?.children ?? []).join("").trim();
  }
}

function combine({ name, children }: Part): string {
  const [a = "", b = "", c = ""] = children;
  switch (name) {
    case "msup":
    case "mover":
      return `${a}^${group(b)}`;
    case "msub":
    case "munder":
      return `${a}_${group(b)}`;
    case "msubsup":
    case "munderover":
      return `${a}_${group(b)}^${group(c)}`;
    case "mfrac":
      return `\\frac{${a}}{${b}}`;
    case "msqrt":
      return `\\sqrt{${children.join("")}}`;
    case "mroot":
      return `\\sqrt[${b}]{${a}}`;
    case "mtr":
      return `${children.join(" & ")} \\\\ `;
    case "mspace":
      return " ";
    case "mtext":
      return children.join(" ");
    default:
      return children.join("");
  }
}

function group(tex: string): string {
  return tex.length === 1 ? tex : `{${tex}}`;
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

function writeTex(page: Renderer, source: string, isDisplay: boolean): void {
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
