import { isObject, parseJson } from "../http/json.ts";
import { BoundedCache } from "../memory/bounded-cache.ts";
import {
  parsePrivateJwk,
  signDirectory,
  type OwnDirectory,
  type PrivateJwk,
} from "./web-bot-auth/index.ts";

/** Seconds for which a signed directory is valid; caches may store it for half of that. */
const LIFETIME = 86_400;
const REFRESH_AFTER = 3600;

/** Thrown if the configured keys can't be used; the message contains no part of them. */
class OwnKeysError extends Error {
  override readonly name = "OwnKeysError";
}

/** Reads the private keys of a site's own agents: a JWK, or a set of them. */
export function readOwnKeys(text: string, from: string): readonly PrivateJwk[] {
  // A fault is reported without the text, which is secret.
  const document = parseJson(text);
  const set = isObject(document) ? document["keys"] : undefined;
  const listed: readonly unknown[] = Array.isArray(set) ? set : [document];
  const keys = listed.map(parsePrivateJwk);
  const usable = keys.filter((key): key is PrivateJwk => key !== undefined);
  if (usable.length === 0 || usable.length < keys.length || usable.length > 4) {
    throw new OwnKeysError(`${from} must contain a private JWK, or a set of up to four`);
  }
  return usable;
}

/** Creates a function that signs the site's own key directory for a URL, at most once an hour. */
export function createOwnDirectory(
  keys: readonly PrivateJwk[],
  now: () => number,
): (url: string) => Promise<OwnDirectory> {
  const signed = new BoundedCache<{ readonly at: number; readonly work: Promise<OwnDirectory> }>({
    name: "key directories",
    max: 16,
  });
  return (url) => {
    const time = now();
    const known = signed.get(url);
    if (known !== undefined && time < known.at + REFRESH_AFTER) return known.work;
    // A directory signed an hour ago must be valid for as long as caches store it.
    const times = { created: time, expires: time + LIFETIME, maxAge: LIFETIME / 2 };
    const work = signDirectory(keys, { url, ...times });
    signed.set(url, { at: time, work });
    work.catch(() => signed.delete(url));
    return work;
  };
}
