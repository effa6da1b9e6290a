import type { Attributes } from "./attributes.ts";
import type { ElementKind } from "./elements.ts";
import { Formula, writeTex } from "./math.ts";
import type { Closer, Renderer } from "./renderer.ts";
import type { ClassTraits } from "./visibility.ts";

const SOURCES =
  "data-tex data-latex data-katex data-math data-formula data-equation data-expr".split(" ");
/** Images of formulas, whose alternative text is TeX. */
const IMAGE = /(?:^|\s)(?:latex|tex|texrender|mwe-math-fallback-image-(?:inline|display))(?:\s|$)/;
const MOST = 20_000;

/** Whether an element may have a formula in an attribute. */
export function isSource(attributes: Attributes): boolean {
  return SOURCES.some((name) => attributes.has(name));
}

/** Starts an element that has a formula in an attribute, or is one of MathJax without MathML. */
export function openSource(
  page: Renderer,
  kind: ElementKind,
  attributes: Attributes,
  traits: ClassTraits | undefined,
): Closer {
  if (kind.name === "mjx-container") return openMathJax(page, attributes);
  if (traits?.isMath !== true) return undefined;
  const tex = sourceOf(kind, attributes);
  if (tex === "") return undefined;
  if (kind.role === "image") {
    writeTex(page, tex, false);
    return () => {};
  }
  const isDisplay =
    kind.isBlock || /display|block/.test(attributes.get("class")?.slice(0, 500) ?? "");
  return replaceBy(page, tex, isDisplay);
}

/** Writes TeX in place of what an element contains. */
function replaceBy(page: Renderer, tex: string, isDisplay: boolean): Closer {
  page.formula = new Formula();
  page.capture = () => {};
  return () => {
    page.formula = page.capture = undefined;
    writeTex(page, tex, isDisplay);
  };
}

function sourceOf(kind: ElementKind, attributes: Attributes): string {
  if (kind.role === "image" && IMAGE.test(attributes.get("class")?.slice(0, 500) ?? "")) {
    return withoutDollars(attributes.get("alt") ?? "");
  }
  for (const name of SOURCES) {
    const value = attributes.get(name)?.trim() ?? "";
    if (value !== "" && !/^(?:true|false|inline|block|display|\d+|[[{].*[\]}])$/s.test(value)) {
      return withoutDollars(value);
    }
  }
  return "";
}

function withoutDollars(tex: string): string {
  return tex
    .trim()
    .slice(0, MOST)
    .replaceAll(/^\${1,2}|\${1,2}$/g, "");
}

/** Starts a formula of MathJax 3 or 4, whose elements are named after those of MathML. */
function openMathJax(page: Renderer, attributes: Attributes): Closer {
  const isDisplay = attributes.get("display") === "true";
  const source = attributes.get("data-latex")?.trim() ?? "";
  if (source !== "") return replaceBy(page, source, isDisplay);
  const formula = new Formula();
  page.formula = formula;
  page.capture = (piece) => formula.text(piece);
  return () => {
    page.formula = page.capture = undefined;
    writeTex(page, formula.tex, isDisplay);
  };
}
