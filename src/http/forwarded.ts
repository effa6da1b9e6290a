import type { Fields } from "./fields.ts";

/**
 * The value that the outermost trusted proxy wrote into a list that every proxy appends to
 * (X-Forwarded-For and its kin); undefined where no proxy is trusted or none has written. Proxies
 * that replace the list instead of appending leave fewer members than hops: then the first counts.
 *
 * @param hops how many proxies in front of us are trusted
 */
export function trustedMember(value: string | undefined, hops: number): string | undefined {
  if (hops === 0 || value === undefined) return undefined;
  const members = splitMembers(value);
  return members[Math.max(0, members.length - hops)];
}

/** These lists know no quoted strings: a stray quote of a client's must not swallow what follows. */
function splitMembers(value: string): string[] {
  return value
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "");
}

/** Whether a field says how a request reached the proxy: a stranger's are never passed on. */
export function isForwardedField(name: string): boolean {
  return name === "forwarded" || name.startsWith("x-forwarded-");
}

/** What is known of the way of a request to us. */
export interface ForwardedFacts {
  /** The address that connected to us; undefined where the runtime does not say. */
  readonly peer: string | undefined;
  /** X-Forwarded-For as received, where any proxy is trusted. */
  readonly received: string | undefined;
  /** How many proxies in front of us are trusted. */
  readonly hops: number;
  /** The target URI's scheme and host as the world sees them. */
  readonly scheme: string;
  readonly host: string;
}

/**
 * Tells the origin server how the request came (RFC 7239, and the fields that came before it). All
 * four are written anew, from what trusted proxies wrote into X-Forwarded-For and what we saw.
 */
export function setForwarded(fields: Fields, facts: ForwardedFacts): void {
  const { scheme, host } = facts;
  const peer = facts.peer === undefined ? undefined : plainAddress(facts.peer);
  const about = `;host=${isToken(host) ? host : `"${host}"`};proto=${scheme}`;
  if (facts.received === undefined) {
    fields.set("forwarded", `for=${node(peer)}${about}`);
    if (peer === undefined) fields.delete("x-forwarded-for");
    else fields.set("x-forwarded-for", peer);
  } else {
    const chain = splitMembers(facts.received).slice(-facts.hops);
    // RFC 7239 §5: scheme and host belong to the first proxy, whose client the world is.
    const members = [...chain, peer].map((each, i) => `for=${node(each)}${i === 0 ? about : ""}`);
    fields.set("forwarded", members.join(", "));
    fields.set("x-forwarded-for", [...chain, peer ?? "unknown"].join(", "));
  }
  fields.set("x-forwarded-host", host);
  fields.set("x-forwarded-proto", scheme);
}

/** RFC 7239 §6: an address as a node; IPv6 in brackets, and quoted. */
function node(address: string | undefined): string {
  if (address === undefined) return "unknown";
  if (/^[0-9.]+$/.test(address)) return address;
  if (/^[0-9A-Fa-f:.]+$/.test(address)) return `"[${address}]"`;
  return /^"?\[[0-9A-Fa-f:.]+\](?::\d+)?"?$|^[0-9.]+:\d+$/.test(address)
    ? `"${address.replaceAll('"', "")}"`
    : "unknown";
}

/** An IPv4 address that reached us on an IPv6 socket is an IPv4 address. */
function plainAddress(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}

function isToken(text: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(text);
}
