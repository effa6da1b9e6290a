/** SHA-256 of bytes. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** SHA-256 of a text in UTF-8, in lower-case hexadecimal. */
export async function digestOfText(text: string): Promise<string> {
  return toHex(await sha256(new TextEncoder().encode(text)));
}

/** The key of what a store has of a kind: bounded in length whatever names it (KV: 512 bytes). */
export async function hashedKey(kind: string, name: string): Promise<string> {
  return `${kind}/${await digestOfText(name)}`;
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex;
}
