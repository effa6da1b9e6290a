import { normalizeEscapes } from "../../http/path-escapes.ts";
import { WELL_KNOWN_DIRECTORY } from "../../http/known-paths.ts";
import { isAddress, isNameableHost } from "../../http/nameable-host.ts";

/** The location of a signature agent's keys, and the agent's name in verdicts and rules. */
export interface DirectoryLocation {
  /** The kind of document: a key directory, a JWKS, or a signature agent card. */
  readonly type: "directory" | "jwks_uri" | "cimd";
  readonly url: URL;
  /**
   * The agent's identifier: the origin if the keys are at the well-known path, else the URL without
   * query, normalised (RFC 3986 §6.2.2, §6.2.3), so that an agent has one however it is spelled.
   */
  readonly agent: string;
}

export interface UrlRules {
  /** Allows http, any port and our own hosts, on loopback only. @default false */
  readonly dev?: boolean;
  /** Host names of this proxy and the sites behind it, in lower case. */
  readonly ownHosts?: readonly string[];
  /** Hosts, with a port if not 443, that the operator has configured; they may be inner ones. */
  readonly configured?: ReadonlySet<string>;
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether the proxy may fetch this URL if only a request names it; checks without a look-up. */
export function isFetchable(url: URL, rules: UrlRules = {}): boolean {
  if (url.username !== "" || url.password !== "") return false;
  if (rules.dev === true && LOOPBACK.has(url.hostname)) {
    return url.protocol === "http:" || url.protocol === "https:";
  }
  if (url.protocol !== "https:" || rules.ownHosts?.includes(url.hostname) === true) return false;
  if (rules.configured?.has(url.host) === true) return !isAddress(url.hostname);
  // The URL parser has already dropped 443 and turned every spelling of an IPv4 address into one.
  return url.port === "" && isNameableHost(url.hostname);
}

/**
 * Finds the location that an agent's URI names, by its `type` or, without one, by its path. Returns
 * undefined if it is no URL, and "unsupported-type" for an unknown type.
 */
export function locateDirectory(
  uri: string,
  type: string | undefined,
): DirectoryLocation | "unsupported-type" | undefined {
  if (type !== undefined && type !== "directory" && type !== "jwks_uri" && type !== "cimd") {
    return "unsupported-type";
  }
  const id = `${type ?? ""} ${uri}`;
  const known = located.get(id);
  if (known !== undefined) return known;
  const location = locate(uri, type);
  if (location !== undefined) {
    // Few agents send most requests: clearing the cache costs less than tracking use.
    if (located.size >= MOST_LOCATED) located.clear();
    located.set(id, location);
  }
  return location;
}

/** The identifier of an agent's URI, by which agents are compared and accounts are named. */
export function agentName(uri: string): string {
  const location = locateDirectory(uri, undefined);
  return typeof location === "object" ? location.agent : uri;
}

const located = new Map<string, DirectoryLocation>();
const MOST_LOCATED = 256;

function locate(
  uri: string,
  type: DirectoryLocation["type"] | undefined,
): DirectoryLocation | undefined {
  const url = URL.parse(uri);
  if (url === null) return undefined;
  // A URL without an origin has no well-known path; `isFetchable` refuses it.
  if (url.origin === "null") return { type: type ?? "directory", url, agent: uri };
  url.hash = "";
  const atOrigin = url.pathname === "/" && url.search === "";
  const atWellKnown = normalizeEscapes(url.pathname) === WELL_KNOWN_DIRECTORY && url.search === "";
  if (type === "directory" || atWellKnown || (type === undefined && atOrigin)) {
    return { type: "directory", url: new URL(WELL_KNOWN_DIRECTORY, url), agent: url.origin };
  }
  return { type: type ?? "jwks_uri", url, agent: url.origin + normalizeEscapes(url.pathname) };
}
