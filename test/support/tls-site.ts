import type { TlsOptions } from "../../src/runtime/node/listeners.ts";
import { makeAuthority, type Authority, type Certificate } from "./authority.ts";
import { RUNTIMES, type Proxy, type ProxyOptions } from "./runtimes.ts";

/** A proxy with TLS, and the authority that issued its certificate. */
export interface TlsSite {
  readonly proxy: Proxy;
  readonly authority: Authority;
  /** The address by the name that is in the certificate. */
  readonly url: string;
}

export function pairOf({ cert, key, certFile, keyFile }: Certificate) {
  return { cert, key, names: { cert: certFile, key: keyFile } };
}

/** Starts a proxy on Node with a certificate for localhost. */
export async function startTlsSite(
  options: ProxyOptions,
  tls: Partial<TlsOptions> = {},
): Promise<TlsSite> {
  const authority = makeAuthority();
  const own = pairOf(authority.issue("localhost", ["DNS:localhost", "IP:127.0.0.1"]));
  const proxy = await RUNTIMES.node({ ...options, tls: { certificates: [own], ...tls } });
  return { proxy, authority, url: proxy.url.replace("127.0.0.1", "localhost") };
}
