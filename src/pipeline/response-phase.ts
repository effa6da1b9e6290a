import { forbidsTransform } from "../http/cache-control.ts";
import { applyOutcome } from "./apply.ts";
import type { Answer, Exchange } from "./exchange.ts";
import { guard, type Guarded } from "./guard.ts";
import { headOf, isReadable } from "./head.ts";
import { lastReader, withoutContent } from "./head-request.ts";
import type { Passage } from "./passage.ts";
import { runScan } from "./read.ts";
import type { Slot } from "./slot.ts";
import type { Awaitable, FinalOutcome, ResponseOutcome } from "./stage.ts";

const KINDS = new Set(["ineligible", "declined", "amend", "replace", "transform", "respond"]);

/** Shows the answer to every stage that is still in, in order, and carries out what they decide. */
export async function runResponsePhase(passage: Passage, origin: Answer): Promise<Answer> {
  const { exchange, slots, timeout } = passage;
  const reader = lastReader(exchange, slots);
  let answer = origin;
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] as Slot;
    if (i > reader) answer = withoutContent(exchange, answer);
    if (slot.out || slot.stage.onResponse === undefined) continue;
    passage.begin();
    const call = decide(slot, exchange, answer, timeout);
    const result = call instanceof Promise ? await call : call;
    if (!result.ok) {
      passage.fail(slot, "response", result.error);
      if (slot.effective.mode === "enforce") passage.vary(slot.stage);
      continue;
    }
    const outcome = allowed(result.value, passage, answer);
    passage.record(slot, "response", outcome);
    if (slot.effective.mode === "observe" || outcome.kind === "ineligible") continue;
    passage.vary(slot.stage, outcome);
    if (outcome.kind === "declined") continue;
    const before = answer;
    const applied = await guard(() => applyOutcome(before, outcome, exchange, timeout), timeout);
    if (applied.ok) {
      answer = applied.value;
      if (changes(outcome)) passage.acted(slot);
    } else passage.fail(slot, "response", applied.error);
  }
  return withoutContent(exchange, answer);
}

/** What is only read on its way is not changed. */
function changes(outcome: FinalOutcome): boolean {
  if (outcome.kind !== "amend") return true;
  const { set = [], append = [] } = outcome.fields;
  return set.length + append.length > 0;
}

/** The stage's outcome for this response, its scan run where it asks for one. */
function decide(
  { stage, effective }: Slot,
  exchange: Exchange,
  answer: Answer,
  timeout: number,
): Awaitable<Guarded<FinalOutcome>> {
  const asked = guard(
    () => stage.onResponse?.(headOf(answer), exchange, effective.policy),
    timeout,
  );
  return asked instanceof Promise
    ? asked.then((result) => settle(result, answer, timeout))
    : settle(asked, answer, timeout);
}

function settle(
  asked: Guarded<ResponseOutcome | undefined>,
  { body }: Answer,
  timeout: number,
): Awaitable<Guarded<FinalOutcome>> {
  if (!asked.ok) return asked;
  const outcome = asked.value;
  if (outcome?.kind !== "scan") return guard(() => final(outcome), timeout);
  if (body === null) return { ok: true, value: { kind: "declined", reason: "no-content" } };
  if (!body.readable) {
    return { ok: true, value: { kind: "declined", reason: "unreadable-coding" } };
  }
  // The scan has the bound on time itself; this one is for a scan that ignores it.
  return guard(async () => final(await runScan(body.open(), outcome, timeout)), timeout + 1000);
}

function final(outcome: FinalOutcome | undefined): FinalOutcome {
  if (outcome === undefined || !KINDS.has(outcome.kind)) throw new TypeError("not an outcome");
  return outcome;
}

/** The outcome, or why the content stays as it is whatever the stage decided. */
function allowed(
  outcome: FinalOutcome,
  { exchange, decodable }: Passage,
  answer: Answer,
): FinalOutcome {
  if (outcome.kind !== "replace" && outcome.kind !== "transform") return outcome;
  // RFC 9111 §5.2.1.6 and §5.2.2.6: either side may forbid another form of the content.
  const isForbidden =
    forbidsTransform(answer.fields.get("cache-control")) ||
    forbidsTransform(exchange.field("cache-control"));
  const varyOn = outcome.varyOn ?? [];
  if (isForbidden) return { kind: "declined", reason: "no-transform", varyOn };
  return isReadable(answer, decodable)
    ? outcome
    : { kind: "declined", reason: "unreadable-coding", varyOn };
}
