import type { Fields } from "./fields.ts";

/**
 * The value that the outermost trusted proxy wrote into a list that every proxy appends to
 * (X-Forwarded-For and its kin); undefined if no proxy is trusted or none has written. Proxies that
 * replace the list instead of appending leave fewer members than hops: then the first counts.
 *
 * @param hops how many proxies in front of us are trusted
 */
export function trustedMember(value: string | undefined, hops: number): string | undefined {
  if (hops === 0 || value === undefined) return undefined;
  const members = splitMembers(value);
  return members[Math.max(0, members.length - hops)];
}

/**
 * These lists know no quoted strings: a client's stray quote must not swallow the following
 * members.
 */
function splitMembers(value: string): string[] {
  return value
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "");
}

/** Other names under which proxies tell the client's address, or the host that it asked for. */
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

/** Whether a field says how a request reached the proxy: a stranger's are never passed on. */
export function isForwardedField(name: string): boolean {
  return name.startsWith("x-forwarded-") || CLIENT_FIELDS.has(name);
}

/** Which fields tell the origin server how a request came. */
export const FORWARDED = ["legacy", "standard", "both", "none"] as const;
export type ForwardedFields = (typeof FORWARDED)[number];

/** What is known of the way of a request to us. */
export interface ForwardedFacts {
  /** The address that connected to us; undefined if the runtime does not say. */
  readonly peer: string | undefined;
  /** X-Forwarded-For as received, if any proxy is trusted. */
  readonly received: string | undefined;
  /** How many proxies in front of us are trusted. */
  readonly hops: number;
  /** The target URI's scheme and host as the world sees them. */
  readonly scheme: string;
  readonly host: string;
}

/**
 * Tells the origin server how the request came: `Forwarded` (RFC 7239, standard), and
 * X-Forwarded-For, -Host and -Proto (legacy). All of them are written anew, from the members that
 * trusted proxies wrote into X-Forwarded-For and the connection itself.
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
    // RFC 7239 §5: scheme and host belong to the first proxy, whose client the world is.
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

/** Leaves only the fields that the origin server is to get. */
export function dropUnwanted(fields: Fields, which: ForwardedFields): void {
  if (which === "legacy" || which === "none") fields.delete("forwarded");
  if (which === "standard" || which === "none") for (const name of LEGACY) fields.delete(name);
}

const LEGACY = ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"];

/** What stands in the list of a trusted proxy is an address or a name of its making, or nothing. */
function known(member: string): string {
  return /^[\w.:[\]"-]{1,128}$/.test(member) ? member : "unknown";
}

/** RFC 7239 §6: an address as a node; IPv6 in brackets, and quoted. */
function node(address: string | undefined): string {
  if (address === undefined) return "unknown";
  if (/^[0-9.]+$/.test(address)) return address;
  if (/^[0-9.]+:\d+$/.test(address)) return `"${address}"`;
  if (/^[0-9A-Fa-f:.]+$/.test(address)) return `"[${address}]"`;
  const [, bracketed] = /^"?(\[[0-9A-Fa-f:.]+\](?::\d+)?)"?$/.exec(address) ?? [];
  return bracketed === undefined ? "unknown" : `"${bracketed}"`;
}

/** An IPv4 address that reached us on an IPv6 socket is an IPv4 address. */
function plainAddress(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}

/** A token, or else a quoted string (RFC 7239 §4). */
function parameterValue(text: string): string {
  if (/^[\w!#$%&'*+.^`|~-]+$/.test(text)) return text;
  return `"${text.replaceAll(/["\\]/g, (char) => `\\${char}`)}"`;
}
