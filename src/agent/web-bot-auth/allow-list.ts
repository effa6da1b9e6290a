import { normalizeEscapes } from "../../http/path-escapes.ts";
import {
  isFetchable,
  locateDirectory,
  type DirectoryLocation,
  type UrlRules,
} from "./directory-url.ts";

/** The directories that an operator trusts: an origin covers all its URLs, a URL only itself. */
export class AllowList {
  readonly locations: readonly DirectoryLocation[];
  readonly #origins = new Set<string>();
  readonly #urls = new Set<string>();

  /** Throws if an entry is no URL that may be fetched. */
  constructor(entries: readonly string[], rules: UrlRules) {
    this.locations = entries.map((entry) => {
      const location = locateDirectory(entry, undefined);
      if (typeof location !== "object" || !isFetchable(location.url, rules)) {
        throw new TypeError(`not a key directory that may be fetched: ${JSON.stringify(entry)}`);
      }
      this.#urls.add(normalized(location.url));
      const { pathname, search, origin } = new URL(entry);
      if (pathname === "/" && search === "") this.#origins.add(origin);
      return location;
    });
  }

  /** Whether the list has exactly this URL. */
  names(url: URL): boolean {
    return this.#urls.has(normalized(url));
  }

  /** Whether the operator trusts the directory at this URL. */
  covers(url: URL): boolean {
    return this.names(url) || this.#origins.has(url.origin);
  }
}

/** A URL in one spelling; its query counts, since it can lead to another document. */
function normalized({ origin, pathname, search }: URL): string {
  return origin + normalizeEscapes(pathname) + search;
}
