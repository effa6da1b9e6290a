import { pagesBehind } from "../http/markdown-url.ts";
import { splitTarget } from "../http/target.ts";
import { andThen, inOrder } from "../timing/and-then.ts";
import { ExchangeAt } from "./exchange-at.ts";
import { guard, outcomeOfFailure } from "./guard.ts";
import { isForEveryRequest } from "./interest.ts";
import type { ExchangeRun } from "./exchange-run.ts";
import type { EffectivePolicy, FeatureName } from "./policy.ts";
import type { StageTurn } from "./stage-turn.ts";
import type { Awaitable, FeatureStage } from "./stage.ts";

/** Whether a client may get an answer from another address than it requested. */
export type AddressDecision =
  | { readonly kind: "refused"; readonly reason: "address-refused" | "address-off" }
  | {
      readonly kind: "allowed";
      /** Whether only some clients may get it, because the address has rules of its own that refuse others. */
      readonly isForSome: boolean;
      /** Fields that the guards of that address set for the origin server. */
      readonly set: readonly (readonly [name: string, value: string])[];
      readonly policyAt: (feature: FeatureName) => EffectivePolicy;
    };

/**
 * Decides by the rules of another address whether this client may get an answer from it: the guards
 * there must let the client pass, and the feature must be on there.
 *
 * @param wanted the turn of the stage that requests the other address
 * @returns undefined for the client's own address
 */
export function decideAddress(
  run: ExchangeRun,
  wanted: StageTurn,
  target: string,
): Awaitable<AddressDecision | undefined> {
  if (target === run.exchange.target) return undefined;
  const policyAt = run.policiesAt(target);
  if (policyAt(wanted.stage.feature).mode !== "enforce") {
    return { kind: "refused", reason: "address-off" };
  }
  return passGuards(run, target, policyAt);
}

/** Ends the turns of stages for whose features the rules of the other address allow less. */
export function obeyAddress(
  { exchange, turns }: ExchangeRun,
  wanted: StageTurn,
  target: string,
  policyAt: (feature: FeatureName) => EffectivePolicy,
): void {
  // The address's own rules already include the rules of the pages behind it.
  const isBehind = pagesBehind(splitTarget(exchange.target).path).includes(
    splitTarget(target).path,
  );
  for (const turn of turns) {
    if (turn === wanted || isForEveryRequest(turn.stage)) continue;
    const { mode, policy } = policyAt(turn.stage.feature);
    const isLess = RANK[mode] < RANK[turn.effective.mode];
    if (isLess || (!isBehind && policy !== turn.effective.policy)) turn.out = true;
  }
}

const RANK = { off: 0, observe: 1, enforce: 2 } as const;

function passGuards(
  run: ExchangeRun,
  target: string,
  policyAt: (feature: FeatureName) => EffectivePolicy,
): Awaitable<AddressDecision> {
  const { guards, exchange, turns, timeout } = run;
  const begin: AddressDecision = { kind: "allowed", isForSome: false, set: [], policyAt };
  const pass = (before: AddressDecision, stage: FeatureStage): Awaitable<AddressDecision> => {
    const { mode, policy, rule } = policyAt(stage.feature);
    if (before.kind === "refused" || mode !== "enforce") return before;
    const own = turns.find((turn) => turn.stage === stage)?.effective.policy;
    const isOther = own !== policy && stage.guards?.(policy) === true;
    const at = new ExchangeAt(exchange, target);
    const decided = guard(() => stage.onRequest?.(at, policy, rule), timeout);
    return andThen(decided, (result): AddressDecision => {
      // As in the request phase: a guard that fails is skipped, unless the rule then refuses.
      if (!result.ok) run.failed(stage, "request", result.error);
      const outcome = result.ok ? result.value : outcomeOfFailure(stage, exchange, policy);
      if (outcome?.kind === "respond") return { kind: "refused", reason: "address-refused" };
      const fields = outcome?.kind === "forward" ? (outcome.set ?? []) : [];
      return {
        ...before,
        isForSome: before.isForSome || isOther,
        set: [...before.set, ...fields],
      };
    });
  };
  return inOrder(guards, begin, pass, run);
}
