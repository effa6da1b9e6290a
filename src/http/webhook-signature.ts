const PREFIX = "whsec_";

/** The bytes of a secret as text, or in the form `whsec_` and base64 of Standard Webhooks; undefined if that is faulty. */
export function secretBytes(secret: string): Uint8Array<ArrayBuffer> | undefined {
  if (!secret.startsWith(PREFIX)) return new TextEncoder().encode(secret);
  try {
    return Uint8Array.from(atob(secret.slice(PREFIX.length)), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/**
 * Signs a message as the specification "Standard Webhooks" has it: HMAC-SHA256 over `id.timestamp.content`.
 * Throws if the secret is faulty.
 */
export async function signWebhook(
  secret: string | Uint8Array<ArrayBuffer>,
  id: string,
  timestamp: string,
  content: string,
): Promise<string> {
  const bytes = typeof secret === "string" ? secretBytes(secret) : secret;
  if (bytes === undefined || bytes.length === 0) throw new TypeError("the secret is faulty");
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  const text = new TextEncoder().encode(`${id}.${timestamp}.${content}`);
  const made = new Uint8Array(await crypto.subtle.sign("HMAC", key, text));
  return `v1,${btoa(String.fromCharCode(...made))}`;
}
