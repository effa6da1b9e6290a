import { splitList } from "../../src/http/list.ts";
import type { RuntimeName } from "../support/runtimes.ts";
import type { Front } from "./front.ts";
import { isHit } from "./from-cache.ts";
import { valueOf, type Asked, type Got, type Lines } from "./client.ts";

/** A response of the origin server, and the one through the proxy to the same request. */
export interface Pair {
  readonly asked: Asked;
  readonly direct: Got;
  readonly through: Got;
  /** Scheme, host and port of both. */
  readonly origin: string;
  readonly proxy: string;
  readonly runtime: RuntimeName;
  readonly front: Front;
  /** Whether the features are on, as in rules/default.jsonc; otherwise all are off. */
  readonly isOn: boolean;
  /** For a stored response to HEAD: bytes of the content of GET, from the origin server and the proxy. */
  readonly lengths?: readonly number[];
  /** For a part of a stored response: the whole, from the proxy and from the origin server. */
  readonly wholes?: readonly Got[];
}

/** A row of the table of docs/life-of-a-request.md: fields that may differ, and when. */
export interface Permit {
  readonly fields: readonly string[];
  readonly permits: (from: string[], to: string[], pair: Pair, name: string) => boolean;
}

const permit = (fields: string, permits: Permit["permits"]): Permit => ({
  fields: fields.split(" "),
  permits,
});

/** What `mapped` has changed already: demanded, not only permitted. */
const SIGNALS = new Map([
  ["content-signal", "search=yes, ai-input=yes"],
  ["content-usage", "search=y"],
]);

const demanded = (fields: string): Permit => permit(fields, () => false);

/** The rows in the order of the table. A field may differ if one of its rows permits it. */
export const PERMITTED: readonly Permit[] = [
  permit("connection keep-alive proxy-connection te trailer transfer-encoding upgrade", () => true),
  permit("date", (from, to) => to.length === 1 && (from.length === 0 || isAbout(from, to))),
  demanded("location content-location link refresh"),
  demanded("set-cookie"),
  demanded("alt-svc"),
  permit("content-length", (_from, to, { direct, runtime, asked }) => {
    if (direct.status === 204) return to.length === 0;
    return direct.status === 205 && asked.method === "HEAD" && runtime === "workerd";
  }),
  permit(
    "content-length",
    (_from, to, pair) => isHit(pair) && (to.length === 0 || pair.lengths !== undefined),
  ),
  permit("vary", (from, to, pair) => pair.isOn && variesMore(from, to)),
  permit("link", (from, to, pair) => pair.isOn && isHtml(pair) && namesMarkdown(from, to)),
  permit(
    "content-encoding content-length etag accept-ranges content-md5 digest content-digest repr-digest",
    (from, to, pair, name) =>
      (isRecoded(pair) && (name !== "etag" || stemOf(from[0]) === stemOf(to[0]))) ||
      (name === "content-length" && to.length === 0 && isHeadOfCoded(pair)) ||
      // The origin server and we may both have chosen the same coding.
      (name === "etag" && pair.isOn && isDerived(to[0]) && stemOf(from[0]) === stemOf(to[0])),
  ),
  // The values of rules/default.jsonc; it names no license.
  permit(
    "content-signal content-usage link",
    (from, to, { isOn }, name) =>
      isOn && from.length === 0 && to.length === 1 && to[0] === SIGNALS.get(name),
  ),
  // Only on markdown, which this suite does not request.
  permit("x-robots-tag content-signal tdm-reservation tdm-policy", () => false),
  // Only for the home page, for agents' skills, and with metadata of a resource: none is requested here.
  permit("link", () => false),
  permit("cache-control", () => false),
  permit("www-authenticate", () => false),
  permit("use-as-dictionary", (from, _to, { isOn }) => isOn && from.length === 0),
  permit("cache-status age", (from, _to, { isOn }) => isOn && from.length === 0),
  permit("content-encoding content-length etag", (from, to, pair, name) => {
    // What a Worker stored, its runtime codes again.
    if (!isStored(pair) || pair.runtime !== "workerd" || !isCoded(pair.direct)) return false;
    if (name === "content-encoding") return to.length === 0 && pair.through.content.length === 0;
    return name === "content-length"
      ? to.length === 0
      : isDerived(to[0]) && stemOf(from[0]) === stemOf(to[0]);
  }),
  permit("content-type accept-ranges etag last-modified", (from, to, pair, name) => {
    if (!isStored(pair) || pair.through.status !== 304) return false;
    return name !== "etag" || stemOf(from[0]) === stemOf(to[0]);
  }),
];

/** Whether an entity tag names a coding of ours. */
const isDerived = (tag: string | undefined): boolean => tag?.includes(";wl=") === true;

/** Caddy states the length of no content, coded; a response to HEAD may leave it out (RFC 9110 §8.6). */
function isHeadOfCoded({ asked, direct, isOn }: Pair): boolean {
  return isOn && asked.method === "HEAD" && isCoded(direct);
}

const isCoded = ({ lines }: Got): boolean => valueOf(lines, "content-encoding") !== undefined;

const ADDRESSES = new Set(["location", "content-location", "link", "refresh"]);

/**
 * The fields of a response of the origin server as the proxy must change them whatever the rules say:
 * its own address becomes the public one, and what would lead clients round the proxy goes.
 */
export function mapped(lines: Lines, { origin, proxy }: Pair): Lines {
  return lines
    .filter(([name]) => name !== "alt-svc")
    .map(([name, value]) => {
      if (ADDRESSES.has(name)) return [name, value.replaceAll(origin, proxy)];
      // A name that is the public one, too, stays.
      if (name !== "set-cookie" || hostOf(origin) === hostOf(proxy)) return [name, value];
      return [name, value.replaceAll(/; *domain=127\.0\.0\.1(?=;|$)/gi, "")];
    });
}

const hostOf = (url: string): string => new URL(url).hostname;

const isAbout = ([from = ""]: string[], [to = ""]: string[]): boolean =>
  Math.abs(Date.parse(from) - Date.parse(to)) <= 60_000;

/** Whether `Vary` has all that the origin named, and besides only what our stages read. */
function variesMore(from: string[], to: string[]): boolean {
  const [before, after] = [members(from), members(to)];
  const ours = new Set(["accept", "accept-encoding", "available-dictionary"]);
  return (
    [...before].every((name) => after.has(name)) &&
    [...after].every((name) => before.has(name) || ours.has(name) || name.startsWith("sec-fetch-"))
  );
}

const members = (values: string[]): Set<string> =>
  new Set(values.flatMap((value) => splitList(value.toLowerCase())));

function namesMarkdown(from: string[], to: string[]): boolean {
  const [last = ""] = to.slice(-1);
  const added = /(?:^|, )<[^>]+>; rel="alternate"; type="text\/markdown"$/;
  return added.test(last) && to.join(", ").startsWith(from.join(", "));
}

const isHtml = ({ direct }: Pair): boolean =>
  (valueOf(direct.lines, "content-type") ?? "").startsWith("text/html");

/** Whether the proxy answered with a stored response. */
const isStored = ({ through, isOn }: Pair): boolean =>
  isOn && valueOf(through.lines, "cache-status") !== undefined;

/** An entity tag without its strength and the names of our variants. */
const stemOf = (tag = ""): string => tag.replace(/^W\//, "").replace(/;wl=[^"]*"$/, '"');

/** Whether the content came out in a coding of ours, one that the client accepts. */
function isRecoded({ asked, direct, through, isOn }: Pair): boolean {
  const coding = valueOf(through.lines, "content-encoding");
  if (!isOn || coding === valueOf(direct.lines, "content-encoding")) return false;
  if (coding === undefined) return true;
  const accepted = members([asked.fields?.["Accept-Encoding"] ?? ""]);
  return direct.status !== 206 && (accepted.has(coding) || accepted.has("*"));
}
