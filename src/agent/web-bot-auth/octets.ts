/** The octets of a field's characters on the wire (RFC 9110 §5.5); undefined beyond U+00FF. */
export function toOctets(text: string): Uint8Array<ArrayBuffer> | undefined {
  const octets = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0xff) return undefined;
    octets[at] = code;
  }
  return octets;
}

/** The octets of a text in UTF-8, each as a character; ASCII is returned unchanged. */
export function utf8Octets(text: string): string {
  return text.replaceAll(/[^\0-\x7f]+/g, (beyond) =>
    String.fromCharCode(...new TextEncoder().encode(beyond)),
  );
}
