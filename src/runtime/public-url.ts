import { trustedMember } from "../http/forwarded.ts";

/** How the public origin of a request is found. */
export interface PublicOriginRules {
  readonly publicOrigin: string | undefined;
  readonly trustedProxyHops: number;
}

/** The scheme and host that the client used, as far as that can be trusted. */
export function publicOriginOf(
  rules: PublicOriginRules,
  request: {
    readonly scheme: string;
    readonly host: string;
    field(name: string): string | undefined;
  },
): string {
  if (rules.publicOrigin !== undefined) return rules.publicOrigin;
  const hops = rules.trustedProxyHops;
  const scheme = trustedMember(request.field("x-forwarded-proto"), hops)?.toLowerCase();
  const host = trustedMember(request.field("x-forwarded-host"), hops);
  return `${scheme === "https" || scheme === "http" ? scheme : request.scheme}://${host ?? request.host}`;
}
