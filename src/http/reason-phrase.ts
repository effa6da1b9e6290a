/** RFC 9112 §4: HTAB, SP, VCHAR, obs-text. */
const CARRIED = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * A reason phrase as HTTP/1.1 carries it, one character a byte; undefined if it carries no such phrase.
 * A recipient does without: only the status code counts (RFC 9112 §4).
 */
export function reasonPhrase(text: string): string | undefined {
  return text !== "" && CARRIED.test(text) ? text : undefined;
}

/** The phrase behind bytes that were decoded as UTF-8: its bytes again if they were UTF-8. */
export function reasonPhraseOfUtf8(text: string): string | undefined {
  if (text === "") return undefined;
  if (/^[\t\x20-\x7e]+$/.test(text)) return text;
  if (text.includes("\ufffd")) return undefined;
  let bytes = "";
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return reasonPhrase(bytes);
}
