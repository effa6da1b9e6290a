import { ROBOTS } from "./known-paths.ts";
import { splitTarget } from "./target.ts";

/** The rules of a robots.txt for one crawler (RFC 9309). */
export interface Robots {
  /**
   * Whether the crawler may request a URL; robots.txt itself always (RFC 9309 §2.2.2).
   *
   * @param target path and query
   */
  isAllowed(target: string): boolean;
  /** The seconds between two requests that the site asks for. */
  readonly crawlDelay: number | undefined;
  /** Addresses of sitemaps as written. */
  readonly sitemaps: readonly string[];
  /** The number of rules, by which a test costs more. */
  readonly size: number;
}

/** The longest text that is read, in characters; RFC 9309 §2.5 asks for 500 KiB at least. */
const MAX_LENGTH = 524_288;
/** The longest line that is read; a longer path is cut off. */
const MAX_LINE = 8192;
/** Characters that are read in one turn of the event loop, each line counted as at least a few. */
const A_TURN = 16 * 1024;
const LEAST_OF_A_LINE = 16;

/** Lets other requests have their turn. */
type Turn = () => Promise<void>;

interface Rule {
  readonly allow: boolean;
  /** The texts between the stars. */
  readonly parts: readonly string[];
  readonly isAnchored: boolean;
  readonly length: number;
}

interface Group {
  readonly agents: string[];
  readonly rules: Rule[];
  /** Whether the group has rules already, so that the next User-agent line begins another group. */
  isBegun: boolean;
  delay?: number;
}

/** Parses a robots.txt. @param token of the crawler, or several @default "*", the rules for all crawlers */
export async function parseRobots(
  text: string,
  turn: Turn,
  token: string | readonly string[] = "*",
): Promise<Robots> {
  const names = new Set([token].flat().map((each) => each.toLowerCase()));
  const { groups, sitemaps } = await readGroups(text, turn);
  // RFC 9309 §2.2.1: all groups that name the crawler count, else those for all crawlers.
  const named = groups.filter(({ agents }) => agents.some((agent) => names.has(agent)));
  const own = named.length > 0 ? named : groups.filter(({ agents }) => agents.includes("*"));
  const rules = own.flatMap((group) => group.rules);
  return {
    size: rules.length,
    isAllowed: (target) =>
      splitTarget(target).path === ROBOTS || isAllowed(rules, normalize(target)),
    crawlDelay: own.find(({ delay }) => delay !== undefined)?.delay,
    sitemaps,
  };
}

async function readGroups(
  text: string,
  turn: Turn,
): Promise<{ groups: Group[]; sitemaps: string[] }> {
  const groups: Group[] = [];
  const sitemaps: string[] = [];
  let group: Group | undefined;
  const all = text.slice(text.startsWith("\uFEFF") ? 1 : 0, MAX_LENGTH);
  let left = A_TURN;
  for (let at = 0, end; at < all.length; at = end + 1) {
    end = endOfLine(all, at);
    left -= Math.max(end - at, LEAST_OF_A_LINE);
    if (left < 0) {
      left = A_TURN;
      await turn();
    }
    const line = all.slice(at, Math.min(end, at + MAX_LINE)).split("#", 1)[0] ?? "";
    const colon = line.indexOf(":");
    if (colon === -1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "sitemap") sitemaps.push(value);
    else if (name === "user-agent") {
      // Consecutive lines of agents begin one group.
      if (group === undefined || group.isBegun) {
        group = { agents: [], rules: [], isBegun: false };
        groups.push(group);
      }
      const agent = value.toLowerCase();
      // Google reads a name up to its first space.
      group.agents.push(agent, agent.split(/\s/, 1)[0] ?? "");
    } else if (group === undefined) continue;
    else if (name === "allow" || name === "disallow") {
      group.isBegun = true;
      if (value !== "") group.rules.push(compile(value, name === "allow"));
    } else if (name === "crawl-delay" && /^\d+(?:\.\d+)?$/.test(value)) {
      group.isBegun = true;
      group.delay = Number(value);
    }
  }
  return { groups, sitemaps };
}

/** The position of the next CR or LF; an empty line between them does not matter. */
function endOfLine(text: string, from: number): number {
  LINE_END.lastIndex = from;
  return LINE_END.exec(text)?.index ?? text.length;
}

const LINE_END = /[\r\n]/g;

/** Decides by the longest match; Allow wins if two are equal (RFC 9309 §2.2.2). */
function isAllowed(rules: readonly Rule[], target: string): boolean {
  let best: Rule | undefined;
  for (const rule of rules) {
    const longer = rule.length - (best?.length ?? -1);
    if (longer < 0 || (longer === 0 && !rule.allow)) continue;
    if (matches(rule, target)) best = rule;
  }
  return best?.allow ?? true;
}

function compile(value: string, allow: boolean): Rule {
  const path = normalize(value);
  const isAnchored = path.endsWith("$");
  const parts = (isAnchored ? path.slice(0, -1) : path).split("*");
  return { allow, parts, isAnchored, length: path.length };
}

/** Normalizes escapes for comparison: only reserved characters stay escaped (RFC 9309 §2.2.2). */
function normalize(path: string): string {
  if (!/[%\u0080-\uffff]/.test(path)) return path;
  return path
    .toWellFormed()
    .replaceAll(/[\u0080-\u{10ffff}]+/gu, encodeURIComponent)
    .replaceAll(/%[\da-f]{2}/gi, (written) => {
      const char = String.fromCharCode(Number.parseInt(written.slice(1), 16));
      return /[\w.~-]/.test(char) ? char : written.toUpperCase();
    });
}

/** Whether a rule matches: `*` is any run of characters, `$` the end (RFC 9309 §2.2.3). */
function matches({ parts, isAnchored }: Rule, target: string): boolean {
  const first = parts[0] ?? "";
  if (!target.startsWith(first)) return false;
  let at = first.length;
  const last = parts.length - 1;
  for (let i = 1; i <= last; i++) {
    const part = parts[i] ?? "";
    if (i === last && isAnchored) {
      return target.length - part.length >= at && target.endsWith(part);
    }
    const found = target.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return !isAnchored || at === target.length;
}
