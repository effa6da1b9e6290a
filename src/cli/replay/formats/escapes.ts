/** Decodes the escapes of nginx (`\x22`) and Apache (`\"`, `\\`, `\xhh`, `\t`). */
export function decodeEscapes(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replaceAll(/\\(?:x([0-9A-Fa-f]{2})|(.))/gsu, (whole, hex?: string, one?: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return one === undefined ? whole : (NAMED[one] ?? one);
  });
}

const NAMED: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", b: "\b", v: "\v" };

/** Decodes percent-encoding as far as it is valid; each octet becomes one character. */
export function decodePercent(text: string): string {
  if (!text.includes("%")) return text;
  return text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
