import { isSameSecret } from "../http/same-secret.ts";

/** The verdict on a request's bearer token (RFC 6750). */
type BearerVerdict = "valid" | "missing" | "invalid";

/** The operator's secrets. */
export interface Tokens {
  /** Gives access to all of our own endpoints and to traces. */
  readonly admin?: string | undefined;
  /** Allows purges only. */
  readonly purge?: string | undefined;
}

/** The form of a token: too long to be guessed, in the characters of RFC 6750 §2.1. */
export const TOKEN_RULE = "at least 20 letters, digits or any of -._~+/=";

export function isToken(text: string): boolean {
  return /^[\w.~+/=-]{20,}$/.test(text);
}

/** Compares a bearer token with the valid ones, in a time that reveals nothing of them. */
export function decideBearer(
  authorization: string | undefined,
  ...tokens: readonly (string | undefined)[]
): BearerVerdict {
  if (authorization === undefined) return "missing";
  const [, given] = /^bearer +([\w.~+/=-]+) *$/i.exec(authorization) ?? [];
  return given !== undefined && isOneOf(given, tokens) ? "valid" : "invalid";
}

/** The field in which the operator sends the token with a request to the site. */
export const TOKEN_FIELD = "wayleave-token";

/** Whether the text equals a secret. Compares with all, so that the time does not reveal which. */
function isOneOf(given: string, secrets: readonly (string | undefined)[]): boolean {
  let found = false;
  for (const secret of secrets) {
    if (secret !== undefined && isSameSecret(given, secret)) found = true;
  }
  return found;
}
