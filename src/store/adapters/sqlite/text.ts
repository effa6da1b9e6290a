// Texts are stored as bytes, and never as none: Node 22 cuts a text at its first NUL when it is
// read, and takes no bytes for NULL.

/** What is stored for a text. */
export function toBytes(text: string): Uint8Array {
  return new TextEncoder().encode(`=${text}`);
}

/** The text that was stored. */
export function toText(bytes: unknown): string {
  return bytes instanceof Uint8Array ? new TextDecoder().decode(bytes).slice(1) : "";
}
