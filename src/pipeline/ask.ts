import { privateFields } from "../http/cache-control.ts";
import { parseEntityTag } from "../http/validators.ts";
import { andThen } from "../timing/and-then.ts";
import { restoreEntityTag, type Preconditions } from "./conditional.ts";
import type { Answer, OriginClient, OriginRequest } from "./exchange.ts";
import { guard } from "./guard.ts";
import { headOf } from "./head.ts";
import { ownAnswer } from "./own-answer.ts";
import { decideAddress } from "./other-address.ts";
import type { ExchangeRun } from "./exchange-run.ts";
import { planOf, preconditionsOf, prepareRequest, type Plan } from "./prepare.ts";
import { settleTargets, takeAddress } from "./settle-targets.ts";
import type { StageTurn } from "./stage-turn.ts";
import type { Awaitable, ReusableResponse, Reask } from "./stage.ts";

/** The most requests to the origin server for one exchange. */
const MAX_ASKS = 3;

/** The answer that the response phases work on, and the preconditions left to evaluate on it. */
export interface OriginAnswer {
  readonly answer: Answer;
  readonly preconditions: Preconditions;
}

/**
 * Gets the origin's response, or a stage's reusable response; rejects with the origin client's
 * error.
 */
export function ask(run: ExchangeRun, origin: OriginClient): Awaitable<OriginAnswer> {
  return andThen(settleTargets(run), () => askSettled(run, origin));
}

function askSettled(run: ExchangeRun, origin: OriginClient): Awaitable<OriginAnswer> {
  const { exchange, turns, decodable } = run;
  const holder = findHolder(turns);
  const reusable = holder?.request?.kind === "forward" ? holder.request.reusable : undefined;
  const plan = planOf(exchange, turns);
  if (holder !== undefined && reusable?.isFresh === true && run.reuses) {
    const preconditions = preconditionsOf(exchange, plan, decodable);
    const answer = sendReusable(run, holder, reusable);
    if (answer !== undefined) return { answer, preconditions };
  }
  return askOrigin(run, origin, plan, holder, reusable);
}

async function askOrigin(
  run: ExchangeRun,
  origin: OriginClient,
  first: Plan,
  holder: StageTurn | undefined,
  reusable: ReusableResponse | undefined,
): Promise<OriginAnswer> {
  const { exchange, decodable } = run;
  const asked: string[] = [];
  let plan = first;
  for (;;) {
    const { request, preconditions } = prepareRequest(exchange, plan, decodable);
    const elsewhere = run.elsewhere?.target === plan.target ? run.elsewhere : undefined;
    for (const [name, value] of elsewhere?.set ?? []) request.fields.set(name, value);
    const confirms = asked.length === 0 && addValidator(request, preconditions, reusable);
    const answer = await origin(request);
    asked.push(plan.target);
    // Before any stage sees it, so that no stage stores it for other clients.
    if (elsewhere?.isForSome === true) keepPrivate(answer);
    if (answer.status === 304) {
      if (confirms && holder !== undefined && reusable !== undefined) {
        const reused = sendReusable(run, holder, reusable, answer);
        if (reused !== undefined) return { answer: reused, preconditions };
        // The reusable response can't be used after all: the next request goes without its
        // validator.
        continue;
      }
      restoreEntityTag(answer.fields, preconditions);
    }
    const again = asked.length < MAX_ASKS ? await reaskOf(run, answer, asked) : undefined;
    if (again === undefined) return { answer, preconditions };
    answer.body?.release();
    plan = replan(plan, again);
  }
}

function replan(plan: Plan, { target, variant, whole }: Reask): Plan {
  return { ...plan, target, variant, whole: plan.whole || whole === true };
}

/**
 * A reusable response is used only if no stage before its own wants to see the origin's response.
 */
function findHolder(turns: readonly StageTurn[]): StageTurn | undefined {
  for (const turn of turns) {
    const { request } = turn;
    if (request?.kind !== "forward") continue;
    if (request.reusable !== undefined) return turn;
    if (request.reads === true) return undefined;
  }
  return undefined;
}

/** The holder's response phase has been carried out before. */
function sendReusable(
  run: ExchangeRun,
  holder: StageTurn,
  reusable: ReusableResponse,
  confirmed?: Answer,
): Answer | undefined {
  run.begin();
  try {
    const answer = ownAnswer(run.exchange, reusable.response(confirmed?.fields));
    run.record(holder, "response", { kind: "reused", reason: "reused" });
    if (confirmed === undefined) run.reused();
    run.vary(holder.stage);
    run.acted(holder);
    holder.out = true;
    return answer;
  } catch (error) {
    run.fail(holder, "response", error);
    return undefined;
  }
}

/**
 * Adds the reusable response's validator, unless the client sent preconditions of its own: a 304
 * must show which validator it confirms.
 */
function addValidator(
  { fields }: OriginRequest,
  { asked }: Preconditions,
  reusable: ReusableResponse | undefined,
): boolean {
  const tag = reusable?.etag === undefined ? undefined : parseEntityTag(reusable.etag);
  if (tag === undefined || asked.length > 0) return false;
  const names = ["if-none-match", "if-modified-since", "if-match", "if-unmodified-since"];
  if (names.some((name) => fields.get(name) !== undefined)) return false;
  fields.set("if-none-match", reusable?.etag ?? "");
  return true;
}

/**
 * Caches apply no rules of a restricted address to the address that the client requested, so the
 * response is private.
 */
function keepPrivate({ fields }: Answer): void {
  for (const [name, value] of privateFields(fields)) fields.set(name, value);
  fields.set("cache-control", "private, no-store");
}

function reaskOf(
  run: ExchangeRun,
  answer: Answer,
  asked: readonly string[],
): Awaitable<Reask | undefined> {
  const { exchange, turns, timeout } = run;
  for (const turn of turns) {
    const { stage, request, effective, out } = turn;
    if (out || request?.kind !== "forward" || stage.onOriginHead === undefined) continue;
    run.begin();
    const result = guard(
      () => stage.onOriginHead?.(headOf(answer), exchange, effective.policy, asked),
      timeout,
    );
    if (result instanceof Promise) continue;
    if (!result.ok) run.fail(turn, "response", result.error);
    else if (result.value !== undefined) {
      return allowedReask(run, turn, result.value);
    }
  }
  return undefined;
}

/** The other target, if its address's own rules let this client have it. */
function allowedReask(
  run: ExchangeRun,
  turn: StageTurn,
  reask: Reask,
): Awaitable<Reask | undefined> {
  const { target, reason } = reask;
  const isOwn = target === run.exchange.target;
  return andThen(isOwn ? undefined : decideAddress(run, turn, target), (decision) => {
    if (decision?.kind === "refused") {
      run.record(turn, "response", { kind: "declined", reason: decision.reason });
      return undefined;
    }
    if (decision !== undefined) takeAddress(run, turn, target, decision);
    run.record(turn, "response", { kind: "reask", reason });
    run.acted(turn);
    return reask;
  });
}
