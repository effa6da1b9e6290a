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

export const botSchema = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1)),
  /** User-Agent product tokens; none for a name that only occurs in robots.txt. */
  tokens: v.optional(v.array(v.pipe(v.string(), v.minLength(1))), []),
  operator: v.pipe(v.string(), v.minLength(1)),
  category: v.picklist(CATEGORIES),
  behaviours: v.optional(v.array(v.picklist(BEHAVIOURS)), []),
  /** Where the operator publishes its addresses. */
  ipRanges: v.optional(v.array(v.string()), []),
  /** Host name suffixes of the operator's crawlers. */
  reverseDns: v.optional(v.array(v.string()), []),
  /** Key directories of the operator (Signature-Agent), as origins or URLs. */
  signatureAgents: v.optional(v.array(v.string()), []),
  /** Only a robots.txt token: never seen in requests. */
  robotsOnly: v.optional(v.boolean(), false),
});

export type Bot = v.InferOutput<typeof botSchema>;
export type Category = Bot["category"];
export type Behaviour = Bot["behaviours"][number];

/** The bot table, indexed for what a request can be looked up by. */
export interface BotTable {
  readonly bots: readonly Bot[];
  /** The bot whose token the User-Agent carries; the longest token wins. */
  byUserAgent(userAgent: string | undefined): Bot | undefined;
  /** The bot of this operator that the request is, given the operator's key directory. */
  bySignatureAgent(agent: string, userAgent: string | undefined): Bot | undefined;
}

/** Longer User-Agents are cut before they are searched. */
const MAX_USER_AGENT = 1024;

/** Merges entries over a table by name (case-sensitive), keeping order. */
export function mergeBots(table: readonly Bot[], over: readonly Bot[]): Bot[] {
  const byName = new Map(table.map((bot) => [bot.name, bot]));
  for (const bot of over) byName.set(bot.name, bot);
  return [...byName.values()];
}

/** Indexes a bot table. */
export function compileBots(bots: readonly Bot[]): BotTable {
  const tokens = new Map<string, Bot>();
  for (const bot of bots) for (const token of bot.tokens) tokens.set(token.toLowerCase(), bot);
  const spaced = [...tokens].filter(([token]) => !isProductToken(token));
  const byAgent = new Map<string, Bot[]>();
  for (const bot of bots) {
    for (const agent of bot.signatureAgents) {
      const key = normalizeAgent(agent);
      byAgent.set(key, [...(byAgent.get(key) ?? []), bot]);
    }
  }

  const byUserAgent = (userAgent: string | undefined, among?: string): Bot | undefined => {
    if (userAgent === undefined) return undefined;
    const text = userAgent.slice(0, MAX_USER_AGENT).toLowerCase();
    let found: Bot | undefined;
    let length = 0;
    const consider = (token: string, bot: Bot | undefined): void => {
      if (bot === undefined || token.length <= length) return;
      if (among !== undefined && bot.operator !== among) return;
      found = bot;
      length = token.length;
    };
    for (const token of productTokens(text)) consider(token, tokens.get(token));
    for (const [token, bot] of spaced) if (text.includes(token)) consider(token, bot);
    return found;
  };

  return {
    bots,
    byUserAgent: (userAgent) => byUserAgent(userAgent),
    bySignatureAgent(agent, userAgent) {
      const candidates = byAgent.get(normalizeAgent(agent)) ?? [];
      const first = candidates[0];
      if (first === undefined) return undefined;
      // The signature proves the operator; the token then selects among that operator's bots only.
      const named = byUserAgent(userAgent, first.operator);
      return named ?? (candidates.length === 1 ? first : undefined);
    },
  };
}

/** The maximal runs of token characters (RFC 9110 §5.6.2) in a text, in one pass. */
function* productTokens(text: string): Iterable<string> {
  let start = -1;
  for (let i = 0; i <= text.length; i++) {
    const inside = i < text.length && isTokenCode(text.charCodeAt(i));
    if (inside && start === -1) start = i;
    else if (!inside && start !== -1) {
      yield text.slice(start, i);
      start = -1;
    }
  }
}

function isProductToken(token: string): boolean {
  for (let i = 0; i < token.length; i++) if (!isTokenCode(token.charCodeAt(i))) return false;
  return true;
}

/** Letters, digits, "-", "_" and ".": what crawler names are made of. */
function isTokenCode(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 45 ||
    code === 46 ||
    code === 95
  );
}

function normalizeAgent(agent: string): string {
  return agent.replace(/\/$/, "").toLowerCase();
}
