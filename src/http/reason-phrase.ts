/** The characters of a reason phrase: HTAB, SP, VCHAR, obs-text (RFC 9112 §4). */
const CARRIED = /^[\t\x20-\x7e\x80-\xff]*$/;

/** A reason phrase for HTTP/1.1; undefined with other characters, since none is needed. */
export function reasonPhrase(text: string): string | undefined {
  return text !== "" && CARRIED.test(text) ? text : undefined;
}

/** The reason phrase whose bytes were decoded as UTF-8, as one character for each byte again. */
export function reasonPhraseOfUtf8(text: string): string | undefined {
  if (text === "") return undefined;
  if (/^[\t\x20-\x7e]+$/.test(text)) return text;
  if (text.includes("\ufffd")) return undefined;
  let bytes = "";
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return reasonPhrase(bytes);
}
