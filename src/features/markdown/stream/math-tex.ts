import {
  base,
  EMPTY,
  group,
  join,
  type MathElement,
  type Tex,
  piece,
  texOfPiece,
} from "./math-pieces.ts";
import { fenced, operator, row, table } from "./math-rows.ts";
import { multiscripts, over, superscript, under, underOver } from "./math-scripts.ts";
import { FUNCTIONS, texOf, textOf, VARIANTS } from "./math-symbols.ts";

/** The TeX of an element, from that of its children (MathML Core). */
export function combine(part: MathElement): Tex {
  const { name, children, attributes } = part;
  const [a = EMPTY, b = EMPTY, c = EMPTY] = children;
  switch (name) {
    case "mi":
    case "mn":
    case "mo":
    case "mtext":
    case "ms":
    case "mspace":
      return token(part);
    case "msup":
      return piece(name, base(a) + superscript(b), a.isTall);
    case "msub":
      return piece(name, `${base(a)}_${group(b)}`, a.isTall);
    case "msubsup":
      return piece(name, `${base(a)}_${group(b)}${superscript(c)}`, a.isTall);
    case "mover":
      return piece(name, over(a, b), a.isTall);
    case "munder":
      return piece(name, under(a, b), a.isTall);
    case "munderover":
      return piece(name, underOver(a, b, c), true);
    case "mmultiscripts":
      return piece(name, multiscripts(children));
    case "mfrac":
      return attributes.linethickness?.startsWith("0") === true
        ? piece("atop", `\\genfrac{}{}{0pt}{}{${a.tex}}{${b.tex}}`, true)
        : piece(name, `\\frac{${a.tex}}{${b.tex}}`, true);
    case "msqrt":
      return piece(name, `\\sqrt{${join(children).tex}}`, true);
    case "mroot":
      return piece(name, `\\sqrt[${b.tex}]{${a.tex}}`, true);
    case "mtd":
      return join(children, name);
    case "mtr":
    case "mlabeledtr":
      return piece(
        "mtr",
        (name === "mtr" ? children : children.slice(1)).map(texOfPiece).join(" & "),
      );
    case "mtable":
      return table(children, attributes.columnalign ?? "");
    case "mfenced":
      return fenced(part);
    case "menclose":
      return piece(name, enclosed(join(children).tex, attributes.notation ?? ""), true);
    case "mphantom":
      return piece(name, `\\phantom{${join(children).tex}}`);
    case "maction":
      return a;
    case "none":
    case "mprescripts":
      return piece(name, "");
    default:
      return row(
        part.text.trim() === "" ? children : [...children, piece(name, texOf(part.text.trim()))],
      );
  }
}

/** The TeX of an element that has text (MathML Core §3.2). */
function token({ name, text, attributes, children }: MathElement): Tex {
  switch (name) {
    case "mi":
      return piece(name, identifier(text.trim(), attributes.mathvariant));
    case "mn":
      return piece(name, variant(texOf(text.trim()), attributes.mathvariant));
    case "mo":
      return operator(text.trim());
    case "mtext":
    case "ms": {
      const words = textOf(text.replaceAll(/\s+/gu, " "));
      if (children.length > 0) return join(children);
      return piece(name, words === "" ? "" : words === " " ? "\\ " : `\\text{${words}}`);
    }
    default:
      return piece(name, spaceOf(attributes.width ?? ""));
  }
}

function identifier(text: string, style: string | undefined): string {
  if (FUNCTIONS.has(text)) return `\\${text}`;
  const tex = texOf(text);
  if (Array.from(text).length <= 1)
    return style === "normal" && /^[a-z]$/i.test(tex) ? `\\mathrm{${tex}}` : variant(tex, style);
  // Names of several letters are upright, unless they are said to be slanted.
  if (style === "italic") return `\\mathit{${tex}}`;
  return /^[\p{L}\p{N} ]+$/u.test(text) && style === undefined
    ? `\\operatorname{${text.replaceAll(" ", "\\,")}}`
    : variant(tex, style);
}

function variant(tex: string, style: string | undefined): string {
  const command = style === undefined || style === "normal" ? undefined : VARIANTS[style];
  return command === undefined || tex === "" ? tex : `\\${command}{${tex}}`;
}

function spaceOf(width: string): string {
  const size = Number.parseFloat(width);
  if (!(size > 0)) return "";
  if (!width.endsWith("em")) return "\\ ";
  return size >= 1.5 ? "\\qquad " : size >= 0.8 ? "\\quad " : "\\ ";
}

function enclosed(tex: string, notation: string): string {
  if (/strike/.test(notation)) return `\\cancel{${tex}}`;
  if (/radical/.test(notation)) return `\\sqrt{${tex}}`;
  if (/\btop\b/.test(notation)) return `\\overline{${tex}}`;
  if (/\bbottom\b/.test(notation)) return `\\underline{${tex}}`;
  return /box|circle/.test(notation) ? `\\boxed{${tex}}` : tex;
}
