import { lookup as systemLookup, type LookupAddress } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { Agent, fetch } from "undici";
import { isLoopbackAddress, isPublicAddress } from "./public-address.ts";

/** Resolves a host name to all its addresses. */
export type LookupAll = (
  hostname: string,
  done: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

interface PublicFetchOptions {
  /** Allows loopback addresses too, for development. @default false */
  readonly allowLoopback?: boolean;
  /** @default the operating system's */
  readonly lookup?: LookupAll;
}

interface PublicInit {
  readonly method?: string;
  readonly redirect?: "manual" | "follow";
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/**
 * Creates a `fetch` for URLs that strangers name. It requires that all addresses of the host are
 * public, and connects to one of the checked addresses, so that a second DNS response can't change
 * them.
 */
export function createPublicFetch(
  options: PublicFetchOptions = {},
): (url: string, init?: PublicInit) => Promise<Response> {
  const isAllowed = (address: string): boolean =>
    isPublicAddress(address) || (options.allowLoopback === true && isLoopbackAddress(address));
  const dispatcher = new Agent({
    connect: { lookup: checkedLookup(options.lookup ?? lookupAll, isAllowed), timeout: 2000 },
    // A persistent connection would outlive the check of its address.
    pipelining: 0,
    maxHeaderSize: 16_384,
  });
  return async (url, init = {}) => {
    // An address literal never reaches the look-up.
    const host = new URL(url).hostname.replace(/^\[(.*)\]$/, "$1");
    if (isIP(host) !== 0 && !isAllowed(host)) throw new NotPublic(host);
    const response = await fetch(url, { ...init, dispatcher });
    return response as unknown as Response;
  };
}

/** Thrown if a URL's host has an address that is not public. */
class NotPublic extends Error {
  readonly code = "ERR_ADDRESS_NOT_PUBLIC";

  constructor(address: string) {
    super(`${address} is not a public address`);
    this.name = "NotPublic";
  }
}

/** Creates a look-up that fails unless all addresses of a host are allowed. */
export function checkedLookup(
  lookup: LookupAll,
  isAllowed: (address: string) => boolean,
): LookupFunction {
  return (hostname, { all }, done) => {
    lookup(hostname, (error, addresses) => {
      const refused = addresses.find(({ address }) => !isAllowed(address));
      const [first] = addresses;
      if (error !== null) done(error, "");
      else if (refused !== undefined) done(new NotPublic(refused.address), "");
      else if (first === undefined) done(new NotPublic(hostname), "");
      else if (all === true) done(null, [...addresses]);
      else done(null, first.address, first.family);
    });
  };
}

/** Resolves a host name by the operating system. */
export function lookupAll(hostname: string, done: Parameters<LookupAll>[1]): void {
  // The dot at the end keeps the search domains of an inner network out.
  const name = hostname.includes(".") ? `${hostname}.` : hostname;
  systemLookup(name, { all: true }, (error, addresses) => done(error, addresses ?? []));
}
