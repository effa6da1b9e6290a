import * as v from "valibot";

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

/** What a bot fetches pages for; one bot may do several. */
export const BEHAVIOURS = ["Search", "Agent", "Training"] as const;

const LIST_SOURCE = 'an https URL, a file such as "./list.json", or a block such as "192.0.2.0/24"';

export const botSchema = v.strictObject({
  /** What rules and logs call it; an entry replaces the built-in one of its name. @example "ExampleBot" */
  name: v.pipe(v.string(), v.minLength(1)),
  /** User-Agent product tokens; none for a name that only occurs in robots.txt. @default none @example ["ExampleBot"] */
  tokens: v.optional(v.array(v.pipe(v.string(), v.minLength(1))), []),
  /** Who runs it: evidence proves the operator. @example "Example Inc." */
  operator: v.pipe(v.string(), v.minLength(1)),
  /** What kind of bot it is. @example "AI Crawler" */
  category: v.picklist(CATEGORIES),
  /** What it fetches pages for. @default none @example ["Training"] */
  behaviours: v.optional(v.array(v.picklist(BEHAVIOURS)), []),
  /** Where the operator's addresses are: URLs of published lists, files, or blocks such as "192.0.2.0/24". @default none @example ["https://example.com/bot.json", "192.0.2.0/24"] */
  ipRanges: v.optional(v.array(v.pipe(v.string(), v.check(isListSource, LIST_SOURCE))), []),
  /** Host name suffixes of the operator's crawlers. @default none @example ["crawl.example.com"] */
  reverseDns: v.optional(v.array(v.string()), []),
  /** Key directories of the operator (Signature-Agent), as origins or URLs. @default none @example ["https://agent.example.com"] */
  signatureAgents: v.optional(v.array(v.string()), []),
  /** Only a robots.txt token: never seen in requests. @default false */
  robotsOnly: v.optional(v.boolean(), false),
});

export type Bot = v.InferOutput<typeof botSchema>;
export type Category = Bot["category"];
export type Behaviour = Bot["behaviours"][number];

/** Merges entries over a table by name (case-sensitive), keeping order. */
export function mergeBots(table: readonly Bot[], over: readonly Bot[]): Bot[] {
  const byName = new Map(table.map((bot) => [bot.name, bot]));
  for (const bot of over) byName.set(bot.name, bot);
  return [...byName.values()];
}

/** Lists come over https; over http from loopback only, for development. */
function isListSource(text: string): boolean {
  if (!text.includes("://")) return text !== "";
  const url = URL.parse(text);
  if (url === null || url.username !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
}

function isLoopback(host: string): boolean {
  return host === "127.0.0.1" || host === "localhost" || host === "[::1]";
}
