/** RFC 9110 §5.6.2: a token. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** RFC 9110 §5.5: whatever is no HTAB, SP, VCHAR or obs-text. */
const UNFIT = /[^\t\x20-\x7e\x80-\xff]/g;

/**
 * A flat field section (name, value, …) as HTTP/1.1 can carry it: a line whose name is no token, or
 * whose value has characters of more than a byte, is left out; control characters become SP
 * (RFC 9110 §5.5).
 */
export function carriedFields(flat: readonly string[]): string[] {
  const carried: string[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [name, value] = [String(flat[i]), String(flat[i + 1])];
    if (!TOKEN.test(name) || /[\u0100-\uffff]/.test(value)) continue;
    carried.push(name, value.replaceAll(UNFIT, " "));
  }
  return carried;
}
