import { type Agent, botOf } from "../../agent/agent.ts";
import { privateFields } from "../../http/cache-control.ts";
import { splitList } from "../../http/list.ts";
import { problem } from "../../http/problem.ts";
import { splitTarget } from "../../http/target.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { OwnResponse, RequestOutcome, Stage } from "../../pipeline/stage.ts";
import { decideAccess, type AccessDecision } from "./decide.ts";
import type { AccessPolicy } from "./policy.ts";
import type { AccessReason } from "./reasons.ts";
import { DisplayString, serializeItem, Token } from "structured-headers";

/** Requires a signature if a rule does, and names the agent to the origin server. */
export function access(): Stage<AccessPolicy, AccessReason> {
  // Identity never goes into Vary: a challenge is `private, no-store` instead.
  return {
    onRequest(exchange, policy) {
      const { agent, target } = exchange;
      const decision = decideAccess(agent, splitTarget(target).path, policy);
      return outcomeOf(decision, agent, policy, exchange.field("accept"));
    },

    onResponse({ status, fields }, _exchange, { action, sharedCaches }) {
      if (action === "challenge" && sharedCaches === "bypass" && CACHED.has(status)) {
        return { kind: "amend", reason: "shared-caches", fields: { set: privateFields(fields) } };
      }
      // Caches in front of the proxy do not see Wayleave-Agent, and so no variants.
      const names = splitList(fields.get("vary") ?? "").map((name) => name.toLowerCase());
      return names.includes(AGENT_FIELD)
        ? { kind: "amend", reason: "varies-on-agent", fields: { set: privateFields(fields) } }
        : { kind: "declined", reason: "same-for-all" };
    },
  };
}

/** Refuses a request whose identification failed, if the rule's `onError` says so. */
export function refuseAfterFailure(
  exchange: Exchange,
  { action, onError }: AccessPolicy,
): RequestOutcome<AccessReason> | undefined {
  return action === "allow" || onError === "allow"
    ? undefined
    : refuse({ kind: "challenge", reason: "failed-closed" }, exchange.field("accept"));
}

/** Statuses of a page, or a part of it, that a cache could send to other clients. */
const CACHED = new Set([200, 206, 304]);

/** RFC 9421 §5.1: the components and parameters that a signature must have. */
const ACCEPT_SIGNATURE = 'sig1=("@authority" "signature-agent");created;expires;tag="web-bot-auth"';

const REFUSALS = {
  challenge: {
    name: "signature-required",
    detail: "Sign the request as a Web Bot Auth agent, as Accept-Signature says.",
  },
  malformed: { name: "signature-malformed", detail: "The signature fields can't be parsed: " },
  replayed: {
    name: "signature-replayed",
    detail: "This signature was used before; sign each request with a new nonce.",
  },
} as const;

function refuse(
  { kind, reason }: Exclude<AccessDecision, { kind: "allow" }>,
  accept: string | undefined,
): RequestOutcome<AccessReason> {
  const { name, detail } = REFUSALS[kind];
  const text = kind === "malformed" ? `${detail}${reason}.` : detail;
  const { status, fields, content } = problem(name, text, accept);
  const others = fields.filter(([field]) => field !== "cache-control");
  const response: OwnResponse = {
    status,
    fields: [
      ...others,
      ["cache-control", "private, no-store"],
      // Every refused client learns which signature it needs.
      ["accept-signature", ACCEPT_SIGNATURE],
    ],
    content,
  };
  return { kind: "respond", reason, response };
}

function outcomeOf(
  decision: AccessDecision,
  agent: Agent,
  { forwardAgent, sharedCaches }: AccessPolicy,
  accept: string | undefined,
): RequestOutcome<AccessReason> {
  if (decision.kind !== "allow") return refuse(decision, accept);
  const { reason } = decision;
  if (forwardAgent) return { kind: "forward", reason, set: [[AGENT_FIELD, formatAgent(agent)]] };
  // The stage sees the response only if it may have to make it private.
  return { kind: sharedCaches === "bypass" ? "declined" : "ineligible", reason };
}

/** The field that names the agent to the origin server; a client's own is never forwarded. */
const AGENT_FIELD = "wayleave-agent";

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
  return serializeItem([new Token(agent.kind), params]);
}

/** A String has ASCII only (RFC 9651 §3.3.3). */
function text(value: string): string | DisplayString {
  return /^[\x20-\x7e]*$/.test(value) ? value : new DisplayString(value);
}
