import type { Agent } from "../../../agent/agent.ts";
import { ContentCheck } from "../../../pipeline/content-check.ts";
import type { Exchange } from "../../../pipeline/exchange.ts";
import type { ActionStage, RefusedVerdict } from "../action.ts";
import type { AccessPolicy } from "../policy.ts";
import { decideChallenge, type ChallengeDecision } from "./decide.ts";
import { newNonce, refusal } from "./refusal.ts";

type Refused = Exclude<ChallengeDecision, { kind: "allow" }>;

/** Refuses agents with too little evidence, and asks for a signature. */
export function challengeAction(requiresNonce: boolean): ActionStage {
  const refuse = (decision: Refused, exchange: Exchange, policy: AccessPolicy): RefusedVerdict =>
    refuseBy(decision, exchange, policy, requiresNonce ? newNonce() : undefined);
  const asksForEvidence = { kind: "challenge", reason: "no-evidence" } as const;
  return {
    admits(exchange, policy) {
      const decision = decide(exchange, policy);
      if (decision.kind !== "allow") return undefined;
      if (decision.reason === "evidence-suffices") {
        checkContent(exchange, policy, () => refuse(asksForEvidence, exchange, policy));
      }
      return decision.reason;
    },

    onRequest(exchange, policy) {
      const decision = decide(exchange, policy);
      return decision.kind === "allow"
        ? { kind: "admit", reason: decision.reason }
        : refuse(decision, exchange, policy);
    },

    refusesPage(exchange, policy) {
      const isAdmitted = decide(exchange, policy).kind === "allow";
      return isAdmitted
        ? undefined
        : refuse({ kind: "challenge", reason: "no-document" }, exchange, policy);
    },
  };
}

/** The refusal if the proxy failed to identify the agent, and `onError` denies. */
export function challengeFailed(exchange: Exchange, policy: AccessPolicy): RefusedVerdict {
  return refuseBy({ kind: "challenge", reason: "failed-closed" }, exchange, policy, undefined);
}

function refuseBy(
  { kind, reason }: Refused,
  exchange: Exchange,
  { message, contact, license }: AccessPolicy,
  nonce: string | undefined,
): RefusedVerdict {
  const { agent } = exchange;
  const notice = { message, contact, license };
  const response = refusal(kind, { agent, accept: exchange.field("accept"), nonce, notice });
  return { kind: "refuse", reason, response };
}

function decide({ agent }: Exchange, policy: AccessPolicy): ChallengeDecision {
  return decideChallenge(agent, policy);
}

/** Has the content compared with the digests that the agent's signature covers. */
function checkContent(
  exchange: Exchange,
  { mode }: AccessPolicy,
  refused: () => RefusedVerdict,
): void {
  const { agent } = exchange;
  if (mode !== "enforce" || agent.kind !== "verified" || agent.digests === undefined) return;
  exchange.contentCheck = new ContentCheck(agent.digests, () => {
    exchange.agent = refuted(agent);
    return refused().response;
  });
}

function refuted({ bot }: Agent & { kind: "verified" }): Agent {
  return { kind: "invalid", bot, reason: "content-digest-mismatch" };
}
