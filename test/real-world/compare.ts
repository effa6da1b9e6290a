import { parseHttpDate } from "../../src/http/date.ts";
import { valueOf, valuesOf, type Asked, type Got, type Lines } from "./client.ts";
import { decoded } from "./decoded.ts";
import { isOfSeveral } from "./front.ts";
import { BROWSER } from "./requests.ts";
import { faultsOfPart, isStoredPart } from "./stored-part.ts";
import { mapped, PERMITTED, type Pair } from "./permitted.ts";

/** What differs between a response of the origin server and the same one through the proxy. */
export function differencesOf(pair: Pair): string[] {
  const { direct, through } = pair;
  if (isStoredPart(pair)) return faultsOfPart(pair);
  if (isWholeOfPart(pair) || isConfirmedByTag(pair)) return [];
  const found: string[] = [];
  if (direct.status !== through.status) found.push(`status ${direct.status} → ${through.status}`);
  const isKnown = pair.runtime === "node" && direct.phrase !== "" && through.phrase !== undefined;
  if (isKnown && direct.phrase !== through.phrase)
    found.push(`phrase ${direct.phrase} → ${through.phrase}`);
  const [before, after] = [mapped(lowered(direct), pair), lowered(through)];
  for (const name of new Set([...before, ...after].map(([each]) => each))) {
    const [from, to] = [valuesOf(before, name), valuesOf(after, name)];
    // workerd joins the lines of a field, except those of Set-Cookie.
    if (from.join(", ") === to.join(", ")) continue;
    if (name === "expires" && isSameLifetime(pair)) continue;
    if (!isPermitted(name, from, to, pair)) {
      found.push(`${name}: ${from.join(" | ") || "none"} → ${to.join(" | ") || "none"}`);
    }
  }
  if (!hasSameContent(pair)) {
    found.push(`content of ${direct.content.length} → ${through.content.length} bytes`);
  }
  const stated = valueOf(through.lines, "content-length");
  const { lengths } = pair;
  if (lengths !== undefined && stated !== undefined && !lengths.includes(Number(stated))) {
    found.push(
      `length of HEAD: ${stated}, of GET: ${lengths.join(" or ") || "none in its coding"}`,
    );
  }
  if (through.trailers.length > 0) found.push("trailers");
  const status = valueOf(through.lines, "cache-status");
  return found.map((each) => (status === undefined ? each : `${each}, ${status}`));
}

/** Whether both expire as long behind their own Date, give or take two seconds: they were made one after the other. */
function isSameLifetime({ direct, through }: Pair): boolean {
  const [before, after] = [direct, through].map(
    ({ lines }) =>
      Date.parse(valueOf(lines, "expires") ?? "") - Date.parse(valueOf(lines, "date") ?? ""),
  ) as [number, number];
  return Math.abs(before - after) <= 2000;
}

/** Whether a stored response let the tag decide (RFC 9110 §13.1.3), where nginx wants the date to hold, too. */
function isConfirmedByTag({ asked, direct, through, isOn }: Pair): boolean {
  const { "If-None-Match": tag, "If-Modified-Since": date } = asked.fields ?? {};
  const isStored = isOn && valueOf(through.lines, "cache-status") !== undefined;
  return (
    isStored &&
    tag !== undefined &&
    date !== undefined &&
    direct.status === 200 &&
    through.status === 304
  );
}

/**
 * Whether a part was answered by the whole: in a coding of ours if the client continues it by date, or
 * because the process had another version stored, and got the new one (RFC 9110 §14.2).
 */
function isWholeOfPart({ asked, direct, through, isOn, front }: Pair): boolean {
  const { "If-Range": condition = "", Range: range } = asked.fields ?? {};
  const isByDate = parseHttpDate(condition, Date.now() / 1000) !== undefined;
  const isNew =
    isOfSeveral(front) &&
    range !== undefined &&
    / fwd=stale; fwd-status=200\b/.test(valueOf(through.lines, "cache-status") ?? "");
  if (!isOn || !(isByDate || isNew)) return false;
  if (direct.status !== 206 || through.status !== 200) return false;
  // All of these parts are from the start, and some of content that the origin server has coded.
  return [through.content, decoded(through)].some(
    (whole) => whole?.subarray(0, direct.content.length).equals(direct.content) === true,
  );
}

function isPermitted(name: string, from: string[], to: string[], pair: Pair): boolean {
  return PERMITTED.some(
    ({ fields, permits }) => fields.includes(name) && permits(from, to, pair, name),
  );
}

/** Whether the content is the same: its bytes, or what its coding decodes to if we coded it. */
function hasSameContent({ asked, direct, through, isOn }: Pair): boolean {
  const [from, to] = [settled(direct), settled(through)];
  if (from.equals(to)) return true;
  if (!isOn || asked.method === "HEAD" || direct.status === 206) return false;
  const [before, after] = [decoded(direct), decoded(through)];
  return before !== undefined && after !== undefined && before.equals(after);
}

/** The content with the boundary of its parts, which servers make up each time, in one spelling. */
function settled({ lines, content }: Got): Buffer {
  const boundary = boundaryOf(lines);
  if (boundary === undefined) return content;
  return Buffer.from(content.toString("latin1").replaceAll(boundary, "boundary"), "latin1");
}

const boundaryOf = (lines: Lines): string | undefined =>
  /^multipart\/byteranges; *boundary="?([^"]+)"?$/.exec(valueOf(lines, "content-type") ?? "")?.[1];

function lowered({ lines }: Got): Lines {
  const boundary = boundaryOf(lines);
  return lines.map(([name, value]) => [
    name.toLowerCase(),
    boundary === undefined ? value : value.replaceAll(boundary, "boundary"),
  ]);
}

const BROWSER_FIELDS = new Map(Object.entries(BROWSER));

/** A request in one line, for what a test says. */
export function describeAsked({ method, target, fields = {}, content }: Asked): string {
  const named = Object.entries(fields)
    .filter(([name, value]) => BROWSER_FIELDS.get(name) !== value)
    .map(([name, value]) => `${name}: ${value}`);
  if (fields["User-Agent"] !== undefined) named.push("as a browser");
  const size = content === undefined ? [] : [`${content.length} bytes`];
  return [`${method} ${target}`, ...named, ...size].join("; ");
}
