// Texts are stored as bytes, at least one: Node 22 cuts a text at its first NUL when it reads it,
// and reads zero bytes as NULL.

/** Encodes a text for the database. */
export function toBytes(text: string): Uint8Array {
  return new TextEncoder().encode(`=${text}`);
}

/** Decodes a stored text. */
export function toText(bytes: unknown): string {
  return bytes instanceof Uint8Array ? new TextDecoder().decode(bytes).slice(1) : "";
}
