/** The path of the endpoint. */
export const MCP_PATH = "/mcp";

/** The head of a request, as far as the guard reads it. */
export interface GuardedHead {
  readonly target: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

export type EndpointAdmission =
  | { readonly kind: "admit"; readonly url: string }
  | { readonly kind: "refuse"; readonly status: 403 | 404; readonly why: string };

/**
 * Decides if a request may reach the endpoint. A page in a browser names its own origin; a page whose
 * host name resolves to this machine (DNS rebinding) names that host.
 *
 * @param names the host names of the endpoint, in lower case
 */
export function decideEndpointAdmission(
  { target, host, origin }: GuardedHead,
  names: ReadonlySet<string>,
): EndpointAdmission {
  const base = URL.parse(`http://${host ?? ""}`);
  if (base === null || base.host !== host?.toLowerCase() || !names.has(base.hostname)) {
    return { kind: "refuse", status: 403, why: "the Host is none of this endpoint's" };
  }
  if (origin !== undefined && !names.has(URL.parse(origin)?.hostname ?? "")) {
    return { kind: "refuse", status: 403, why: "the Origin is none of this endpoint's" };
  }
  const [path] = target.split("?", 1);
  if (path !== MCP_PATH) {
    return { kind: "refuse", status: 404, why: `the endpoint is ${MCP_PATH}` };
  }
  return { kind: "admit", url: base.origin + target };
}
