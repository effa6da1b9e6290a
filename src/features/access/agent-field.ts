import { DisplayString, serializeItem, Token } from "structured-headers";
import { type Agent, botOf, verdictOf } from "../../agent/agent.ts";

/** The field that names the agent to the origin server; a client's own is never forwarded. */
export const AGENT_FIELD = "wayleave-agent";

/**
 * The agent as an Item (RFC 9651 §3.3): the verdict as Token, the known facts as parameters, e.g.
 * `verified;name="GPTBot";operator="OpenAI";category="AI Crawler";evidence=signature`.
 */
export function formatAgent(agent: Agent): string {
  const params = new Map<string, string | Token | DisplayString>();
  const bot = agent.kind === "invalid" ? agent.bot : botOf(agent);
  if (bot !== undefined) {
    params.set("name", text(bot.name));
    params.set("operator", text(bot.operator));
    params.set("category", text(bot.category));
  }
  if (agent.kind === "claimed") params.set("evidence", new Token("claim"));
  if (agent.kind === "verified") {
    params.set("evidence", new Token(agent.evidence));
    if (agent.signatureAgent) params.set("agent", text(agent.signatureAgent));
    if (agent.reason !== undefined) params.set("reason", new Token(agent.reason));
  }
  if (agent.kind === "invalid") params.set("reason", new Token(agent.reason));
  return serializeItem([new Token(verdictOf(agent)), params]);
}

/** A String has ASCII only (RFC 9651 §3.3.3). */
function text(value: string): string | DisplayString {
  return /^[\x20-\x7e]*$/.test(value) ? value : new DisplayString(value);
}
