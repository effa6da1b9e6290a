/** Letters, digits, "-", ".", "_" and "~" (RFC 3986 §2.3), or an IP literal; then perhaps a port. */
const HOST = /^(?:[\w.~-]+|\[[\dA-Fa-f:.]+\])(?::\d{0,5})?$/;

/**
 * Whether text is a host with an optional port, as in the field `Host` (RFC 9110 §7.2). The sub-delims
 * and escapes that RFC 3986 also allows in a reg-name are refused: no name in use has them, and a
 * quote, comma or semicolon ends a value in the fields that carry the host on.
 */
export function isHost(text: string): boolean {
  return HOST.test(text);
}
