import { andThen, ifThere, inOrder } from "../timing/and-then.ts";
import type { Answer, Exchange } from "./exchange.ts";
import { leadsToItself, locationIn, TO_ITSELF } from "./self-redirect.ts";
import { guardRequest, outcomeOfFailure, type Guarded } from "./guard.ts";
import { ownAnswer } from "./own-answer.ts";
import type { ExchangeRun } from "./exchange-run.ts";
import type { StageTurn } from "./stage-turn.ts";
import type { Awaitable, RequestOutcome } from "./stage.ts";

const KINDS = new Set<unknown>(["ineligible", "declined", "forward", "respond"]);
const ANSWERED_BEFORE = { kind: "ineligible", reason: "answered-before" } as const;

/** Shows the request to every stage, in order; returns the answer if a stage makes one. */
export function runRequestPhase(run: ExchangeRun): Awaitable<Answer | undefined> {
  return inOrder(run.turns, undefined as Answer | undefined, show, run);
}

function show(
  answer: Answer | undefined,
  turn: StageTurn,
  at: number,
  run: ExchangeRun,
): Awaitable<Answer | undefined> {
  if (turn.out || turn.stage.onRequest === undefined) return answer;
  run.begin();
  const call = guardRequest(turn, run.exchange, run.timeout);
  const decided = ifThere(call);
  return decided === undefined
    ? andThen(call, (result) => applyRequestOutcome(at, result, answer, run))
    : applyRequestOutcome(at, decided, answer, run);
}

/** Records a stage's outcome and applies it; returns the answer, if there is one. */
function applyRequestOutcome(
  at: number,
  result: Guarded<RequestOutcome | undefined>,
  answer: Answer | undefined,
  run: ExchangeRun,
): Answer | undefined {
  const { exchange, turns } = run;
  const turn = turns[at] as StageTurn;
  let outcome = result.ok ? result.value : undefined;
  if (!KINDS.has(outcome?.kind)) {
    run.fail(turn, "request", result.ok ? new TypeError("not an outcome") : result.error);
    const { mode, policy } = turn.effective;
    outcome = mode === "enforce" ? outcomeOfFailure(turn.stage, exchange, policy) : undefined;
    if (outcome === undefined) {
      turn.out = true;
      return answer;
    }
  }
  const known = withoutLoop(outcome as RequestOutcome, exchange);
  const isOver = answer !== undefined && known.kind === "respond";
  run.record(turn, "request", isOver ? ANSWERED_BEFORE : known);
  turn.out = known.kind === "ineligible" || isOver;
  if (turn.effective.mode === "observe" || turn.out) return answer;
  turn.request = known;
  if (known.kind === "forward" && asksForMore(known, exchange.target)) run.acted(turn);
  if (known.kind !== "respond") {
    if (turn.stage.onResponse === undefined) run.vary(turn.stage, known);
    return answer;
  }
  turn.out = true;
  let own: Answer;
  try {
    own = ownAnswer(exchange, known.response);
  } catch (error) {
    run.fail(turn, "request", error);
    return answer;
  }
  run.acted(turn);
  // The earlier decisions led to this answer, so it varies on their fields.
  for (const before of turns.slice(0, at + 1)) {
    const { request } = before;
    if (request !== undefined) run.vary(before.stage, request);
    before.out = !seesOwnAnswers(request);
  }
  return own;
}

/** Replaces a redirect to the requested URL: the request goes to the origin server instead. */
function withoutLoop(outcome: RequestOutcome, exchange: Exchange): RequestOutcome {
  // A stage may return anything; a response that is none fails when it is applied.
  const response = outcome.kind === "respond" ? outcome.response : undefined;
  if (!Array.isArray(response?.fields)) return outcome;
  const { status, fields } = response;
  return leadsToItself(status, locationIn(fields), exchange) ? TO_ITSELF : outcome;
}

function seesOwnAnswers(request: RequestOutcome | undefined): boolean {
  const isAdmission = request?.kind === "declined" || request?.kind === "forward";
  return isAdmission && request.seesOwnAnswers === true;
}

/** Whether the request to the origin server differs from the client's in target or fields. */
function asksForMore(
  { target, set = [], drop = [] }: RequestOutcome & { kind: "forward" },
  received: string,
): boolean {
  return (target !== undefined && target !== received) || set.length + drop.length > 0;
}
