import { withoutIndex } from "../../http/index-page.ts";
import { INVENTED } from "../../http/known-paths.ts";

/** An address that no site has, in the shape of another one. */
export interface Invented {
  /** Origin-form. */
  readonly target: string;
  /** Addresses of one key are answered by the same part of a site. */
  readonly key: string;
}

/**
 * Invents an address next to a page's: the site's response to it shows how its error pages look.
 *
 * @param name a random name
 */
export function inventNear(page: URL, name: string): Invented {
  const path = withoutIndex(page.pathname);
  const isFolder = path.endsWith("/");
  const at = path.lastIndexOf("/", isFolder ? -2 + path.length : undefined);
  const folder = path.slice(0, Math.max(0, at) + 1) || "/";
  const last = path.slice(folder.length);
  const extension = isFolder ? "" : (/\.[a-z][a-z0-9]{0,7}$/i.exec(last)?.[0] ?? "");
  const ending = isFolder ? "/" : extension;
  const [, first = ""] = /^\/([^/]*)\//.exec(folder) ?? [];
  return {
    target: `${folder}${INVENTED}${name}${ending}`,
    key: `${page.origin}/${first} ${ending}`,
  };
}
