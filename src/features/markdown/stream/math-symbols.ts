/** Pairs of a character and the TeX command for it, of symbols that the common packages have. */
const COMMANDS =
  "α alpha β beta γ gamma δ delta ε varepsilon ϵ epsilon ζ zeta η eta θ theta ϑ vartheta ι iota κ kappa λ lambda " +
  "μ mu µ mu ν nu ξ xi π pi ϖ varpi ρ rho ϱ varrho σ sigma ς varsigma τ tau υ upsilon φ varphi ϕ phi χ chi ψ psi ω omega " +
  "Γ Gamma Δ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Υ Upsilon Φ Phi Ψ Psi Ω Omega ℓ ell ℏ hbar ℘ wp ℜ Re ℑ Im ℵ aleph " +
  "× times ÷ div ± pm ∓ mp ⋅ cdot · cdot ∗ ast ∘ circ ∙ bullet • bullet ⋆ star ⊕ oplus ⊗ otimes ⊙ odot ⊖ ominus " +
  "∑ sum ∏ prod ∐ coprod ∫ int ∬ iint ∭ iiint ∮ oint ⋃ bigcup ⋂ bigcap ⋁ bigvee ⋀ bigwedge ⨁ bigoplus ⨂ bigotimes " +
  "≤ le ≥ ge ≠ ne ≈ approx ≡ equiv ≅ cong ∼ sim ≃ simeq ∝ propto ≪ ll ≫ gg ≺ prec ≻ succ ⩽ leqslant ⩾ geqslant " +
  "∈ in ∉ notin ∋ ni ⊂ subset ⊃ supset ⊆ subseteq ⊇ supseteq ∪ cup ∩ cap ∖ setminus ∅ emptyset ⊄ nsubseteq " +
  "∧ land ∨ lor ¬ neg ∀ forall ∃ exists ∄ nexists ⊢ vdash ⊨ models ⊥ perp ⊤ top ∥ parallel ∣ mid ∤ nmid " +
  "→ to ← leftarrow ↔ leftrightarrow ⇒ Rightarrow ⇐ Leftarrow ⇔ Leftrightarrow ↦ mapsto ↑ uparrow ↓ downarrow " +
  "⟶ longrightarrow ⟵ longleftarrow ⟹ Longrightarrow ⟺ Longleftrightarrow ↪ hookrightarrow ⇌ rightleftharpoons " +
  "∂ partial ∇ nabla ∞ infty √ surd ∠ angle △ triangle □ square ° degree † dagger ‡ ddagger ′ prime " +
  "… ldots ⋯ cdots ⋮ vdots ⋱ ddots ⟨ langle ⟩ rangle 〈 langle 〉 rangle ⌊ lfloor ⌋ rfloor ⌈ lceil ⌉ rceil ‖ Vert ∴ therefore ∵ because " +
  "\\ backslash ^ wedge ~ sim";
const words = COMMANDS.split(" ");

/** TeX for single characters of formulas. */
const SYMBOLS = new Map<string, string>([
  ...words.flatMap((char, i) => (i % 2 === 0 ? [[char, `\\${words[i + 1]}`] as const] : [])),
  ..."#$%&_{}".split("").map((char) => [char, `\\${char}`] as const),
  ["−", "-"],
  ["∕", "/"],
  ["⁄", "/"],
  ["″", "''"],
  ["‴", "'''"],
]);

/** Names that TeX sets upright, and those below which limits are written. */
export const FUNCTIONS = new Set(
  (
    "arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim liminf limsup ln log " +
    "max min Pr sec sin sinh sup tan tanh"
  ).split(" "),
);
/** What has its limits below and above: operators and functions, as TeX. */
export const LIMITS =
  /^\\(?:sum|prod|coprod|i{1,3}nt|oint|big(?:cup|cap|vee|wedge|oplus|otimes)|lim(?:inf|sup)?|max|min|sup|inf|det|gcd|Pr|operatorname\*\{[^}]*\})$/;

/** Characters without a form of their own: function application, invisible times, plus and comma. */
const INVISIBLE = /[\u2061-\u2064\u200b\u2060\ufeff]/gu;

/** A text of a formula as TeX, character by character. */
export function texOf(text: string): string {
  let tex = "";
  let isAfterName = false;
  for (const char of text.replaceAll(INVISIBLE, "")) {
    const symbol = SYMBOLS.get(char) ?? char;
    // A letter would continue the name of a command.
    tex += isAfterName && /^[a-z]/i.test(symbol) ? ` ${symbol}` : symbol;
    isAfterName = symbol.length > 1 && /^\\[a-z]/i.test(symbol);
  }
  return tex;
}

/** A text of words as the content of `\text`. */
export function textOf(text: string): string {
  return text
    .replaceAll("\\", "\u0000")
    .replaceAll(/[#$%&_{}]/g, "\\$&")
    .replaceAll("\u0000", "\\textbackslash{}")
    .replaceAll("~", "\\textasciitilde{}")
    .replaceAll("^", "\\textasciicircum{}");
}

/** Commands of accents, for one character and for more. */
export const OVER: Readonly<Record<string, readonly [one: string, more: string]>> = {
  "^": ["hat", "widehat"],
  ˆ: ["hat", "widehat"],
  "~": ["tilde", "widetilde"],
  "˜": ["tilde", "widetilde"],
  "¯": ["bar", "overline"],
  "‾": ["bar", "overline"],
  "―": ["bar", "overline"],
  "─": ["bar", "overline"],
  _: ["bar", "overline"],
  "-": ["bar", "overline"],
  "→": ["vec", "overrightarrow"],
  "⃗": ["vec", "overrightarrow"],
  "←": ["overleftarrow", "overleftarrow"],
  "↔": ["overleftrightarrow", "overleftrightarrow"],
  "˙": ["dot", "dot"],
  ".": ["dot", "dot"],
  "¨": ["ddot", "ddot"],
  "⃛": ["dddot", "dddot"],
  ˇ: ["check", "check"],
  "˘": ["breve", "breve"],
  "´": ["acute", "acute"],
  "`": ["grave", "grave"],
  "˚": ["mathring", "mathring"],
  "⏞": ["overbrace", "overbrace"],
};
export const UNDER: Readonly<Record<string, string>> = {
  _: "underline",
  "¯": "underline",
  "‾": "underline",
  "―": "underline",
  "⏟": "underbrace",
  "→": "underrightarrow",
  "←": "underleftarrow",
};

/** Commands of alphabets. */
export const VARIANTS: Readonly<Record<string, string>> = {
  bold: "mathbf",
  "bold-italic": "boldsymbol",
  "double-struck": "mathbb",
  script: "mathcal",
  "bold-script": "mathcal",
  fraktur: "mathfrak",
  "bold-fraktur": "mathfrak",
  "sans-serif": "mathsf",
  monospace: "mathtt",
  normal: "mathrm",
};

/** A character of mathematics by its code in hexadecimal digits, as a plain letter. */
export function characterOf(code: string): string {
  const point = Number.parseInt(code, 16);
  return point > 0x10_ff_ff ? "" : String.fromCodePoint(point).normalize("NFKC");
}

/** The characters that an element of MathJax shows by its class. */
export function charactersOfClass(className: string): string {
  const code = /(?:^|\s)mjx-c([\dA-F]{1,6})(?:\s|$)/.exec(className.slice(0, 200))?.[1];
  return code === undefined ? "" : characterOf(code);
}
