import { isNameableHost } from "../http/nameable-host.ts";
import {
  Directories,
  isFetchable,
  locateDirectory,
  type DirectoryFetch,
  type DirectoryOptions,
} from "./web-bot-auth/index.ts";

interface TrustedDirectoriesOptions extends Omit<
  DirectoryOptions,
  "allow" | "ownHosts" | "configured"
> {
  /** Fetches from hosts of an inner network that the operator has named. @default `fetch` */
  readonly fetchInner?: DirectoryFetch | undefined;
  /** Directories of the bot table and of the rules. */
  readonly named: readonly string[];
  /** Origins of this site and of its origin server, which are never fetched. */
  readonly ownOrigins: readonly string[];
  /** Called with each named directory that may not be fetched. */
  onRefused(directory: string): void;
}

/** Creates the key directories that a site trusts: named ones, and that of its own agents. */
export function createTrustedDirectories(options: TrustedDirectoriesOptions): Directories {
  const { own, dev = false } = options;
  const ownHosts = options.ownOrigins.map((origin) => new URL(origin).hostname);
  const isOwn = (url: URL): boolean => own !== undefined && url.origin === own.origin;
  const configured = new Set(
    options.named.flatMap((entry) => (URL.canParse(entry) ? [new URL(entry).host] : [])),
  );
  const allow = options.named.filter((entry) => {
    const location = locateDirectory(entry, undefined);
    if (typeof location === "object" && isOwn(location.url)) return false;
    const fine =
      typeof location === "object" && isFetchable(location.url, { dev, ownHosts, configured });
    if (!fine) options.onRefused(entry);
    return fine;
  });
  const { fetch: fetchPublic, fetchInner = fetchPublic } = options;
  const fetch: DirectoryFetch = (url, init) => {
    const { host, hostname } = new URL(url);
    const isInner = configured.has(host) && !isNameableHost(hostname);
    return isInner ? fetchInner(url, init) : fetchPublic(url, init);
  };
  return new Directories({ ...options, fetch, allow, ownHosts, configured });
}
