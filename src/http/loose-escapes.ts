import { canonicalEscapes, escapeOf } from "./path-escapes.ts";

/** Reads a path as servers do that decode twice, accept overlong UTF-8 (`%C0%AE` is ".") and `%u002E`, and end a path at a NUL. */
export function looseEscapes(path: string): string {
  if (!path.includes("%")) return path;
  const loose = path
    .replaceAll(OVERLONG, (escapes) => escapeOf(overlongByte(escapes)))
    .replaceAll(/%u00([0-9a-f]{2})/gi, "%$1")
    .replaceAll(/%25(?=[0-9A-Fa-f]{2})/g, "%");
  const nul = loose.indexOf("%00");
  return canonicalEscapes(nul === -1 ? loose : loose.slice(0, nul) || "/");
}

/** An ASCII character in two, three or four bytes, which RFC 3629 §3 forbids. */
const OVERLONG = /%C[01]%[89AB][0-9A-F]|%E0%8[01]%[89AB][0-9A-F]|%F0%80%8[01]%[89AB][0-9A-F]/g;

function overlongByte(escapes: string): number {
  const [last = 0, before = 0] = escapes
    .slice(1)
    .split("%")
    .map((hex) => Number.parseInt(hex, 16))
    .toReversed();
  return ((before & 1) << 6) | (last & 0x3f);
}
