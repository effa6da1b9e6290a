import { textOf, unitsLike } from "../http/code-units.ts";
import { byteAt } from "../http/path-escapes.ts";
import { isSameSecret } from "../http/same-secret.ts";
import type { Tokens } from "./bearer.ts";

/** Finds our tokens in text of clients: anywhere in it, percent-encoded or not. */
export interface TokenSearch {
  has(text: string): boolean;
  /** Whether an Authorization field has a token, also in the credentials of Basic. */
  isInCredentials(authorization: string): boolean;
  /**
   * The fields of a request without those and without cookies that have a token; undefined if none
   * has one. `Authorization`, `Wayleave-Token` and `Connection` stay: none is forwarded with one.
   *
   * @param flat name, value, name, value, …
   */
  without(flat: readonly string[]): string[] | undefined;
}

const STAYING: ReadonlySet<string> = new Set(["authorization", "wayleave-token", "connection"]);

/** Creates a search; undefined if there is no token. */
export function tokenSearch({ admin, purge }: Tokens): TokenSearch | undefined {
  const tokens = [admin, purge].filter((token) => token !== undefined);
  if (tokens.length === 0) return undefined;
  const shortest = Math.min(...tokens.map(({ length }) => length));
  const finders = tokens.map(finder);
  const isIn = (text: string): boolean => finders.some((find) => find(text));
  const has = (text: string): boolean =>
    text.length >= shortest && (isIn(text) || (text.includes("%") && isIn(decodeAscii(text))));
  return {
    has,
    isInCredentials(authorization) {
      const [, basic] = /^\s*basic\s+([\w+/-]+)/i.exec(authorization) ?? [];
      return has(authorization) || (basic !== undefined && has(decodeBase64(basic)));
    },
    without(flat) {
      const found = new Set<string>();
      for (let i = 0; i + 1 < flat.length; i += 2) {
        const name = (flat[i] as string).toLowerCase();
        if (!STAYING.has(name) && has(flat[i + 1] as string)) found.add(name);
      }
      return found.size === 0 ? undefined : leaveOut(flat, found, has);
    },
  };
}

/** Leaves out fields by their lower-case names, but only those cookies that have a token. */
function leaveOut(
  flat: readonly string[],
  names: ReadonlySet<string>,
  has: (text: string) => boolean,
): string[] {
  const left: string[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [name, value] = [flat[i] as string, flat[i + 1] as string];
    const lower = name.toLowerCase();
    if (!names.has(lower)) left.push(name, value);
    else if (lower === "cookie") {
      const pairs = value.split(";").filter((pair) => !has(pair));
      if (pairs.length > 0) left.push(name, pairs.join(";").trim());
    }
  }
  return left;
}

/**
 * Compares every part of a text with a token by a hash that only this process can compute: the time
 * of a search that stops at the first other character would reveal how many are right.
 */
function finder(token: string): (text: string) => boolean {
  const base = (crypto.getRandomValues(new Uint32Array(1))[0] as number) | 1;
  const size = token.length;
  let leaving = 1;
  let wanted = 0;
  for (let i = 0; i < size; i++) {
    leaving = Math.imul(leaving, base);
    wanted = (Math.imul(wanted, base) + token.charCodeAt(i)) | 0;
  }
  return (text) => {
    let hash = 0;
    for (let i = 0; i < text.length; i++) {
      hash = (Math.imul(hash, base) + text.charCodeAt(i)) | 0;
      if (i >= size) hash = (hash - Math.imul(text.charCodeAt(i - size), leaving)) | 0;
      if (i < size - 1 || hash !== wanted) continue;
      if (isSameSecret(text.slice(i + 1 - size, i + 1), token)) return true;
    }
    return false;
  };
}

/** The text of base64 or base64url; empty if it is neither. */
function decodeBase64(text: string): string {
  try {
    return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return "";
  }
}

const PERCENT = 0x25;

/** Decodes escapes of ASCII, also those that are escaped themselves, in one pass. */
function decodeAscii(text: string): string {
  const out = unitsLike(text);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    out[length++] = code;
    if (code !== PERCENT) continue;
    let percent = i;
    // "%2541" is "%41" for the next server.
    while (text.startsWith("25", percent + 1)) percent += 2;
    const byte = byteAt(text, percent + 1);
    if (byte < 0x20 || byte > 0x7e) continue;
    out[length - 1] = byte;
    i = percent + 2;
  }
  return textOf(out, length);
}
