/** Escapes text for content and attributes of XML 1.0; drops characters that XML can't contain (§2.2). */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(NOT_XML, "")
    .replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

// oxlint-disable-next-line no-control-regex -- these are the characters to drop.
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
