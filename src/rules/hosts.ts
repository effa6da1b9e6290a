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

/**
 * A host of a rule as requests name it: lower case, in ASCII, without the root's dot at its end. What
 * is no host stays as it is, and matches nothing.
 */
export function canonicalHost(host: string): string {
  const url = /[/?#@\\\s]/.test(host) ? null : URL.parse(`a://${host}`);
  // Only a special scheme reads hosts; its own port would be lost, so the port is put back.
  const name = url === null ? null : URL.parse(`http://${url.hostname}`);
  if (url === null || name === null) return host.toLowerCase();
  const port = url.port === "" ? "" : `:${url.port}`;
  return name.hostname.replace(/\.+$/, "") + port;
}
