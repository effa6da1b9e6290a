/**
 * The name of the group of a site's pages in the store, and for purges. It is no pattern, so that
 * it is not the group of any rule.
 */
export const PAGES_GROUP = "pages";

/** The pages that browsers use the dictionary for. */
export const PAGES = { match: "/*", matchDest: ["document"] } as const;

/**
 * The folder of the dictionaries: not among the proxy's own endpoints, which operators protect by
 * logins.
 */
const FOLDER = "/.well-known/wayleave/pages/";

/** Seconds for which browsers store a dictionary, and for which the proxy does after it was sent. */
export const STORED_FOR = { browsers: 30 * 86_400, proxy: 45 * 86_400 } as const;

/** @param hash SHA-256 in hexadecimal */
export function addressOf(hash: string): string {
  return FOLDER + hash;
}

/** Matches the targets of dictionaries. */
export const ADDRESS = /^\/\.well-known\/wayleave\/pages\/[0-9a-f]{64}$/;

/** The hash in a target that `ADDRESS` matches. */
export function hashIn(target: string): string {
  return target.slice(FOLDER.length);
}
