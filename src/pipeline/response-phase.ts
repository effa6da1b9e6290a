import { forbidsTransform } from "../http/cache-control.ts";
import { andThen, ifThere, inOrder } from "../timing/and-then.ts";
import { applyOutcome } from "./apply.ts";
import type { Answer, Exchange } from "./exchange.ts";
import { guard, guardResponse, outcomeOfFailure, type Guarded } from "./guard.ts";
import { headOf, isReadable } from "./head.ts";
import { lastReader, withoutContent } from "./head.ts";
import { refusesResponse } from "./interest.ts";
import { ownAnswer } from "./own-answer.ts";
import { leadsToItself, locationIn, TO_ITSELF } from "./self-redirect.ts";
import type { ExchangeRun } from "./exchange-run.ts";
import { runScan } from "./read.ts";
import type { StageTurn } from "./stage-turn.ts";
import type { Awaitable, FinalOutcome, ResponseOutcome } from "./stage.ts";

const KINDS = new Set<unknown>([
  "ineligible",
  "declined",
  "amend",
  "replace",
  "transform",
  "respond",
]);

/** Shows the answer to every remaining stage, in order, and applies their decisions. */
export function runResponsePhase(run: ExchangeRun, origin: Answer): Awaitable<Answer> {
  const { exchange, turns } = run;
  const shown = inOrder(turns, origin, showResponse, { run, reader: lastReader(exchange, turns) });
  return exchange.method === "HEAD"
    ? andThen(shown, (answer) => withoutContent(exchange, answer))
    : shown;
}

function showResponse(
  before: Answer,
  turn: StageTurn,
  at: number,
  { run, reader }: { readonly run: ExchangeRun; readonly reader: number },
): Awaitable<Answer> {
  const answer = at > reader ? withoutContent(run.exchange, before) : before;
  if (turn.out || turn.stage.onResponse === undefined) return answer;
  const { interest } = turn.stage;
  if (interest?.mediaTypes !== undefined && turn.request?.kind !== "forward") {
    const reason = refusesResponse(interest, answer.fields.get("content-type"));
    if (reason !== undefined) {
      run.leaveOut(turn, "response", reason);
      return answer;
    }
  }
  return show(turn, answer, run, "onResponse");
}

/** Shows the answer as the client is to get it to the stages that decide about that. */
export function runAnswerPhase(run: ExchangeRun, concluded: Answer): Awaitable<Answer> {
  return inOrder(run.turns, concluded, showAnswer, run);
}

function showAnswer(
  answer: Answer,
  turn: StageTurn,
  _at: number,
  run: ExchangeRun,
): Awaitable<Answer> {
  return turn.out || turn.stage.onAnswer === undefined
    ? answer
    : show(turn, answer, run, "onAnswer");
}

type Phase = "onResponse" | "onAnswer";

/** The answer after one stage has decided. */
function show(turn: StageTurn, answer: Answer, run: ExchangeRun, phase: Phase): Awaitable<Answer> {
  run.begin();
  const call = decide(turn, answer, run, phase);
  const decided = ifThere(call);
  return decided === undefined
    ? andThen(call, (result) => applyDecision(result, turn, answer, run))
    : applyDecision(decided, turn, answer, run);
}

function applyDecision(
  result: Guarded<FinalOutcome>,
  turn: StageTurn,
  answer: Answer,
  run: ExchangeRun,
): Awaitable<Answer> {
  if (!result.ok) {
    run.fail(turn, "response", result.error);
    return afterFailure(turn, answer, run);
  }
  const outcome = allowed(result.value, run, answer);
  run.record(turn, "response", outcome);
  if (turn.effective.mode === "observe" || outcome.kind === "ineligible") return answer;
  run.vary(turn.stage, outcome);
  if (outcome.kind === "declined") return answer;
  const { exchange, timeout } = run;
  const applied = guard(() => applyOutcome(answer, outcome, exchange, timeout), timeout);
  return andThen(applied, (after) => {
    if (!after.ok) {
      run.fail(turn, "response", after.error);
      return afterFailure(turn, answer, run);
    }
    if (outcome.kind === "transform") run.describe(outcome.facts?.());
    if (changes(outcome)) run.acted(turn);
    return after.value;
  });
}

/** The answer after an enforced stage has failed: unchanged, unless the stage then refuses it. */
function afterFailure(turn: StageTurn, answer: Answer, run: ExchangeRun): Answer {
  const { stage, effective } = turn;
  if (effective.mode !== "enforce") return answer;
  run.vary(stage);
  const outcome = outcomeOfFailure(stage, run.exchange, effective.policy);
  if (outcome?.kind !== "respond") return answer;
  run.record(turn, "response", outcome);
  answer.body?.release();
  return ownAnswer(run.exchange, outcome.response);
}

/** Whether a stage's outcome is a redirect to the URL that was requested. */
function isLoop(
  outcome: FinalOutcome & { readonly kind: "respond" | "amend" },
  exchange: Exchange,
  { status }: Answer,
): boolean {
  // A stage may return anything; a response that is none fails when it is applied.
  const response = outcome.kind === "respond" ? outcome.response : undefined;
  return outcome.kind === "respond"
    ? response !== undefined &&
        leadsToItself(response.status, locationIn(response.fields), exchange)
    : leadsToItself(status, locationIn(outcome.fields.set ?? []), exchange);
}

/** Whether an outcome changes the answer; reading the content while it is sent does not. */
function changes(outcome: FinalOutcome): boolean {
  if (outcome.kind !== "amend") return true;
  const { set = [], append = [], remove = [] } = outcome.fields;
  return set.length + append.length + remove.length > 0;
}

/** The stage's outcome for this response; after a scan, the outcome of the scan. */
function decide(
  turn: StageTurn,
  answer: Answer,
  { exchange, timeout }: ExchangeRun,
  phase: Phase,
): Awaitable<Guarded<FinalOutcome>> {
  const call = guardResponse(turn, phase, headOf(answer), exchange, timeout);
  const decided = ifThere(call);
  return decided === undefined
    ? andThen(call, (result) => settle(result, answer, timeout))
    : settle(decided, answer, timeout);
}

function settle(
  result: Guarded<ResponseOutcome | undefined>,
  { body }: Answer,
  timeout: number,
): Awaitable<Guarded<FinalOutcome>> {
  if (!result.ok) return result;
  const outcome = result.value;
  if (outcome?.kind !== "scan") {
    if (KINDS.has(outcome?.kind)) return { ok: true, value: outcome as FinalOutcome };
    return { ok: false, error: new TypeError("not an outcome") };
  }
  if (body === null) return { ok: true, value: { kind: "declined", reason: "no-content" } };
  if (!body.readable && outcome.asItCame !== true) {
    return { ok: true, value: { kind: "declined", reason: "unreadable-coding" } };
  }
  const { patience = timeout } = outcome;
  // The scan itself has the bound on time; this second bound is for a scan that ignores it.
  return guard(async () => final(await runScan(body.open(), outcome, patience)), patience + 1000);
}

function final(outcome: FinalOutcome | undefined): FinalOutcome {
  if (outcome === undefined || !KINDS.has(outcome.kind)) throw new TypeError("not an outcome");
  return outcome;
}

/** The outcome, or the reason why the content must not change. */
function allowed(
  outcome: FinalOutcome,
  { exchange, decodable }: ExchangeRun,
  answer: Answer,
): FinalOutcome {
  if (outcome.kind === "respond" || outcome.kind === "amend") {
    return isLoop(outcome, exchange, answer) ? TO_ITSELF : outcome;
  }
  if (outcome.kind !== "replace" && outcome.kind !== "transform") return outcome;
  // RFC 9111 §5.2.1.6 and §5.2.2.6: client and origin server may forbid another form of the content.
  const isForbidden =
    forbidsTransform(answer.fields.get("cache-control")) ||
    forbidsTransform(exchange.field("cache-control"));
  const varyOn = outcome.varyOn ?? [];
  if (isForbidden) return { kind: "declined", reason: "no-transform", varyOn };
  return isReadable(answer, decodable)
    ? outcome
    : { kind: "declined", reason: "unreadable-coding", varyOn };
}
