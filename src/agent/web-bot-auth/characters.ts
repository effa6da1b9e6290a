const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const DIGIT = "0123456789";

/** The sets of characters in the grammar of Structured Fields (RFC 9651 §3), as one bit each. */
export const CHARACTERS = {
  digit: 1,
  keyStart: 2,
  key: 4,
  tokenStart: 8,
  token: 16,
  base64: 32,
  /** A String's characters but for the quotation mark and the backslash. */
  unescaped: 64,
  space: 128,
  /** OWS (RFC 9110 §5.6.3) */
  whitespace: 256,
} as const;

const kinds = new Uint16Array(128);
mark(CHARACTERS.digit, DIGIT);
mark(CHARACTERS.keyStart, `${LOWER}*`);
mark(CHARACTERS.key, `${LOWER}${DIGIT}_-.*`);
mark(CHARACTERS.tokenStart, `${LOWER}${UPPER}*`);
mark(CHARACTERS.token, `${LOWER}${UPPER}${DIGIT}!#$%&'*+-.^_\`|~:/`);
mark(CHARACTERS.base64, `${LOWER}${UPPER}${DIGIT}+/=`);
mark(CHARACTERS.space, " ");
mark(CHARACTERS.whitespace, " \t");
for (let code = 0x20; code < 0x7f; code++) {
  if (code !== 0x22 && code !== 0x5c) mark(CHARACTERS.unescaped, String.fromCharCode(code));
}

/** Whether a character code (NaN after the end of a text) belongs to the set. */
export function isIn(code: number, kind: number): boolean {
  return code < 128 && ((kinds[code] ?? 0) & kind) !== 0;
}

function mark(kind: number, characters: string): void {
  for (let at = 0; at < characters.length; at++) {
    const code = characters.charCodeAt(at);
    kinds[code] = (kinds[code] ?? 0) | kind;
  }
}
