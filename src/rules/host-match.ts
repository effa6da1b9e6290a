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
