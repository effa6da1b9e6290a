import { locateDirectory } from "./web-bot-auth/index.ts";
import { BoundedCache } from "../memory/bounded-cache.ts";
import { isUserTriggered, type Bot } from "./bots.ts";

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
  const tokens = indexTokens(bots);
  const byAgent = new Map<string, Bot[]>();
  for (const bot of bots) {
    for (const agent of bot.signatureAgents) {
      const key = normalizeAgent(agent);
      byAgent.set(key, [...(byAgent.get(key) ?? []), bot]);
    }
  }
  const claimsOf = (userAgent: string): readonly Bot[] => {
    const byOperator = new Map<string, Bot>();
    for (const { bot } of findTokens(userAgent, tokens)) {
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
      const isOwn = named !== undefined && mayName(candidates, named);
      return isOwn ? named : candidates.length === 1 ? first : undefined;
    },
  };
}

/** Users of an operator's agents may choose their User-Agent: it names no crawler of the operator. */
function mayName(signers: readonly Bot[], named: Bot): boolean {
  return isUserTriggered(named) || !signers.every(isUserTriggered);
}

/** Tokens by their first word, and those that stand for any word which begins with them. */
interface TokenIndex {
  readonly byFirstWord: ReadonlyMap<string, readonly Token[]>;
  readonly beginnings: readonly Token[];
}

/** Indexes tokens in lower case; of two equal tokens the last one counts. */
function indexTokens(bots: readonly Bot[]): TokenIndex {
  const byText = new Map<string, Bot>();
  for (const bot of bots) for (const token of bot.tokens) byText.set(token.toLowerCase(), bot);
  const byFirstWord = new Map<string, Token[]>();
  const beginnings: Token[] = [];
  for (const [text, bot] of byText) {
    // A token that does not begin with a word can't be looked up by it.
    const word = withoutStop(/^[a-z0-9._-]+/.exec(text)?.[0] ?? "");
    if (word === "") continue;
    if (text === `${word}*`) beginnings.push({ text: word, bot });
    else byFirstWord.set(word, [...(byFirstWord.get(word) ?? []), { text, bot }]);
  }
  return { byFirstWord, beginnings };
}

/** The tokens that a User-Agent carries as whole words, longest first, in one pass over it. */
function findTokens(userAgent: string, { byFirstWord, beginnings }: TokenIndex): readonly Token[] {
  const text = userAgent.slice(0, MAX_USER_AGENT).toLowerCase();
  const found: Token[] = [];
  for (const { 0: written, index } of text.matchAll(WORD)) {
    const word = withoutStop(written);
    for (const token of byFirstWord.get(word) ?? []) {
      if (isWholeAt(text, index, token.text)) found.push(token);
    }
    for (const token of beginnings) if (word.startsWith(token.text)) found.push(token);
  }
  return found.sort((a, b) => b.text.length - a.text.length);
}

/** The characters of crawlers' names, in lower case. */
const WORD = /[a-z0-9._-]+/g;

/** A full stop after a word ends a sentence; within a word it is a part of it. */
function withoutStop(word: string): string {
  let end = word.length;
  while (word[end - 1] === ".") end--;
  return word.slice(0, end);
}

function isWholeAt(text: string, start: number, token: string): boolean {
  if (!text.startsWith(token, start)) return false;
  let end = start + token.length;
  while (text[end] === ".") end++;
  return !/[a-z0-9_-]/.test(text.charAt(end));
}

/** The identifier of an agent's URL, by which agents are compared. */
function normalizeAgent(agent: string): string {
  const location = locateDirectory(agent, undefined);
  return typeof location === "object" ? location.agent : agent;
}
