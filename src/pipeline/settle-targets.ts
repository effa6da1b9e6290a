import { andThen } from "../timing/and-then.ts";
import { decideAddress, obeyAddress, type AddressDecision } from "./other-address.ts";
import type { Passage } from "./passage.ts";
import type { Slot } from "./slot.ts";
import type { Awaitable, RequestOutcome } from "./stage.ts";

type Forward = RequestOutcome & { readonly kind: "forward" };

/**
 * Before the origin is asked: takes back what a stage wants to answer from another address, if that
 * address's own rules don't let this client have it. At once where nobody wants any other.
 */
export function settleTargets(passage: Passage): Awaitable<undefined> {
  return settleFrom(passage, 0);
}

/** Takes over what the rules of an address say for the rest of this exchange. */
export function takeAddress(
  passage: Passage,
  slot: Slot,
  target: string,
  decision: AddressDecision & { readonly kind: "allowed" },
): void {
  passage.elsewhere = { target, ...decision };
  obeyAddress(passage, slot, target, decision.policyAt);
}

function settleFrom(passage: Passage, first: number): Awaitable<undefined> {
  const { exchange, slots } = passage;
  for (let i = first; i < slots.length; i++) {
    const slot = slots[i] as Slot;
    const { request } = slot;
    if (request?.kind !== "forward") continue;
    const target = request.target ?? exchange.target;
    const madeFrom = request.held?.target ?? target;
    if (target === exchange.target && madeFrom === exchange.target) continue;
    const settled = settle(passage, slot, request, target, madeFrom);
    if (settled instanceof Promise) return settled.then(() => settleFrom(passage, i + 1));
  }
  return undefined;
}

function settle(
  passage: Passage,
  slot: Slot,
  request: Forward,
  target: string,
  madeFrom: string,
): Awaitable<undefined> {
  if (madeFrom !== target) {
    // What was made before of yet another address.
    return andThen(decideIfOther(passage, slot, madeFrom), (decision) => {
      if (decision === undefined || (decision.kind === "allowed" && !decision.isForSome)) {
        if (decision !== undefined) takeAddress(passage, slot, madeFrom, decision);
        return settleTarget(passage, slot, request, target);
      }
      const { held: _held, ...rest } = request;
      slot.request = rest;
      return settleTarget(passage, slot, rest, target);
    });
  }
  return settleTarget(passage, slot, request, target);
}

function settleTarget(
  passage: Passage,
  slot: Slot,
  request: Forward,
  target: string,
): Awaitable<undefined> {
  return andThen(decideIfOther(passage, slot, target), (decision) => {
    if (decision === undefined) return undefined;
    if (decision.kind === "allowed") {
      takeAddress(passage, slot, target, decision);
      return undefined;
    }
    passage.record(slot, "request", { kind: "declined", reason: decision.reason });
    const { otherwise } = request;
    if (otherwise !== undefined) {
      const { otherwise: _other, target: _target, ...rest } = request;
      const next: Forward = { ...rest, ...otherwise };
      slot.request = next;
      return settleTarget(passage, slot, next, next.target ?? passage.exchange.target);
    }
    // As if the stage had wanted nothing: the client's own address is asked for.
    slot.out = true;
    delete slot.request;
    passage.vary(slot.stage);
    return undefined;
  });
}

function decideIfOther(
  passage: Passage,
  slot: Slot,
  target: string,
): Awaitable<AddressDecision | undefined> {
  return target === passage.exchange.target ? undefined : decideAddress(passage, slot, target);
}
