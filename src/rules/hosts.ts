import { canonicalHost } from "./host-match.ts";
import type { RulesFile } from "./schema.ts";

/**
 * Which public hosts exist, as far as the rules say: undefined if they name none. With `publicOrigin`
 * every request is one for that.
 */
export function compileHosts({
  publicOrigin,
  hosts,
}: Pick<RulesFile, "publicOrigin" | "hosts">): (host: string) => boolean | undefined {
  if (publicOrigin === undefined && hosts === undefined) return () => undefined;
  const known = new Set((hosts ?? []).map(canonicalHost));
  if (publicOrigin !== undefined) known.add(new URL(publicOrigin).host);
  return (host) => known.has(host) || known.has(host.replace(/:\d+$/, ""));
}
