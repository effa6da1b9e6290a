/** Node's `crypto.hash`. */
type Hash = (name: "sha256", data: string | Uint8Array, coding: "hex" | "buffer") => never;

// Looked up at run time, since a Worker without Node's modules has none.
const { process } = globalThis as {
  process?: { getBuiltinModule?(name: string): { hash?: Hash } | undefined };
};
const hash = process?.getBuiltinModule?.("node:crypto")?.hash;

/** Up to so many bytes are hashed at once: the thread pool of `crypto.subtle` takes 30 µs more. */
const MAX_AT_ONCE = 65_536;

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(
    hash !== undefined && bytes.length <= MAX_AT_ONCE
      ? hash("sha256", bytes, "buffer")
      : await crypto.subtle.digest("SHA-256", bytes),
  );
}

/** SHA-256 of a text in UTF-8, in lower-case hexadecimal. */
export async function digestOfText(text: string): Promise<string> {
  return hash !== undefined && text.length <= MAX_AT_ONCE
    ? hash("sha256", text, "hex")
    : toHex(await sha256(new TextEncoder().encode(text)));
}

/** The key of a store entry: a kind and a hash, so that its length is bounded (KV: 512 bytes). */
export async function hashedKey(kind: string, name: string): Promise<string> {
  return `${kind}/${await digestOfText(name)}`;
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex;
}
