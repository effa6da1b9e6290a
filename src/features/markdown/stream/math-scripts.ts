import { base, EMPTY, group, type Tex } from "./math-pieces.ts";
import { LIMITS, OVER, UNDER } from "./math-symbols.ts";

export function superscript(script: Tex): string {
  const primes = script.operator === "" ? "" : script.operator.replaceAll("′", "'");
  if (/^(?:'{1,4}|″|‴)$/.test(primes)) return script.tex.replaceAll("\\prime", "'");
  return `^${group(script)}`;
}

function isOne({ tex }: Tex): boolean {
  return Array.from(tex).length <= 1 || /^\\[a-z]+$/i.test(tex) || /^\\math\w+\{.\}$/.test(tex);
}

const ARROWS: Readonly<Record<string, string>> = {
  "→": "xrightarrow",
  "⟶": "xrightarrow",
  "←": "xleftarrow",
  "⟵": "xleftarrow",
};

export function over(a: Tex, b: Tex): string {
  const accent =
    b.name === "mo" || b.name === "mi" || b.name === "mrow" ? OVER[b.operator] : undefined;
  if (accent !== undefined) return `\\${isOne(a) ? accent[0] : accent[1]}{${a.tex}}`;
  if (LIMITS.test(a.tex) || a.tex.startsWith("\\overbrace")) return `${a.tex}^${group(b)}`;
  const arrow = ARROWS[a.operator];
  return arrow === undefined ? `\\overset{${b.tex}}{${a.tex}}` : `\\${arrow}{${b.tex}}`;
}

export function under(a: Tex, b: Tex): string {
  const accent = b.operator === "" ? undefined : UNDER[b.operator];
  if (accent !== undefined) return `\\${accent}{${a.tex}}`;
  if (LIMITS.test(a.tex) || a.tex.startsWith("\\underbrace")) return `${a.tex}_${group(b)}`;
  const arrow = ARROWS[a.operator];
  return arrow === undefined ? `\\underset{${b.tex}}{${a.tex}}` : `\\${arrow}[${b.tex}]{}`;
}

export function underOver(a: Tex, b: Tex, c: Tex): string {
  if (LIMITS.test(a.tex)) return `${a.tex}_${group(b)}^${group(c)}`;
  const arrow = ARROWS[a.operator];
  if (arrow !== undefined) return `\\${arrow}[${b.tex}]{${c.tex}}`;
  return over({ ...a, tex: under(a, b), name: "munder", operator: "" }, c);
}

/** Scripts after and before a base. */
export function multiscripts(children: readonly Tex[]): string {
  const [first = EMPTY, ...scripts] = children;
  const mark = scripts.findIndex(({ name }) => name === "mprescripts");
  const after = mark < 0 ? scripts : scripts.slice(0, mark);
  const before = mark < 0 ? [] : scripts.slice(mark + 1);
  const lead = scriptsOf(before);
  return (lead === "" ? "" : `{}${lead}`) + base(first) + scriptsOf(after);
}

function scriptsOf(scripts: readonly Tex[]): string {
  let sub = "";
  let sup = "";
  scripts.forEach(({ tex }, i) => {
    if (i % 2 === 0) sub += tex;
    else sup += tex;
  });
  return (sub === "" ? "" : `_{${sub}}`) + (sup === "" ? "" : `^{${sup}}`);
}
