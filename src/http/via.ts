/** Our pseudonym, which reveals no host name (RFC 9110 §7.6.3). */
const PSEUDONYM = "wayleave";

const VIA_1_1 = `1.1 ${PSEUDONYM}`;

/** Our member of `Via`. @param version of HTTP of the message, e.g. "1.1" or "2" */
export function viaMember(version: string): string {
  return version === "1.1" ? VIA_1_1 : `${version} ${PSEUDONYM}`;
}
