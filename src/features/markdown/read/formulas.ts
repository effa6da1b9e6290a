import { type Attributes, GivenAttributes, TagAttributes } from "../stream/attributes.ts";
import { characterOf } from "../stream/math-symbols.ts";
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

/** The characters that a drawing of MathJax shows, in their order. */
export function charactersOfFormula(tape: Tape, element: number): Attributes | undefined {
  const other = new TagAttributes(tape.attributes.names);
  let text = "";
  const end = tape.elementAfter(element);
  for (let child = element + 1; child < end && text.length < 1000; child++) {
    const { name } = tape.kindOf(child);
    if (name !== "path" && name !== "use") continue;
    const code = tape.readAttributes(child, other).get("data-c");
    if (code !== undefined && /^[\da-f]{1,6}$/i.test(code)) text += characterOf(code);
  }
  return text === "" ? undefined : new GivenAttributes([["aria-label", text]]);
}
