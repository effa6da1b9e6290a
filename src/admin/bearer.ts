import { isSameSecret } from "../http/same-secret.ts";

/** What credentials a request has shown (RFC 6750). */
export type BearerVerdict = "valid" | "missing" | "invalid";

/** The operator's secrets. */
export interface Tokens {
  /** Opens all of our own endpoints, and traces. */
  readonly admin?: string | undefined;
  /** Opens purges alone. */
  readonly purge?: string | undefined;
}

/** What a token must be: too long to be guessed, of the characters of RFC 6750 §2.1. */
export const TOKEN_RULE = "at least 20 letters, digits or any of -._~+/=";

export function isToken(text: string): boolean {
  return /^[\w.~+/=-]{20,}$/.test(text);
}

/** Compares a request's bearer token with those that are right, in a time that tells nothing of them. */
export function decideBearer(
  authorization: string | undefined,
  ...tokens: readonly (string | undefined)[]
): BearerVerdict {
  if (authorization === undefined) return "missing";
  const [, given] = /^bearer +([\w.~+/=-]+) *$/i.exec(authorization) ?? [];
  return given !== undefined && isOneOf(given, tokens) ? "valid" : "invalid";
}

/** The request field in which the operator shows the token on a request to the site. */
export const TOKEN_FIELD = "wayleave-token";

/** Whether a text is one of some secrets. All are compared, so that time does not tell which. */
function isOneOf(given: string, secrets: readonly (string | undefined)[]): boolean {
  let found = false;
  for (const secret of secrets) {
    if (secret !== undefined && isSameSecret(given, secret)) found = true;
  }
  return found;
}

/** Whether any word of an Authorization field is a token of ours, whatever scheme is before it. */
export function carriesToken(authorization: string, { admin, purge }: Tokens): boolean {
  if (admin === undefined && purge === undefined) return false;
  return authorization.split(/[\s,]+/).some((word) => isOneOf(word, [admin, purge]));
}
