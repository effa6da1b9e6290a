import type { RulesFile } from "./schema.ts";

/** Compiles a test of whether a public host exists; it is undefined if the rules name none. */
export function compileHosts({
  publicOrigin,
  hosts,
}: Pick<RulesFile, "publicOrigin" | "hosts">): (host: string) => boolean | undefined {
  if (publicOrigin === undefined && hosts === undefined) return () => undefined;
  const known = new Set((hosts ?? []).map(canonicalHost));
  if (publicOrigin !== undefined) known.add(new URL(publicOrigin).host);
  return (host) => known.has(host) || known.has(withoutPort(host));
}

/** The host without its port, for rules without a port. */
export function withoutPort(host: string): string {
  return host.replace(/:\d+$/, "");
}

/** Writes a host as requests name it: lower case, ASCII, no final dot. An invalid one stays. */
export function canonicalHost(host: string): string {
  const url = /[/?#@\\\s]/.test(host) ? null : URL.parse(`a://${host}`);
  // http parses hosts, but drops its default port: the port is appended.
  const name = url === null ? null : URL.parse(`http://${url.hostname}`);
  if (url === null || name === null) return host.toLowerCase();
  const port = url.port === "" ? "" : `:${url.port}`;
  return name.hostname.replace(/\.+$/, "") + port;
}
