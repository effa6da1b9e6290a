import { andThen, inOrder } from "../timing/and-then.ts";
import { decideAddress, obeyAddress, type AddressDecision } from "./other-address.ts";
import type { ExchangeRun } from "./exchange-run.ts";
import type { StageTurn } from "./stage-turn.ts";
import type { Awaitable, RequestOutcome } from "./stage.ts";

type Forward = RequestOutcome & { readonly kind: "forward" };

/**
 * Before the request to the origin server: withdraws a stage's request for another address if the rules
 * of that address do not let this client have it. Synchronous if no stage requests another address.
 */
export function settleTargets(run: ExchangeRun): Awaitable<undefined> {
  return inOrder(run.turns, undefined, settleTurn, run);
}

function settleTurn(
  _settled: undefined,
  turn: StageTurn,
  _at: number,
  run: ExchangeRun,
): Awaitable<undefined> {
  const { request } = turn;
  if (request?.kind !== "forward") return undefined;
  const { target: own } = run.exchange;
  const target = request.target ?? own;
  const madeFrom = request.reusable?.target ?? target;
  if (target === own && madeFrom === own) return undefined;
  return settle(run, turn, request, target, madeFrom);
}

/** Applies the rules of another address to the rest of this exchange. */
export function applyAddress(
  run: ExchangeRun,
  turn: StageTurn,
  target: string,
  decision: AddressDecision & { readonly kind: "allowed" },
): void {
  run.elsewhere = { target, ...decision };
  obeyAddress(run, turn, target, decision.policyAt);
}

function settle(
  run: ExchangeRun,
  turn: StageTurn,
  request: Forward,
  target: string,
  madeFrom: string,
): Awaitable<undefined> {
  if (madeFrom !== target) {
    // The reusable response comes from another address than the target.
    return andThen(decideAddress(run, turn, madeFrom), (decision) => {
      if (decision === undefined || (decision.kind === "allowed" && !decision.isForSome)) {
        if (decision !== undefined) applyAddress(run, turn, madeFrom, decision);
        return settleTarget(run, turn, request, target);
      }
      const { reusable: _reusable, ...rest } = request;
      turn.request = rest;
      return settleTarget(run, turn, rest, target);
    });
  }
  return settleTarget(run, turn, request, target);
}

function settleTarget(
  run: ExchangeRun,
  turn: StageTurn,
  request: Forward,
  target: string,
): Awaitable<undefined> {
  return andThen(decideAddress(run, turn, target), (decision) => {
    if (decision === undefined) return undefined;
    if (decision.kind === "allowed") {
      applyAddress(run, turn, target, decision);
      return undefined;
    }
    run.record(turn, "request", { kind: "declined", reason: decision.reason });
    const { otherwise } = request;
    if (otherwise !== undefined) {
      const { otherwise: _other, target: _target, ...rest } = request;
      const next: Forward = { ...rest, ...otherwise };
      turn.request = next;
      return settleTarget(run, turn, next, next.target ?? run.exchange.target);
    }
    // Withdrawn: the request is for the client's own address.
    turn.out = true;
    delete turn.request;
    run.vary(turn.stage);
    return undefined;
  });
}
