import { sha256 } from "../http/digest.ts";

/** What credentials a request has shown (RFC 6750). */
export type BearerVerdict = "valid" | "missing" | "invalid";

/** Tokens that are shorter could be guessed; 256 random bits have 43 characters of Base64. */
export const LEAST_TOKEN = 20;

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
