/** The attributes of an element of MathML that change its TeX. */
export const MATH_ATTRIBUTES = [
  "open",
  "close",
  "separators",
  "mathvariant",
  "linethickness",
  "notation",
  "columnalign",
  "width",
] as const;

/** An element of MathML with the TeX of its children. */
export interface MathElement {
  readonly name: string;
  readonly attributes: Readonly<Partial<Record<(typeof MATH_ATTRIBUTES)[number], string>>>;
  readonly children: Tex[];
  text: string;
}

/** A part of a formula as TeX. */
export interface Tex {
  readonly name: string;
  readonly tex: string;
  /** The character of an operator, as it was. */
  readonly operator: string;
  readonly startsWithLetter: boolean;
  /** Whether it ends with the name of a command, which a letter would continue. */
  readonly endsWithName: boolean;
  /** Whether it is higher than a line, so that brackets around it grow. */
  readonly isTall: boolean;
}

export function piece(name: string, tex: string, isTall = false, operator = ""): Tex {
  const endsWithName = tex.length < 40 && /\\[a-z]+$/i.test(tex);
  return { name, tex, operator, startsWithLetter: /^[a-z]/i.test(tex), endsWithName, isTall };
}

/** Joins pieces; a name of a command and a letter after it stay apart. */
export function join(pieces: readonly Tex[], name = "mrow"): Tex {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return first;
  let tex = "";
  let last: Tex | undefined;
  for (const each of pieces) {
    if (each.tex === "") continue;
    tex += last?.endsWithName === true && each.startsWithLetter ? ` ${each.tex}` : each.tex;
    last = each;
  }
  return {
    name,
    tex,
    operator: "",
    startsWithLetter: pieces.find((each) => each.tex !== "")?.startsWithLetter ?? false,
    endsWithName: last?.endsWithName ?? false,
    isTall: pieces.some(({ isTall }) => isTall),
  };
}

export const EMPTY = piece("none", "");

/** An argument: one character or a group in braces. */
export function group({ tex }: Tex): string {
  return Array.from(tex).length === 1 && tex !== "'" ? tex : `{${tex}}`;
}

/** What a script is written at: in braces, unless it is one symbol or in brackets. */
export function base({ tex, name }: Tex): string {
  const isOne =
    Array.from(tex).length <= 1 ||
    /^(?:\\[a-z]+|\d+|'+)$/i.test(tex) ||
    ["mi", "mn", "mo", "mtext", "mfenced", "mover", "munder"].includes(name) ||
    /^(?:\\left)?[([|].*[)\]|]$/.test(tex);
  return isOne ? tex || "{}" : `{${tex}}`;
}

/** The TeX of a piece. */
export function texOfPiece({ tex }: Tex): string {
  return tex;
}
