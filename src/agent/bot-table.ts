import { BoundedCache } from "../memory/bounded-cache.ts";
import type { Bot } from "./bots.ts";

/** The bot table, with indexes for User-Agents and key directories. */
export interface BotTable {
  /**
   * The bots that the User-Agent names, one for each operator (with its longest token), sorted by
   * length of token.
   */
  claims(userAgent: string | undefined): readonly Bot[];
  /** The bot that sent a request signed with a key of this directory. */
  bySignatureAgent(agent: string, userAgent: string | undefined): Bot | undefined;
}

/** Longer User-Agents are cut before they are searched. */
const MAX_USER_AGENT = 1024;
const NONE: readonly Bot[] = [];

/** User-Agents whose claims are cached; a site's visitors share a few. */
const KNOWN_USER_AGENTS = 1000;

interface Token {
  readonly text: string;
  readonly bot: Bot;
}

/** Indexes a bot table. */
export function compileBots(bots: readonly Bot[]): BotTable {
  const byFirstWord = indexTokens(bots);
  const byAgent = new Map<string, Bot[]>();
  for (const bot of bots) {
    for (const agent of bot.signatureAgents) {
      const key = normalizeAgent(agent);
      byAgent.set(key, [...(byAgent.get(key) ?? []), bot]);
    }
  }
  const claimsOf = (userAgent: string): readonly Bot[] => {
    const byOperator = new Map<string, Bot>();
    for (const { bot } of findTokens(userAgent, byFirstWord)) {
      if (!byOperator.has(bot.operator)) byOperator.set(bot.operator, bot);
    }
    return [...byOperator.values()];
  };
  const known = new BoundedCache<readonly Bot[]>({ name: "agents", max: KNOWN_USER_AGENTS });
  const claims = (userAgent: string | undefined): readonly Bot[] => {
    if (userAgent === undefined) return NONE;
    // A cut User-Agent is searched each time and not cached.
    if (userAgent.length > MAX_USER_AGENT) return claimsOf(userAgent);
    return known.getOrMake(userAgent, () => claimsOf(userAgent));
  };

  return {
    claims,
    bySignatureAgent(agent, userAgent) {
      const candidates = byAgent.get(normalizeAgent(agent)) ?? [];
      const [first] = candidates;
      if (first === undefined) return undefined;
      // The signature proves the operator; the token then selects among that operator's bots only.
      const named = claims(userAgent).find(({ operator }) => operator === first.operator);
      return named ?? (candidates.length === 1 ? first : undefined);
    },
  };
}

/** Indexes tokens by their first word, in lower case; of two equal tokens the last one counts. */
function indexTokens(bots: readonly Bot[]): ReadonlyMap<string, readonly Token[]> {
  const byText = new Map<string, Bot>();
  for (const bot of bots) for (const token of bot.tokens) byText.set(token.toLowerCase(), bot);
  const byFirstWord = new Map<string, Token[]>();
  for (const [text, bot] of byText) {
    const [word] = /^[a-z0-9._-]+/.exec(text) ?? [];
    // A token that does not begin with a word can't be looked up by it.
    if (word === undefined) continue;
    byFirstWord.set(word, [...(byFirstWord.get(word) ?? []), { text, bot }]);
  }
  return byFirstWord;
}

/** The tokens that a User-Agent carries as whole words, longest first, in one pass over it. */
function findTokens(
  userAgent: string,
  byFirstWord: ReadonlyMap<string, readonly Token[]>,
): readonly Token[] {
  const text = userAgent.slice(0, MAX_USER_AGENT).toLowerCase();
  const found: Token[] = [];
  for (const { 0: word, index } of text.matchAll(WORD)) {
    for (const token of byFirstWord.get(word) ?? []) {
      if (isWholeAt(text, index, token.text)) found.push(token);
    }
  }
  return found.sort((a, b) => b.text.length - a.text.length);
}

/** The characters of crawlers' names, in lower case. */
const WORD = /[a-z0-9._-]+/g;

function isWholeAt(text: string, start: number, token: string): boolean {
  return text.startsWith(token, start) && !/[a-z0-9._-]/.test(text.charAt(start + token.length));
}

function normalizeAgent(agent: string): string {
  return agent.replace(/\/$/, "").toLowerCase();
}
