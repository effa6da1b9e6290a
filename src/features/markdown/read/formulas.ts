import { type Attributes, GivenAttributes } from "../stream/attributes.ts";
import { DrawnFormula } from "./drawn-formulas.ts";
import { NONE, type Tape } from "./tape.ts";

/** Whether MathML is in an element. */
export function hasMath(tape: Tape, element: number): boolean {
  const end = tape.elementAfter(element);
  for (let child = element + 1; child < end; child++) {
    if (tape.kindOf(child).name === "math") return true;
  }
  return false;
}

/** Whether a hidden element is the only form of a formula: without MathML, KaTeX and MathJax hide all. */
export function isOnlyForm(tape: Tape, element: number, attributes: Attributes): boolean {
  const parent = tape.parentOf(element);
  if (parent === NONE || attributes.get("aria-hidden") !== "true") return false;
  const isKatex = attributes.get("class") === "katex-html";
  const { name } = tape.kindOf(element);
  const isMathJax =
    (name === "mjx-math" || name === "svg") && tape.kindOf(parent).name === "mjx-container";
  return (isKatex || isMathJax) && !hasMath(tape, parent);
}

/** The formula that a drawing of MathJax shows. */
export function formulaOfDrawing(tape: Tape, element: number): Attributes | undefined {
  const tex = new DrawnFormula(tape).read(element);
  return tex === "" ? undefined : new GivenAttributes([["data-wayleave-tex", tex]]);
}
