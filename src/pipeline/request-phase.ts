import type { Answer, Exchange } from "./exchange.ts";
import { leadsToItself, locationIn, TO_ITSELF } from "./self-redirect.ts";
import { guard, type Guarded } from "./guard.ts";
import { ownAnswer } from "./own-answer.ts";
import type { Passage } from "./passage.ts";
import type { Slot } from "./slot.ts";
import type { Awaitable, RequestOutcome } from "./stage.ts";

const KINDS = new Set<unknown>(["ineligible", "declined", "forward", "respond"]);
const ANSWERED_BEFORE = { kind: "ineligible", reason: "answered-before" } as const;

/** Shows the request to every stage, in order; the answer where one of them gives it by itself. */
export function runRequestPhase(passage: Passage): Awaitable<Answer | undefined> {
  return askFrom(0, undefined, passage);
}

/** Waits for no stage that says at once what it decides. */
function askFrom(
  first: number,
  before: Answer | undefined,
  passage: Passage,
): Awaitable<Answer | undefined> {
  const { exchange, slots, timeout } = passage;
  let answer = before;
  for (let i = first; i < slots.length; i++) {
    const slot = slots[i] as Slot;
    if (slot.stage.onRequest === undefined) continue;
    passage.begin();
    const call = guard(() => slot.stage.onRequest?.(exchange, slot.effective.policy), timeout);
    if (call instanceof Promise) {
      const known = answer;
      return call.then((result) => askFrom(i + 1, take(i, result, known, passage), passage));
    }
    answer = take(i, call, answer, passage);
  }
  return answer;
}

/** Records what a stage said, and carries it out; the answer after that. */
function take(
  at: number,
  result: Guarded<RequestOutcome | undefined>,
  answer: Answer | undefined,
  passage: Passage,
): Answer | undefined {
  const { exchange, slots } = passage;
  const slot = slots[at] as Slot;
  let outcome = result.ok ? result.value : undefined;
  if (!KINDS.has(outcome?.kind)) {
    passage.fail(slot, "request", result.ok ? new TypeError("not an outcome") : result.error);
    outcome = insteadOf(slot, exchange);
    if (outcome === undefined) {
      slot.out = true;
      return answer;
    }
  }
  const known = withoutLoop(outcome as RequestOutcome, exchange);
  const isOver = answer !== undefined && known.kind === "respond";
  passage.record(slot, "request", isOver ? ANSWERED_BEFORE : known);
  slot.out = known.kind === "ineligible" || isOver;
  if (slot.effective.mode === "observe" || slot.out) return answer;
  slot.request = known;
  if (known.kind === "forward" && asksForMore(known, exchange.target)) passage.acted(slot);
  if (known.kind !== "respond") {
    if (slot.stage.onResponse === undefined) passage.vary(slot.stage, known);
    return answer;
  }
  slot.out = true;
  let own: Answer;
  try {
    own = ownAnswer(exchange, known.response);
  } catch (error) {
    passage.fail(slot, "request", error);
    return answer;
  }
  passage.acted(slot);
  // What was decided on the way here led to this answer; only later stages see it.
  for (const before of slots.slice(0, at + 1)) {
    if (before.request !== undefined) passage.vary(before.stage, before.request);
    before.out = true;
  }
  return own;
}

/** What a stage that failed, or took too long, wants in its place; nothing if that fails as well. */
function insteadOf({ stage, effective }: Slot, exchange: Exchange): RequestOutcome | undefined {
  if (effective.mode !== "enforce") return undefined;
  try {
    return stage.whenFailed?.(exchange, effective.policy);
  } catch {
    return undefined;
  }
}

/** No stage sends a client to where it comes from: the origin server is asked instead. */
function withoutLoop(outcome: RequestOutcome, exchange: Exchange): RequestOutcome {
  // A stage may answer anything: what is no response fails once it is carried out.
  const response = outcome.kind === "respond" ? outcome.response : undefined;
  if (!Array.isArray(response?.fields)) return outcome;
  const { status, fields } = response;
  return leadsToItself(status, locationIn(fields), exchange) ? TO_ITSELF : outcome;
}

/** Whether the origin is asked for another thing, or told more, than the client's request has it. */
function asksForMore(
  { target, set }: RequestOutcome & { kind: "forward" },
  received: string,
): boolean {
  return (target !== undefined && target !== received) || set !== undefined;
}
