import { isNameableHost } from "../http/nameable-host.ts";
import {
  createDirectories,
  isFetchable,
  locateDirectory,
  publicDirectory,
  staticKeys,
  type Directories,
  type DirectoryFetch,
  type DirectoryOptions,
  type KeyLookup,
  type KeySource,
  type LookupContext,
  type PrivateJwk,
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
  /** The site's own agents, whose keys need no fetch. */
  readonly own: { readonly origin: string; readonly keys: readonly PrivateJwk[] } | undefined;
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
  const fetched = createDirectories({ ...options, fetch, allow, ownHosts, configured });
  if (own === undefined) return fetched;

  const ownSource = publicDirectory(own.keys).then((directory) => staticKeys(directory, options));
  const findOwn = async (...asked: Parameters<KeySource["find"]>): Promise<KeyLookup> =>
    (await ownSource)?.find(...asked) ?? { kind: "missing", reason: "unknown-key" };
  return {
    ...fetched,
    forRequest: (context: LookupContext) => {
      const source = fetched.forRequest(context);
      return {
        find: (location, keyid) =>
          isOwn(location.url) ? findOwn(location, keyid) : source.find(location, keyid),
      };
    },
    isAllowed: (url) => isOwn(url) || fetched.isAllowed(url),
    isListed: (url) => isOwn(url) || fetched.isListed(url),
    isFetchable: (url) => isOwn(url) || fetched.isFetchable(url),
  };
}
