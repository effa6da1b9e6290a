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

/** Compares a request's bearer token with the valid ones; the time that it takes reveals nothing about them. */
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

/** Whether the text equals one of the secrets. Compares with all, so that the time does not reveal which. */
function isOneOf(given: string, secrets: readonly (string | undefined)[]): boolean {
  let found = false;
  for (const secret of secrets) {
    if (secret !== undefined && isSameSecret(given, secret)) found = true;
  }
  return found;
}

/** Whether an Authorization field has a token of ours: as a word or a parameter of any scheme, or in the credentials of Basic. */
export function carriesToken(authorization: string, { admin, purge }: Tokens): boolean {
  if (admin === undefined && purge === undefined) return false;
  const [, basic = ""] = /^\s*basic\s+([\w+/-]+)/i.exec(authorization) ?? [];
  return `${authorization} ${decodeBase64(basic)}`
    .split(/[^\w.~+/=-]+/)
    .flatMap((word) => [word, word.slice(word.indexOf("=") + 1)])
    .some((word) => isOneOf(word, [admin, purge]));
}

/** The text of base64 or base64url; empty if it is neither. */
function decodeBase64(text: string): string {
  try {
    return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return "";
  }
}
