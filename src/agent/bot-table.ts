import { agentName } from "./web-bot-auth/index.ts";
import { BoundedCache } from "../memory/bounded-cache.ts";
import { findTokens, indexTokens, MAX_USER_AGENT } from "./bot-tokens.ts";
import { isUserTriggered, type Bot } from "./bots.ts";

/** The bot table, with indexes for User-Agents and key directories. */
export interface BotTable {
  /**
   * The bots that the User-Agent names, one for each operator (with its longest token), sorted by
   * length of token.
   */
  claims(userAgent: string | undefined): readonly Bot[];
  /** All bots that the User-Agent names, sorted by length of token. */
  named(userAgent: string | undefined): readonly Bot[];
  /** The bot that sent a request signed with a key of this directory. */
  bySignatureAgent(agent: string, userAgent: string | undefined): Bot | undefined;
}

const NONE: readonly Bot[] = [];

/** User-Agents whose claims are cached; a site's visitors share a few. */
const KNOWN_USER_AGENTS = 1000;

/** The bots that one User-Agent names. */
interface NamedBots {
  readonly claims: readonly Bot[];
  readonly all: readonly Bot[];
}

const UNNAMED: NamedBots = { claims: NONE, all: NONE };

/** Indexes a bot table. */
export function compileBots(bots: readonly Bot[]): BotTable {
  const tokens = indexTokens(bots);
  const byAgent = new Map<string, Bot[]>();
  for (const bot of bots) {
    for (const agent of bot.signatureAgents) {
      const key = agentName(agent);
      byAgent.set(key, [...(byAgent.get(key) ?? []), bot]);
    }
  }
  const search = (userAgent: string): NamedBots => {
    const all = [...new Set(findTokens(userAgent, tokens).map(({ bot }) => bot))];
    if (all.length === 0) return UNNAMED;
    const byOperator = new Map<string, Bot>();
    for (const bot of all) if (!byOperator.has(bot.operator)) byOperator.set(bot.operator, bot);
    return { claims: [...byOperator.values()], all };
  };
  const known = new BoundedCache<NamedBots>({ name: "agents", max: KNOWN_USER_AGENTS });
  const find = (userAgent: string | undefined): NamedBots => {
    if (userAgent === undefined) return UNNAMED;
    // A cut User-Agent is searched each time and not cached.
    if (userAgent.length > MAX_USER_AGENT) return search(userAgent);
    return known.getOrMake(userAgent, () => search(userAgent));
  };
  const claims = (userAgent: string | undefined): readonly Bot[] => find(userAgent).claims;

  return {
    claims,
    named: (userAgent) => find(userAgent).all,
    bySignatureAgent(agent, userAgent) {
      const candidates = byAgent.get(agentName(agent)) ?? [];
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
