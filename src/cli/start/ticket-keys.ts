import { randomBytes } from "node:crypto";

/** Bytes of a key: its name, and the keys of authentication and encryption. */
const LENGTH = 48;

/** Milliseconds between two keys: a stolen key decrypts only the connections of that time. */
const LIFETIME = 12 * 3_600_000;

/** Makes a key with which a server encrypts the sessions that its clients resume (RFC 8446 §2.2). */
export function newTicketKey(): Buffer {
  return randomBytes(LENGTH);
}

/** Replaces the key from time to time; a session with an older one begins by a whole handshake. */
export function rotateTicketKey(
  use: (key: Buffer) => void,
  lifetime = LIFETIME,
): { readonly reload: () => void; readonly stop: () => Promise<void> } {
  const timer = setInterval(() => use(newTicketKey()), lifetime).unref();
  return { reload: () => {}, stop: async () => clearInterval(timer) };
}
