import { dnsOverHttps } from "../../agent/dns-over-https.ts";
import { nodeDns } from "../../agent/dns-node.ts";
import { createPublicFetch } from "../../agent/public-fetch-node.ts";
import type { IdentityPlatform } from "../../agent/identification.ts";

/**
 * The parts of identification on Node. URLs of strangers are fetched from public addresses only,
 * and in development from loopback.
 */
export function nodeIdentity(options: {
  readonly dev: boolean;
}): Required<Pick<IdentityPlatform, "fetchDirectory" | "fetchInner" | "fetchList" | "dns">> {
  return {
    fetchDirectory: createPublicFetch({ allowLoopback: options.dev }),
    // The operator's lists, resolver and directories may be in an inner network.
    fetchInner: (url, init) => fetch(url, init),
    fetchList: (url, init) => fetch(url, init),
    dns: (service) =>
      service === undefined ? nodeDns() : dnsOverHttps(service, (url, init) => fetch(url, init)),
  };
}
