/**
 * Whether a Transfer-Encoding of a response says nothing that is still to be undone: chunks are undone
 * by the runtime, and "identity" is an old name for no coding. Any other coding (RFC 9112 §7.2, §7.3)
 * would leave the client with bytes of which no field tells how to read them.
 */
export function isKnownTransferCoding(value: string): boolean {
  const coding = value.trim().toLowerCase();
  return coding === "" || coding === "chunked" || coding === "identity";
}
