import type { FeatureParts } from "../../../feature/parts.ts";
import { parseCacheControl } from "../../../http/cache-control.ts";
import type { Exchange } from "../../../pipeline/exchange.ts";
import { ExchangeValue } from "../../../pipeline/exchange-value.ts";
import type { Awaitable, ResponseHead, ResponseOutcome } from "../../../pipeline/stage.ts";
import { andThen } from "../../../timing/and-then.ts";
import { CACHED, type ActionStage, type RefusedVerdict, type Verdict } from "../action.ts";
import type { AccessPolicy } from "../policy.ts";
import type { AccessReason } from "../reasons.ts";
import { clientOf, UNKNOWN_CLIENT } from "./client.ts";
import { LimitCounter, type Counted, type QuotaClaim } from "./counter.ts";
import { policyField, stateField } from "./fields.ts";
import { describeQuota, quotasOf } from "./quotas.ts";
import { refusal, unavailable } from "./refusal.ts";

/** The parts of the proxy that limits need; without `rates`, nothing is counted. */
export type LimitParts = Partial<
  Pick<FeatureParts, "rates" | "rateBinding" | "originServer" | "log">
>;

/** Refuses clients that exceed a rule's limits. */
export function limitAction(parts: LimitParts): ActionStage {
  const { originServer = "", rates, rateBinding, log } = parts;
  let isTold = false;
  const counter = rates && new LimitCounter(rates, rateBinding);
  const answers = new ExchangeValue<Map<AccessPolicy, Awaitable<Verdict>>>();
  const counts = new ExchangeValue<Map<AccessPolicy, Counted>>();

  const verdictOn = (
    counter: LimitCounter,
    exchange: Exchange,
    policy: AccessPolicy,
    rule: string,
  ): Awaitable<Verdict> => {
    const quotas = quotasOf(policy);
    const { ipv4Prefix = 24 } = policy;
    const wanted = quotas.map((quota): QuotaClaim => {
      const client = clientOf(exchange, quota.client, ipv4Prefix);
      if (client === UNKNOWN_CLIENT && !isTold) {
        isTold = true;
        log?.warn("limit-without-address", { rule, means: SHARED });
      }
      return { quota, client, key: `${client}\t${originServer}/${rule}/${quota.name}` };
    });
    return andThen(counter.count(exchange, wanted), (counted): Verdict => {
      if (counted.isInsured && policy.onError === "deny") {
        counted.leave();
        return limitFailed(exchange, policy);
      }
      if (counted.exceeded.length > 0) return refuse(counted, exchange, policy);
      counter.countEnd(exchange, wanted, counted);
      counts.set(exchange, (counts.get(exchange) ?? new Map()).set(policy, counted));
      const reason = counted.isInsured ? "counted-in-memory" : "within-limit";
      return { kind: "admit", reason, seesResponse: true };
    });
  };

  return {
    onRequest(exchange, policy, rule) {
      // An answer from another address with the same rule is the same request.
      const asked = exchange.requested ?? exchange;
      if (asked.record === undefined || counter === undefined) return NOT_COUNTED;
      const known = answers.get(asked) ?? new Map<AccessPolicy, Awaitable<Verdict>>();
      answers.set(asked, known);
      const verdict = known.get(policy) ?? verdictOn(counter, asked, policy, rule);
      known.set(policy, verdict);
      return verdict;
    },

    onResponse(head, exchange, policy) {
      const counted = counts.get(exchange)?.get(policy);
      return counted === undefined ? SAME : withFields(head, exchange, policy, counted);
    },

    // The addresses of exempt documents are few; a page there is not worth a count.
    refusesPage: () => undefined,
  };
}

const SHARED =
  "clients whose address is unknown share one limit; the middleware needs clientAddress";

const NOT_COUNTED = { kind: "admit", reason: "not-counted" } as const satisfies Verdict;
const SAME = { kind: "declined", reason: "same-for-all" } as const;

/** The refusal if nothing could be counted, and `onError` denies. */
export function limitFailed(exchange: Exchange, policy: AccessPolicy): RefusedVerdict {
  const response = unavailable(exchange.field("accept"), policy);
  return { kind: "refuse", reason: "limit-unavailable", response };
}

function refuse({ exceeded }: Counted, exchange: Exchange, policy: AccessPolicy): RefusedVerdict {
  const detail = {
    limit: exceeded.map(({ quota }) => describeQuota(quota)).join(", and "),
    client: [...new Set(exceeded.map(({ client }) => client))].join(", "),
  };
  const response = refusal(exceeded, exchange.field("accept"), policy);
  return { kind: "refuse", reason: "over-limit", response, detail };
}

/**
 * Adds the fields only to responses that no shared cache stores: other clients would take them for
 * their own. A redirect has no RateLimit, since a client that reads r=0 would not follow it.
 */
function withFields(
  { status, fields }: ResponseHead,
  { method }: Exchange,
  { sharedCaches }: AccessPolicy,
  { states }: Counted,
): ResponseOutcome<AccessReason> {
  if (status === 101) return SAME;
  const directives = parseCacheControl(fields.get("cache-control"));
  const isPrivate =
    (sharedCaches === "bypass" && CACHED.has(status)) ||
    (method !== "GET" && method !== "HEAD") ||
    directives.has("private") ||
    directives.has("no-store");
  if (!isPrivate) return SAME;
  const isRedirect = status >= 300 && status < 400 && status !== 304;
  const state = isRedirect ? undefined : stateField(states);
  const lines = [policyField(states.map(({ quota }) => quota)), ...(state ? [state] : [])];
  return { kind: "amend", reason: "limit-fields", fields: { append: lines } };
}
