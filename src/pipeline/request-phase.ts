import type { Answer } from "./exchange.ts";
import { guard } from "./guard.ts";
import { ownAnswer } from "./own-answer.ts";
import type { Passage } from "./passage.ts";
import type { RequestOutcome } from "./stage.ts";

const KINDS = new Set<unknown>(["ineligible", "declined", "forward", "respond"]);
const ANSWERED_BEFORE = { kind: "ineligible", reason: "answered-before" } as const;

/** Shows the request to every stage, in order; the answer where one of them gives it by itself. */
export async function runRequestPhase(passage: Passage): Promise<Answer | undefined> {
  const { exchange, slots, timeout } = passage;
  let answer: Answer | undefined;
  for (const slot of slots) {
    if (slot.stage.onRequest === undefined) continue;
    passage.begin();
    const call = guard(() => slot.stage.onRequest?.(exchange, slot.effective.policy), timeout);
    const result = call instanceof Promise ? await call : call;
    const outcome = result.ok ? result.value : undefined;
    if (!KINDS.has(outcome?.kind)) {
      passage.fail(slot, "request", result.ok ? new TypeError("not an outcome") : result.error);
      slot.out = true;
      continue;
    }
    const known = outcome as RequestOutcome;
    const isOver = answer !== undefined && known.kind === "respond";
    passage.record(slot, "request", isOver ? ANSWERED_BEFORE : known);
    slot.out = known.kind === "ineligible" || isOver;
    if (slot.effective.mode === "observe" || slot.out) continue;
    slot.request = known;
    if (known.kind === "forward" && asksForMore(known, exchange.target)) passage.acted(slot);
    if (known.kind !== "respond") {
      if (slot.stage.onResponse === undefined) passage.vary(slot.stage, known);
      continue;
    }
    const made = guard(() => ownAnswer(exchange, known.response), timeout);
    const own = made instanceof Promise ? await made : made;
    slot.out = true;
    if (!own.ok) {
      passage.fail(slot, "request", own.error);
      continue;
    }
    answer = own.value;
    passage.acted(slot);
    // What was decided on the way here led to this answer; only later stages see it.
    for (const before of slots.slice(0, slots.indexOf(slot) + 1)) {
      if (before.request !== undefined) passage.vary(before.stage, before.request);
      before.out = true;
    }
  }
  return answer;
}

/** Whether the origin is asked for another thing, or told more, than the client's request has it. */
function asksForMore(
  { target, set }: RequestOutcome & { kind: "forward" },
  received: string,
): boolean {
  return (target !== undefined && target !== received) || set !== undefined;
}
