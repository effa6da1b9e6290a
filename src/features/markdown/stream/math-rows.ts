import { join, type MathElement, type Tex, piece, texOfPiece } from "./math-pieces.ts";
import { FUNCTIONS, LIMITS, texOf } from "./math-symbols.ts";

const FENCES: Readonly<Record<string, string>> = {
  "()": "pmatrix",
  "[]": "bmatrix",
  "{}": "Bmatrix",
  "||": "vmatrix",
  "∣∣": "vmatrix",
  "‖‖": "Vmatrix",
  "{": "cases",
};
const OPENING = "([{⟨⌊⌈|‖∣";
const CLOSING = ")]}⟩⌋⌉|‖∣";

/** An operator or a bracket. */
export function operator(text: string): Tex {
  if (FUNCTIONS.has(text)) return piece("mo", `\\${text}`);
  if (/^\p{L}{2,}$/u.test(text)) return piece("mo", ` \\operatorname{${text}} `);
  const tex = texOf(text);
  return piece("mo", tex, LIMITS.test(tex), text);
}

/** A table: lines of an equation if its columns are aligned to the right and left in turn. */
export function table(rows: readonly Tex[], align: string): Tex {
  const lines = rows.map(texOfPiece).join(" \\\\ ");
  const isAligned = /^right(?: left|$)/.test(align.trim());
  const name = isAligned ? "aligned" : "matrix";
  return piece(isAligned ? "aligned" : "mtable", `\\begin{${name}} ${lines} \\end{${name}}`, true);
}

/** Children in a row, of which the first and last may be brackets around the others. */
export function row(children: readonly Tex[]): Tex {
  const shown = children.filter(({ tex }) => tex !== "");
  const [first] = shown;
  const last = shown.at(-1);
  if (first === undefined || last === undefined || shown.length < 2) return join(shown);
  const isOpened = first.name === "mo" && first.operator !== "" && OPENING.includes(first.operator);
  const isClosed = last.name === "mo" && last.operator !== "" && CLOSING.includes(last.operator);
  if (!isOpened) return join(shown);
  const inside = shown.slice(1, isClosed ? -1 : undefined);
  const only = inside.length === 1 ? inside[0] : undefined;
  const framed =
    only === undefined ? undefined : inFrame(only, first.operator, isClosed ? last.operator : "");
  if (framed !== undefined) return framed;
  if (!isClosed || !inside.some(({ isTall }) => isTall)) return join(shown);
  return grown(first.tex, join(inside).tex, last.tex);
}

/** A matrix in its brackets, cases, a binomial coefficient. */
function inFrame(only: Tex, open: string, close: string): Tex | undefined {
  if (only.name === "atop" && open + close === "()") {
    return piece("mrow", only.tex.replace("\\genfrac{}{}{0pt}{}", "\\binom"), true);
  }
  const name = only.name === "mtable" ? FENCES[open + close] : undefined;
  if (name === undefined) return undefined;
  return piece(
    "mrow",
    only.tex.replace("{matrix}", `{${name}}`).replace(/\{matrix\}$/, `{${name}}`),
    true,
  );
}

function grown(open: string, inside: string, close: string): Tex {
  return piece("mfenced", `\\left${open || "."} ${inside} \\right${close || "."}`, true);
}

export function fenced({ attributes, children }: MathElement): Tex {
  const open = attributes.open ?? "(";
  const close = attributes.close ?? ")";
  const [only] = children;
  const framed =
    children.length === 1 && only !== undefined
      ? inFrame(only, open.trim(), close.trim())
      : undefined;
  if (framed !== undefined) return framed;
  const separators = Array.from((attributes.separators ?? ",").replaceAll(/\s/gu, ""));
  const parts = children.flatMap((child, i) => {
    const separator = separators[Math.min(i, separators.length) - 1] ?? separators.at(-1);
    return i === 0 || separator === undefined ? [child] : [piece("mo", texOf(separator)), child];
  });
  const inside = join(parts);
  if (inside.isTall) return grown(texOf(open.trim()), inside.tex, texOf(close.trim()));
  return { ...join([operator(open.trim()), inside, operator(close.trim())]), name: "mfenced" };
}
