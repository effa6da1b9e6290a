/**
 * Whether the runtime has undone all of a response's Transfer-Encoding. Content in another coding
 * (RFC 9112 §7.2, §7.3) would reach the client without a field that says so.
 */
export function isKnownTransferCoding(value: string): boolean {
  const coding = value.trim().toLowerCase();
  return coding === "" || coding === "chunked" || coding === "identity";
}
