import { sha256 } from "../http/digest.ts";

/** What credentials a request has shown (RFC 6750). */
export type BearerVerdict = "valid" | "missing" | "invalid";

/** What a token must be: too long to be guessed, of the characters of RFC 6750 §2.1. */
export const TOKEN_RULE = "at least 20 letters, digits or any of -._~+/=";

export function isToken(text: string): boolean {
  return /^[\w.~+/=-]{20,}$/.test(text);
}

/** Compares a request's bearer token with the right one, in a time that tells nothing of either. */
export async function decideBearer(
  authorization: string | undefined,
  token: string,
): Promise<BearerVerdict> {
  const [, given] = /^bearer +([\w.~+/=-]+) *$/i.exec(authorization ?? "") ?? [];
  if (given === undefined) return authorization === undefined ? "missing" : "invalid";
  const encoder = new TextEncoder();
  const [a, b] = await Promise.all([sha256(encoder.encode(given)), sha256(encoder.encode(token))]);
  let difference = 0;
  for (const [i, byte] of a.entries()) difference |= byte ^ (b[i] ?? 0);
  return difference === 0 ? "valid" : "invalid";
}
