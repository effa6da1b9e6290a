import { privateFields } from "../http/cache-control.ts";
import { parseEntityTag } from "../http/validators.ts";
import { andThen } from "../timing/and-then.ts";
import { restoreEntityTag, type Preconditions } from "./conditional.ts";
import type { Answer, OriginClient, OriginRequest } from "./exchange.ts";
import { guard } from "./guard.ts";
import { headOf } from "./head.ts";
import { ownAnswer } from "./own-answer.ts";
import { decideAddress } from "./other-address.ts";
import type { Passage } from "./passage.ts";
import { planOf, preconditionsOf, prepareRequest, type Plan } from "./prepare.ts";
import { settleTargets, takeAddress } from "./settle-targets.ts";
import type { Slot } from "./slot.ts";
import type { Awaitable, HeldResponse, Reask } from "./stage.ts";

/** Times that the origin is asked for one exchange at most. */
const MAX_ASKS = 3;

/** The answer that the response phases work on, and the preconditions left to evaluate on it. */
export interface OriginAnswer {
  readonly answer: Answer;
  readonly preconditions: Preconditions;
}

/** Gets the origin's answer, or what a stage holds of it; rejects with the origin client's error. */
export function ask(passage: Passage, origin: OriginClient): Awaitable<OriginAnswer> {
  return andThen(settleTargets(passage), () => askSettled(passage, origin));
}

function askSettled(passage: Passage, origin: OriginClient): Awaitable<OriginAnswer> {
  const { exchange, slots, decodable } = passage;
  const holder = findHolder(slots);
  const held = holder?.request?.kind === "forward" ? holder.request.held : undefined;
  const plan = planOf(exchange, slots);
  if (holder !== undefined && held?.isFresh === true && passage.reuses) {
    const preconditions = preconditionsOf(exchange, plan, decodable);
    const answer = takeHeld(passage, holder, held);
    if (answer !== undefined) return { answer, preconditions };
  }
  return askOrigin(passage, origin, plan, holder, held);
}

async function askOrigin(
  passage: Passage,
  origin: OriginClient,
  first: Plan,
  holder: Slot | undefined,
  held: HeldResponse | undefined,
): Promise<OriginAnswer> {
  const { exchange, decodable } = passage;
  const asked: string[] = [];
  let plan = first;
  for (;;) {
    const { request, preconditions } = prepareRequest(exchange, plan, decodable);
    const elsewhere = passage.elsewhere?.target === plan.target ? passage.elsewhere : undefined;
    for (const [name, value] of elsewhere?.set ?? []) request.fields.set(name, value);
    const confirms = asked.length === 0 && addValidator(request, preconditions, held);
    const answer = await origin(request);
    asked.push(plan.target);
    // Before any stage sees it, so that nobody keeps it for others.
    if (elsewhere?.isForSome === true) keepPrivate(answer);
    if (answer.status === 304) {
      if (confirms && holder !== undefined && held !== undefined) {
        const kept = takeHeld(passage, holder, held, answer);
        if (kept !== undefined) return { answer: kept, preconditions };
        // What is held is of no use after all: asked again, now without its validator.
        continue;
      }
      restoreEntityTag(answer.fields, preconditions);
    }
    const again = asked.length < MAX_ASKS ? await reaskOf(passage, answer, asked) : undefined;
    if (again === undefined) return { answer, preconditions };
    answer.body?.release();
    plan = replan(plan, again);
  }
}

function replan(plan: Plan, { target, variant, whole }: Reask): Plan {
  return { ...plan, target, variant, whole: plan.whole || whole === true };
}

/** A held response counts only where no stage before its own wants to see the origin's. */
function findHolder(slots: readonly Slot[]): Slot | undefined {
  for (const slot of slots) {
    const { request } = slot;
    if (request?.kind !== "forward") continue;
    if (request.held !== undefined) return slot;
    if (request.reads === true) return undefined;
  }
  return undefined;
}

/** The holder's response phase has been carried out before. */
function takeHeld(
  passage: Passage,
  holder: Slot,
  held: HeldResponse,
  confirmed?: Answer,
): Answer | undefined {
  passage.begin();
  try {
    const answer = ownAnswer(passage.exchange, held.response(confirmed?.fields));
    passage.record(holder, "response", { kind: "held", reason: "held" });
    if (confirmed === undefined) passage.reused();
    passage.vary(holder.stage);
    passage.acted(holder);
    holder.out = true;
    return answer;
  } catch (error) {
    passage.fail(holder, "response", error);
    return undefined;
  }
}

/**
 * Asks whether what we hold still holds, where the client's own preconditions leave room: a 304 must
 * tell by itself whose validator it confirms.
 */
function addValidator(
  { fields }: OriginRequest,
  { asked }: Preconditions,
  held: HeldResponse | undefined,
): boolean {
  const tag = held?.etag === undefined ? undefined : parseEntityTag(held.etag);
  if (tag === undefined || asked.length > 0) return false;
  const names = ["if-none-match", "if-modified-since", "if-match", "if-unmodified-since"];
  if (names.some((name) => fields.get(name) !== undefined)) return false;
  fields.set("if-none-match", held?.etag ?? "");
  return true;
}

/** The rules of an address that few may see say nothing to caches about the address that was asked for. */
function keepPrivate({ fields }: Answer): void {
  for (const [name, value] of privateFields(fields)) fields.set(name, value);
  fields.set("cache-control", "private, no-store");
}

function reaskOf(
  passage: Passage,
  answer: Answer,
  asked: readonly string[],
): Awaitable<Reask | undefined> {
  const { exchange, slots, timeout } = passage;
  for (const slot of slots) {
    const { stage, request, effective, out } = slot;
    if (out || request?.kind !== "forward" || stage.onOriginHead === undefined) continue;
    passage.begin();
    const result = guard(
      () => stage.onOriginHead?.(headOf(answer), exchange, effective.policy, asked),
      timeout,
    );
    if (result instanceof Promise) continue;
    if (!result.ok) passage.fail(slot, "response", result.error);
    else if (result.value !== undefined) {
      return allowedReask(passage, slot, result.value);
    }
  }
  return undefined;
}

/** The other target, if its address's own rules let this client have it. */
function allowedReask(passage: Passage, slot: Slot, reask: Reask): Awaitable<Reask | undefined> {
  const { target, reason } = reask;
  const isOwn = target === passage.exchange.target;
  return andThen(isOwn ? undefined : decideAddress(passage, slot, target), (decision) => {
    if (decision?.kind === "refused") {
      passage.record(slot, "response", { kind: "declined", reason: decision.reason });
      return undefined;
    }
    if (decision !== undefined) takeAddress(passage, slot, target, decision);
    passage.record(slot, "response", { kind: "reask", reason });
    passage.acted(slot);
    return reask;
  });
}
