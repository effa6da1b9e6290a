import { compilePathPattern, type PathPattern } from "../http/path-pattern.ts";

/** Compiles a path of a rule: "/%7Ejoe" becomes "/~joe". Throws a TypeError if it has a fault. */
export function compilePath(source: string): PathPattern {
  const compiled = compilePathPattern(canonicalEscapes(source));
  if ("fault" in compiled) throw new TypeError(`${source}: ${compiled.fault}`);
  return compiled.pattern;
}

/** Unescapes what a canonical path has unescaped, with a "\" that makes it literal. */
function canonicalEscapes(source: string): string {
  return source.replaceAll(
    /\\[^%]|\\?%([0-9A-Fa-f]{2})/g,
    (all: string, hex: string | undefined) => {
      if (hex === undefined) return all;
      const char = String.fromCharCode(Number.parseInt(hex, 16));
      return /[A-Za-z0-9._~-]/.test(char) ? `\\${char}` : `%${hex.toUpperCase()}`;
    },
  );
}

/** Whether a pattern has a "." or ".." segment, which no canonical path has. */
export function hasDotSegment({ literals, groups }: PathPattern): boolean {
  if (groups.length === 0) return /\/\.{1,2}(?:\/|$)/.test(literals[0] ?? "");
  return literals.some((text) => /\/\.{1,2}\//.test(text));
}
