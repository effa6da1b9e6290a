import type { Agent } from "../../agent/agent.ts";
import type { FeatureParts } from "../../feature/parts.ts";
import { privateFields } from "../../http/cache-control.ts";
import { splitList } from "../../http/list.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import { ExchangeValue } from "../../pipeline/exchange-value.ts";
import type {
  Awaitable,
  FinalOutcome,
  RequestOutcome,
  ResponseHead,
  ResponseOutcome,
  Stage,
} from "../../pipeline/stage.ts";
import { andThen } from "../../timing/and-then.ts";
import { CACHED, type ActionStage, type RefusedVerdict, type Verdict } from "./action.ts";
import { AGENT_FIELD, formatAgent } from "./agent-field.ts";
import { blockAction, blocked } from "./block/action.ts";
import { challengeAction, challengeFailed } from "./challenge/action.ts";
import { ChargeAction, chargeFailed } from "./charge/action.ts";
import type { ChargeParts } from "./charge/settlements.ts";
import { ExemptDocuments } from "./exempt.ts";
import { limitAction, limitFailed, type LimitParts } from "./limit/action.ts";
import type { AccessAction, AccessPolicy } from "./policy.ts";
import type { AccessReason } from "./reasons.ts";
import type { DocumentParts } from "./sitemaps.ts";

/** The parts of the proxy that access needs. */
export type AccessParts = DocumentParts &
  LimitParts &
  ChargeParts &
  Partial<Pick<FeatureParts, "requiresNonce">>;

type Outcome = RequestOutcome<AccessReason>;
type Admitted = Verdict & { readonly kind: "admit" };

/** Admits or refuses requests by the action of their rule, and names the agent to the origin server. */
export function access(parts: AccessParts): Stage<AccessPolicy, AccessReason> {
  const exempt = new ExemptDocuments(parts);
  const actions = actionsOf(parts);
  const admitted = new ExchangeValue<Admitted>();
  const admit = (exchange: Exchange, verdict: Admitted, policy: AccessPolicy): Outcome => {
    if (verdict.seesResponse === true || verdict.reason === "public-document") {
      admitted.set(exchange, verdict);
    }
    return outcomeOf(verdict, exchange.agent, policy);
  };

  // Identity never goes into Vary: a refusal is `private, no-store` instead.
  return {
    onRequest(exchange, policy, rule) {
      const action = actions[policy.action];
      if (action === undefined) return outcomeOf(ALLOWED, exchange.agent, policy);
      const atOnce = action.admits?.(exchange, policy);
      if (atOnce !== undefined) return admit(exchange, { kind: "admit", reason: atOnce }, policy);
      return andThen(exempt.has(exchange, policy.mode), (why): Awaitable<Outcome> => {
        if (why !== undefined) return admit(exchange, { kind: "admit", reason: why }, policy);
        return andThen(action.onRequest(exchange, policy, rule), (verdict) =>
          verdict.kind === "admit" ? admit(exchange, verdict, policy) : respond(verdict),
        );
      });
    },

    onResponse(head, exchange, policy, _mode, rule): Awaitable<ResponseOutcome<AccessReason>> {
      const action = actions[policy.action];
      const verdict = admitted.get(exchange);
      if (action !== undefined && verdict?.reason === "public-document") {
        const refused = isPage(head, exchange, exempt)
          ? action.refusesPage(exchange, policy)
          : undefined;
        if (refused !== undefined) return respond(refused);
      }
      const kept = keptPrivate(head, verdict, policy);
      if (verdict?.seesResponse !== true || action?.onResponse === undefined) return kept;
      return andThen(action.onResponse(head, exchange, policy, rule), (outcome) =>
        both(outcome, kept),
      );
    },

    onAnswer(head, exchange, policy, _mode, rule): Awaitable<ResponseOutcome<AccessReason>> {
      const action = actions[policy.action];
      const isSeen = admitted.get(exchange)?.seesResponse === true;
      return (isSeen ? action?.onAnswer?.(head, exchange, policy, rule) : undefined) ?? SAME;
    },
  };
}

/** The actions that can refuse a request; "allow" is none. */
function actionsOf(parts: AccessParts): Readonly<Partial<Record<AccessAction, ActionStage>>> {
  return {
    block: blockAction(),
    challenge: challengeAction(parts.requiresNonce ?? false),
    limit: limitAction(parts),
    charge: new ChargeAction(parts),
  };
}

/** The outcome for a request that was not decided, if the rule's `onError` denies it. */
export function refuseAfterFailure(exchange: Exchange, policy: AccessPolicy): Outcome | undefined {
  const refusal = policy.onError === "deny" ? FAILURES[policy.action] : undefined;
  return refusal && respond(refusal(exchange, policy));
}

/** The refusals by action; they need no part of the proxy, since that may be what failed. */
const FAILURES: Readonly<
  Partial<Record<AccessAction, (exchange: Exchange, policy: AccessPolicy) => RefusedVerdict>>
> = { block: blocked, challenge: challengeFailed, limit: limitFailed, charge: chargeFailed };

const SAME = { kind: "ineligible", reason: "same-for-all" } as const;
const ALLOWED = { kind: "admit", reason: "allowed" } as const satisfies Verdict;

function respond({ reason, response, detail }: RefusedVerdict) {
  return {
    kind: "respond",
    reason,
    response,
    ...(detail === undefined ? {} : { detail }),
  } as const;
}

function outcomeOf(
  { reason, detail, drop = [], seesResponse = false, bypassesCache = false }: Admitted,
  agent: Agent,
  { forwardAgent, sharedCaches }: AccessPolicy,
): Outcome {
  const told = detail === undefined ? {} : { detail };
  if (forwardAgent || bypassesCache) {
    const set = forwardAgent ? [[AGENT_FIELD, formatAgent(agent)] as const] : [];
    const wishes = { set, drop, bypassesCache, seesOwnAnswers: seesResponse };
    return { kind: "forward", reason, ...wishes, ...told };
  }
  if (seesResponse) return { kind: "declined", reason, seesOwnAnswers: true, ...told };
  // The stage sees the response only if it may have to refuse it, or to make it private.
  const isSeen = sharedCaches === "bypass" || reason === "public-document";
  return { kind: isSeen ? "declined" : "ineligible", reason, ...told };
}

/** The response as it may be stored by caches in front of the proxy, which do not see the agent. */
function keptPrivate(
  { status, fields }: ResponseHead,
  verdict: Admitted | undefined,
  { action, sharedCaches }: AccessPolicy,
): FinalOutcome<AccessReason> {
  const set = privateFields(fields);
  const isForSome = action !== "allow" && verdict?.reason !== "public-document";
  if (isForSome && sharedCaches === "bypass" && CACHED.has(status)) {
    return { kind: "amend", reason: "shared-caches", fields: { set } };
  }
  const names = splitList(fields.get("vary") ?? "").map((name) => name.toLowerCase());
  return names.includes(AGENT_FIELD)
    ? { kind: "amend", reason: "varies-on-agent", fields: { set } }
    : { kind: "declined", reason: "same-for-all" };
}

/** The outcome of an action, with the fields that keep the response private. */
function both(
  outcome: ResponseOutcome<AccessReason>,
  kept: FinalOutcome<AccessReason>,
): ResponseOutcome<AccessReason> {
  if (kept.kind !== "amend") return outcome;
  if (outcome.kind === "ineligible" || outcome.kind === "declined") return kept;
  if (outcome.kind !== "amend") return outcome;
  const { set = [], append = [] } = outcome.fields;
  return { ...outcome, fields: { set: [...(kept.fields.set ?? []), ...set], append } };
}

/** Whether the response to a request for an exempt document is a web page. */
function isPage(
  { status, fields }: ResponseHead,
  { target }: Exchange,
  exempt: ExemptDocuments,
): boolean {
  return status < 300 && !exempt.isDocument(fields.get("content-type"), target);
}
