/** Whether an origin is a secure context (W3C Secure Contexts §3.1); browsers use dictionaries only there (RFC 9842 §9.2). */
export function isSecureContext({ protocol, hostname }: URL): boolean {
  if (protocol === "https:") return true;
  const isLocal = hostname === "localhost" || hostname.endsWith(".localhost");
  return isLocal || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
