import { CHARACTERS, isIn } from "./characters.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads a Display String at `start` (RFC 9651 §4.2.10); `text` is its strict serialisation. */
export function readDisplayString(
  input: string,
  start: number,
): { readonly value: string; readonly text: string; readonly end: number } | undefined {
  if (!input.startsWith('%"', start)) return undefined;
  const bytes: number[] = [];
  let at = start + 2;
  for (; input[at] !== '"'; at++) {
    const code = input.charCodeAt(at);
    if (!(code >= 0x20 && code <= 0x7e)) return undefined;
    if (code !== 0x25) bytes.push(code);
    else {
      const high = hex(input.charCodeAt(at + 1));
      const low = hex(input.charCodeAt(at + 2));
      if (high === undefined || low === undefined) return undefined;
      bytes.push(high * 16 + low);
      at += 2;
    }
  }
  try {
    return { value: decoder.decode(Uint8Array.from(bytes)), text: serialise(bytes), end: at + 1 };
  } catch {
    return undefined;
  }
}

// RFC 9651 §4.1.11
function serialise(bytes: readonly number[]): string {
  const parts = bytes.map((byte) =>
    byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x25
      ? `%${byte.toString(16).padStart(2, "0")}`
      : String.fromCharCode(byte),
  );
  return `%"${parts.join("")}"`;
}

// Lower case only (RFC 9651 §4.2.10).
function hex(code: number): number | undefined {
  if (isIn(code, CHARACTERS.digit)) return code - 0x30;
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : undefined;
}
