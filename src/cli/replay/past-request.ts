import { findBot, agentWith, EVIDENCE_VALUES, type EvidenceValue } from "../../simulate/facts.ts";
import type { PastRequest } from "../../simulate/replayer.ts";
import type { Agent } from "../../agent/agent.ts";
import type { Bot } from "../../agent/bots.ts";
import { trustedMember } from "../../http/forwarded.ts";
import { decideAdmission } from "../../runtime/admit.ts";
import type { LoggedRequest } from "./logged-request.ts";

/** The site and the proxies in front of it, for the values that a log leaves out. */
export interface LogSite {
  readonly scheme: string;
  readonly host: string;
  /** `agents.trustedProxyHops` of the rules. */
  readonly hops: number;
  readonly bots: readonly Bot[];
}

/** Describes the request of a line; undefined if the proxy refuses its method before any rule. */
export function pastRequest(logged: LoggedRequest, site: LogSite): PastRequest | undefined {
  const { method, target, time, status, bytes, country, verifiedCategory, forwardedFor } = logged;
  const admission = decideAdmission({
    method,
    asterisk: false,
    isOld: false,
    field: () => undefined,
  });
  if (admission.kind === "refuse") return undefined;
  const forwarded =
    site.hops > 0 && forwardedFor !== undefined
      ? trustedMember(forwardedFor, site.hops)
      : undefined;
  return {
    method,
    scheme: logged.scheme ?? site.scheme,
    host: logged.host ?? site.host,
    target,
    fields: fieldsOf(logged),
    address: forwarded ?? logged.address,
    country,
    agent: knownAgent(logged, site.bots),
    time,
    status,
    bytes,
    ...(verifiedCategory === undefined
      ? {}
      : { platformVerdict: { by: "cloudflare", category: verifiedCategory } }),
  };
}

function fieldsOf({ userAgent, referrer, fields = [] }: LoggedRequest): PastRequest["fields"] {
  const named: [string, string][] = [];
  if (userAgent !== undefined) named.push(["user-agent", userAgent]);
  if (referrer !== undefined) named.push(["referer", referrer]);
  return [...named, ...fields];
}

/** The agent as our own proxy identified it, if the line is of its log. */
function knownAgent({ known }: LoggedRequest, bots: readonly Bot[]): Agent | undefined {
  if (known === undefined) return undefined;
  const { verdict, name, evidence } = known;
  const found = name === undefined ? undefined : findBot(name, bots);
  const bot = typeof found === "object" ? found : undefined;
  if (verdict === "anonymous") return { kind: "anonymous" };
  if (verdict === "claimed" || verdict === "spoofed") {
    if (bot === undefined) return { kind: "anonymous" };
    const spoofed = verdict === "spoofed" ? { isSpoofed: true as const } : {};
    return { kind: "claimed", bot, reason: "unsigned", network: "no-source", ...spoofed };
  }
  const value = EVIDENCE_VALUES.find((each) => each === (evidence ?? verdict));
  return agentWith(bot, value ?? ("verified" satisfies EvidenceValue));
}

/** Reasons for which an address proves nothing, although another day it might. */
const UNKNOWN_NETWORK = new Set([
  "no-source",
  "no-list",
  "no-address",
  "reverse-dns-pending",
  "reverse-dns-unknown",
]);

/**
 * The agent if its claim is true, for a claim that the log can't verify; undefined for all others: for a
 * claim that the address refutes, and for a bot that has no way to prove itself.
 */
export function asVerified(agent: Agent): Agent | undefined {
  if (agent.kind !== "claimed" || agent.isSpoofed === true) return undefined;
  const { bot, network = "no-source" } = agent;
  if (bot.signatureAgents.length > 0) return agentWith(bot, "signature");
  if (!UNKNOWN_NETWORK.has(network)) return undefined;
  if (bot.ipRanges.length > 0) return agentWith(bot, "ip-range");
  return bot.reverseDns.length > 0 ? agentWith(bot, "reverse-dns") : undefined;
}
