/**
 * Whether pages of this origin are secure contexts (W3C Secure Contexts §3.1), to which browsers
 * limit dictionaries (RFC 9842 §9.2).
 */
export function isSecureContext({ protocol, hostname }: URL): boolean {
  if (protocol === "https:") return true;
  const isLocal = hostname === "localhost" || hostname.endsWith(".localhost");
  return isLocal || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
