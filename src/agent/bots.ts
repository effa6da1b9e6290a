import * as v from "valibot";
import { isHostMask } from "./host-mask.ts";

/** The single category of Cloudflare's verified bots list. */
export const CATEGORIES = [
  "AI Crawler",
  "AI Assistant",
  "AI Search",
  "Search Engine Crawler",
  "Archiver",
  "Page Preview",
  "Advertising & Marketing",
  "Aggregator",
  "Feed Fetcher",
  "Monitoring & Analytics",
  "Search Engine Optimization",
  "Security",
  "Social Media Marketing",
  "Webhooks",
  "Academic Research",
  "Accessibility",
  "Other",
] as const;

/**
 * Purposes for which a bot fetches pages, of which one bot may have several; and for agents that
 * sign, whether their operator alone uses them (Direct), or many users do (Intermediary).
 */
export const BEHAVIOURS = ["Search", "Agent", "Training", "Direct", "Intermediary"] as const;

/** Machines of one operator that are told apart, since users choose what some of them send. */
export const FLEETS = ["crawler", "special", "user-triggered"] as const;

const HOST_MASK = 'a suffix such as "crawl.example.com", or a mask such as "crawl-*.example.com"';
const LIST_SOURCE = 'an https URL, a file such as "./list.json", or a block such as "192.0.2.0/24"';

export const botSchema = v.strictObject({
  /**
   * The name in rules and logs; an entry replaces the built-in one with the same name.
   * @example "ExampleBot"
   */
  name: v.pipe(v.string(), v.minLength(1)),
  /**
   * User-Agent product tokens, of which `*` at the end stands for any rest of a word; empty for a
   * name that only occurs in robots.txt.
   * @default none @example ["ExampleBot", "ExampleBot-Image"]
   */
  tokens: v.optional(v.array(v.pipe(v.string(), v.minLength(1))), []),
  /** The operator of the bot: evidence proves the operator. @example "Example Inc." */
  operator: v.pipe(v.string(), v.minLength(1)),
  /** The category of the bot. @example "AI Crawler" */
  category: v.picklist(CATEGORIES),
  /**
   * Purposes for which the bot fetches pages. Direct and Intermediary are for agents that sign:
   * their operator alone uses them, or many users do.
   * @default none @example ["Training"]
   */
  behaviours: v.optional(v.array(v.picklist(BEHAVIOURS)), []),
  /**
   * Addresses of the operator: URLs of published lists, files, or blocks such as "192.0.2.0/24";
   * "#/key" after a URL or file names one list of several.
   * @default none @example ["https://example.com/ips.json#/crawlers", "192.0.2.0/24"]
   */
  ipRanges: v.optional(v.array(v.pipe(v.string(), v.check(isListSource, LIST_SOURCE))), []),
  /**
   * Whether the operator documents that all requests of this bot come from `ipRanges`; then an
   * address elsewhere refutes the claim (`"verdict": "spoofed"`). The page that states it, or true.
   * @default none, so the claim stays a claim @example "https://example.com/bot#addresses"
   */
  ipRangesComplete: v.optional(v.union([v.boolean(), v.pipe(v.string(), v.minLength(1))])),
  /**
   * Host names of the operator's machines: a suffix, or a mask in which `*` stands for a part of a
   * label.
   * @default none @example ["crawl.example.com", "crawl-*.example.com"]
   */
  reverseDns: v.optional(v.array(v.pipe(v.string(), v.check(isHostMask, HOST_MASK))), []),
  /**
   * The operator's machines that send this bot. An address proves only bots of the same fleet:
   * users choose what "user-triggered" machines fetch, and "special" ones are neither these nor the
   * common crawlers.
   * @default "user-triggered" if Agent is the only purpose, else "crawler"
   */
  fleet: v.optional(v.picklist(FLEETS)),
  /**
   * Key directories of the operator (Signature-Agent), as origins or URLs.
   * @default none @example ["https://agent.example.com"]
   */
  signatureAgents: v.optional(v.array(v.string()), []),
  /** Only a robots.txt token, which no request carries. @default false */
  robotsOnly: v.optional(v.boolean(), false),
  /** The page that states the entry's facts. @default none @example "https://example.com/bot" */
  source: v.optional(v.pipe(v.string(), v.minLength(1))),
  /** The day or month of the source, or in which it was read. @default none @example "2026-11" */
  date: v.optional(
    v.pipe(v.string(), v.regex(/^\d{4}-\d\d(?:-\d\d)?$/, 'a date such as "2026-11"')),
  ),
});

export type Bot = v.InferOutput<typeof botSchema>;

/** Merges entries into a table by name (case-sensitive), and preserves the order. */
export function mergeBots(table: readonly Bot[], over: readonly Bot[]): Bot[] {
  const byName = new Map(table.map((bot) => [bot.name, bot]));
  for (const bot of over) byName.set(bot.name, bot);
  return [...byName.values()];
}

/** The fleet of an operator that sends a bot; its sources prove all bots of the fleet. */
export function fleetOf(bot: Bot): string {
  const { operator, fleet = isUserTriggered(bot) ? "user-triggered" : "crawler" } = bot;
  return JSON.stringify([operator, fleet]);
}

/** Whether users of the operator choose what the bot fetches. */
export function isUserTriggered({ fleet, behaviours }: Bot): boolean {
  if (fleet !== undefined) return fleet === "user-triggered";
  const isCrawler = behaviours.includes("Search") || behaviours.includes("Training");
  return behaviours.includes("Agent") && !isCrawler;
}

/** Whether an address elsewhere refutes the claim of a bot, once its lists are fresh. */
export function hasCompleteRanges({ ipRanges, ipRangesComplete }: Bot): boolean {
  return ipRanges.length > 0 && (ipRangesComplete ?? false) !== false;
}

/** Collects values of bots by fleet, since an address proves the fleet. */
export function groupByFleet(
  bots: readonly Bot[],
  valuesOf: (bot: Bot) => readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const having = bots.filter((bot) => valuesOf(bot).length > 0);
  const grouped = [...Map.groupBy(having, fleetOf)];
  return new Map(grouped.map(([fleet, own]) => [fleet, [...new Set(own.flatMap(valuesOf))]]));
}

/** Lists are fetched over https; over http only from loopback, for development. */
function isListSource(text: string): boolean {
  if (!text.includes("://")) return text !== "";
  const url = URL.parse(text);
  if (url === null || url.username !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
}

function isLoopback(host: string): boolean {
  return host === "127.0.0.1" || host === "localhost" || host === "[::1]";
}
