import type { Fields } from "./fields.ts";
import { remembering } from "./remember.ts";

/**
 * The member that the outermost trusted proxy wrote into a list such as X-Forwarded-For; undefined
 * without any. If the list is shorter than the hops, it was replaced: the first member counts.
 *
 * @param hops the number of trusted proxies in front of us
 */
export function trustedMember(value: string | undefined, hops: number): string | undefined {
  if (hops === 0 || value === undefined) return undefined;
  const members = splitMembers(value);
  return members[Math.max(0, members.length - hops)];
}

/** Splits at every comma: a client's stray quote must not hide members. */
function splitMembers(value: string): string[] {
  return value
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "");
}

/** Other fields in which proxies state the client's address or the requested host. */
const CLIENT_FIELDS = new Set([
  "forwarded",
  "x-forwarded",
  "x-real-ip",
  "x-client-ip",
  "x-cluster-client-ip",
  "x-original-forwarded-for",
  "x-original-host",
  "client-ip",
  "true-client-ip",
  "cf-connecting-ip",
  "cf-connecting-ipv6",
  "fastly-client-ip",
]);

/** Whether a field states how a request arrived; such fields of clients are never forwarded. */
export function isForwardedField(name: string): boolean {
  return name.startsWith("x-forwarded-") || CLIENT_FIELDS.has(name);
}

/** The kinds of fields that tell the origin server how a request arrived. */
export const FORWARDED = ["legacy", "standard", "both", "none"] as const;
export type ForwardedFields = (typeof FORWARDED)[number];

/** Facts about how a request arrived. */
export interface ForwardedFacts {
  /** The address that connected to us; undefined if unknown. */
  readonly peer: string | undefined;
  /** X-Forwarded-For as received, if any proxy is trusted. */
  readonly received: string | undefined;
  /** The number of trusted proxies in front of us. */
  readonly hops: number;
  /** Scheme and host of the public target URI. */
  readonly scheme: string;
  readonly host: string;
}

/**
 * Sets `Forwarded` (RFC 7239, standard) and X-Forwarded-For, -Host and -Proto (legacy) from the
 * connection and the members of trusted proxies. Received values are replaced.
 */
export function setForwarded(fields: Fields, facts: ForwardedFacts, which: ForwardedFields): void {
  const { scheme, host } = facts;
  const peer = facts.peer === undefined ? undefined : plainAddress(facts.peer);
  const chain =
    facts.received === undefined
      ? NONE
      : splitMembers(facts.received).slice(-facts.hops).map(known);
  dropUnwanted(fields, which);
  if (which === "standard" || which === "both") {
    // RFC 7239 §5: scheme and host belong to the member of the first proxy.
    const about = `;host=${parameterValue(host)};proto=${scheme}`;
    let members = "";
    for (const each of chain) members += `for=${node(each)}${members === "" ? about : ""}, `;
    fields.set("forwarded", `${members}for=${node(peer)}${members === "" ? about : ""}`);
  }
  if (which === "legacy" || which === "both") {
    const isUnknown = chain.length === 0 && peer === undefined;
    if (isUnknown) fields.delete("x-forwarded-for");
    else
      fields.set(
        "x-forwarded-for",
        `${chain.map((each) => `${each}, `).join("")}${peer ?? "unknown"}`,
      );
    fields.set("x-forwarded-host", host);
    fields.set("x-forwarded-proto", scheme);
  }
}

const NONE: readonly string[] = [];

/** Removes the forwarding fields that the origin server is not to get. */
export function dropUnwanted(fields: Fields, which: ForwardedFields): void {
  if (which === "legacy" || which === "none") fields.delete("forwarded");
  if (which === "standard" || which === "none") for (const name of LEGACY) fields.delete(name);
}

const LEGACY = ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"];

/** A member as received if it looks like an address or a name, else "unknown". */
function known(member: string): string {
  return /^[\w.:[\]"-]{1,128}$/.test(member) ? member : "unknown";
}

/** An address as a node of Forwarded (RFC 7239 §6): IPv6 in brackets and quotes. */
function node(address: string | undefined): string {
  if (address === undefined) return "unknown";
  if (/^[0-9.]+$/.test(address)) return address;
  if (/^[0-9.]+:\d+$/.test(address)) return `"${address}"`;
  if (/^[0-9A-Fa-f:.]+$/.test(address)) return `"[${address}]"`;
  const [, bracketed] = /^"?(\[[0-9A-Fa-f:.]+\](?::\d+)?)"?$/.exec(address) ?? [];
  return bracketed === undefined ? "unknown" : `"${bracketed}"`;
}

/** Converts an IPv4 address from an IPv6 socket (::ffff:…) to IPv4. */
function plainAddress(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}

/** A token, or else a quoted string (RFC 7239 §4). */
const parameterValue = remembering((text) =>
  /^[\w!#$%&'*+.^`|~-]+$/.test(text)
    ? text
    : `"${text.replaceAll(/["\\]/g, (char) => `\\${char}`)}"`,
);
