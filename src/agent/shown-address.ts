import { parseIpAddress } from "./ip-address.ts";

/** The forms of clients' addresses in events. */
export const ADDRESS_FORMS = ["full", "truncated", "none"] as const;

export type AddressForm = (typeof ADDRESS_FORMS)[number];

/**
 * The form of a client's address that events may have. A truncated one is the first address of its
 * /24 (IPv4) or /48 (IPv6); a text that is no address is left out, unless addresses are shown in full.
 */
export function shownAddress(address: string | undefined, form: AddressForm): string | undefined {
  if (address === undefined || form === "full") return address;
  const words = form === "none" ? undefined : parseIpAddress(address);
  if (words === undefined) return undefined;
  const [first, second = 0] = words;
  if (words.length === 1) return `${[24, 16, 8].map((at) => (first >>> at) & 255).join(".")}.0`;
  const groups = [first >>> 16, first & 0xffff, second >>> 16];
  return `${groups.map((group) => group.toString(16)).join(":")}::`;
}
