/** Splits a list (RFC 9110 §5.6.1) at separators outside of quoted strings; drops empty members. */
export function splitList(value: string, separator: "," | ";" = ","): string[] {
  const members: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i < value.length; i++) {
    const char = value[i];
    if (quoted) {
      if (char === "\\") i++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === separator) {
      push(members, value.slice(start, i));
      start = i + 1;
    }
  }
  push(members, value.slice(start));
  return members;
}

/** Splits a parameter: its name in lower case, and its value, unquoted; empty without a "=". */
export function parseParameter(text: string): readonly [name: string, value: string] {
  const equals = text.indexOf("=");
  if (equals === -1) return [text.toLowerCase(), ""];
  const value = text.slice(equals + 1).trim();
  const isQuoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
  const plain = isQuoted ? value.slice(1, -1).replaceAll(/\\(.)/g, "$1") : value;
  return [text.slice(0, equals).trim().toLowerCase(), plain];
}

function push(members: string[], raw: string): void {
  const member = raw.trim();
  if (member !== "") members.push(member);
}
