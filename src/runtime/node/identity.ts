import { dnsOverHttps } from "../../agent/dns-over-https.ts";
import { nodeDns } from "../../agent/dns-node.ts";
import { createPublicFetch } from "../../agent/public-fetch-node.ts";
import type { IdentityPlatform } from "../../agent/identification.ts";

/**
 * The parts of identification that Node provides: strangers' URLs are fetched from public addresses
 * only, and from loopback too in development.
 */
export function nodeIdentity(options: {
  readonly dev: boolean;
}): Required<Pick<IdentityPlatform, "fetchDirectory" | "fetchInner" | "fetchList" | "dns">> {
  return {
    fetchDirectory: createPublicFetch({ allowLoopback: options.dev }),
    // The operator names lists, resolver and some directories, which may be in an inner network.
    fetchInner: (url, init) => fetch(url, init),
    fetchList: (url, init) => fetch(url, init),
    dns: (service) =>
      service === undefined ? nodeDns() : dnsOverHttps(service, (url, init) => fetch(url, init)),
  };
}
