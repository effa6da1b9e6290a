/**
 * Maps the references in a Link field: the target and the anchor of each link (RFC 8288 §3.2). The
 * rest stays byte for byte. Undefined if nothing is mapped.
 *
 * @param map returns undefined for a reference that stays as it is
 */
export function mapLinks(
  value: string,
  map: (reference: string) => string | undefined,
): string | undefined {
  let written = "";
  let copied = 0;
  const replace = (from: number, to: number): void => {
    const mapped = map(value.slice(from, to));
    if (mapped === undefined) return;
    written += value.slice(copied, from) + mapped;
    copied = to;
  };
  let at = 0;
  while (at < value.length) {
    const char = value[at];
    if (char === "<") {
      const end = endOf(value, at, ">");
      replace(at + 1, end);
      at = end + 1;
    } else if (char === '"') at = skipQuoted(value, at);
    else if (char === ";") {
      const from = anchorAt(value, at + 1);
      if (from === undefined) at++;
      else if (value[from] === '"') {
        at = skipQuoted(value, from);
        replace(from + 1, Math.max(from + 1, at - 1));
      } else {
        at = from;
        while (at < value.length && !" \t;,".includes(value.charAt(at))) at++;
        replace(from, at);
      }
    } else at++;
  }
  return copied === 0 ? undefined : written + value.slice(copied);
}

/** The position of the value of a parameter `anchor`; undefined if it is another parameter. */
function anchorAt(value: string, from: number): number | undefined {
  let at = from;
  while (value[at] === " " || value[at] === "\t") at++;
  if (value.slice(at, at + 6).toLowerCase() !== "anchor") return undefined;
  at += 6;
  while (value[at] === " " || value[at] === "\t") at++;
  if (value[at] !== "=") return undefined;
  at++;
  while (value[at] === " " || value[at] === "\t") at++;
  return at;
}

/** The position after a quoted string. */
function skipQuoted(value: string, from: number): number {
  for (let at = from + 1; at < value.length; at++) {
    if (value[at] === "\\") at++;
    else if (value[at] === '"') return at + 1;
  }
  return value.length;
}

function endOf(value: string, from: number, char: string): number {
  const end = value.indexOf(char, from);
  return end === -1 ? value.length : end;
}
