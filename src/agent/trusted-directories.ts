import { isNameableHost } from "../http/nameable-host.ts";
import type { IdentityPlatform, IdentitySettings } from "./identification.ts";
import {
  Directories,
  isFetchable,
  locateDirectory,
  type DirectoryFetch,
} from "./web-bot-auth/index.ts";

/**
 * Creates the key directories that a site trusts: those of the bot table and of the rules, and
 * that of its own agents. Warns of each that may not be fetched.
 */
export function createTrustedDirectories(
  {
    rules: { agents, publicOrigin },
    bots,
    dev,
    originServer,
    originServers = [],
    ownKeys,
  }: IdentitySettings,
  { fetchDirectory, fetchInner = fetchDirectory, now, log }: IdentityPlatform,
): Directories {
  const named = [...bots.flatMap((bot) => bot.signatureAgents), ...agents.directories];
  const configured = new Set(named.flatMap((entry) => URL.parse(entry)?.host ?? []));
  const ownOrigins = [publicOrigin, originServer, ...originServers].filter(
    (origin) => origin !== undefined,
  );
  const ownHosts = ownOrigins.map((origin) => new URL(origin).hostname);
  const own =
    publicOrigin === undefined || ownKeys === undefined
      ? undefined
      : { origin: publicOrigin, keys: ownKeys };
  const allow = named.filter((entry) => {
    const location = locateDirectory(entry, undefined);
    const url = typeof location === "object" ? location.url : undefined;
    if (url !== undefined && url.origin === own?.origin) return false;
    const fine = url !== undefined && isFetchable(url, { dev, ownHosts, configured });
    if (!fine) log.warn("directory-refused", { directory: entry });
    return fine;
  });
  const fetch: DirectoryFetch = (url, init) => {
    const { host, hostname } = new URL(url);
    // The operator's own directories may be in an inner network.
    const isInner = configured.has(host) && !isNameableHost(hostname);
    return isInner ? fetchInner(url, init) : fetchDirectory(url, init);
  };
  const allowTestKeys = dev || agents.allowTestKeys;
  const { openDiscovery, directoryWait: wait } = agents;
  const rules = { dev, ownHosts, configured, openDiscovery, allowTestKeys, wait };
  return new Directories({ ...rules, fetch, now, allow, own });
}
