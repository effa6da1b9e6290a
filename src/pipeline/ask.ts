import { privateFields } from "../http/cache-control.ts";
import { isSameDate, parseEntityTag } from "../http/validators.ts";
import { andThen, ifThere } from "../timing/and-then.ts";
import { isConfirmed, restoreEntityTag, type Preconditions } from "./conditional.ts";
import type { Answer, Exchange, OriginClient, OriginRequest } from "./exchange.ts";
import { guard } from "./guard.ts";
import { headOf } from "./head.ts";
import { ownAnswer } from "./own-answer.ts";
import { decideAddress } from "./other-address.ts";
import type { ExchangeRun } from "./exchange-run.ts";
import { planOf, preconditionsOf, prepareRequest, type Plan } from "./prepare.ts";
import { settleTargets, applyAddress } from "./settle-targets.ts";
import { bypassesCache, type StageTurn } from "./stage-turn.ts";
import type {
  Awaitable,
  FinishedResponse,
  OwnResponse,
  ResponseHead,
  ReusableResponse,
  Reask,
} from "./stage.ts";

/** The most requests to the origin server for one exchange. */
const MAX_ASKS = 3;

/** The answer for the response phases, and the preconditions to evaluate on it. */
export interface OriginAnswer {
  readonly answer: Answer;
  readonly preconditions: Preconditions;
}

/**
 * Gets the origin server's response, or a stage's reusable response. Rejects with the origin client's error.
 *
 * @param client called if the origin server is needed
 */
export function ask(run: ExchangeRun, client: () => OriginClient): Awaitable<OriginAnswer> {
  return andThen(settleTargets(run), () => askSettled(run, client));
}

function askSettled(run: ExchangeRun, client: () => OriginClient): Awaitable<OriginAnswer> {
  const { exchange, turns, decodable } = run;
  const holder = findHolder(turns);
  const reusable = holder?.request?.kind === "forward" ? holder.request.reusable : undefined;
  const plan = planOf(exchange, turns);
  if (holder !== undefined && reusable?.isFresh === true && run.reuses) {
    const preconditions = preconditionsOf(exchange, plan, decodable);
    const answer = sendReusable(run, holder, reusable);
    if (answer !== undefined) return { answer, preconditions };
  }
  return askOrigin({ run, origin: client(), holder, reusable, targets: [] }, plan);
}

/** The requests to the origin server for one exchange. */
interface Asking {
  readonly run: ExchangeRun;
  readonly origin: OriginClient;
  readonly holder: StageTurn | undefined;
  readonly reusable: ReusableResponse | undefined;
  /** The targets so far. */
  readonly targets: string[];
}

/** Sends the request of a plan; synchronous if the answer is there at once. */
function askOrigin(asking: Asking, plan: Plan): Awaitable<OriginAnswer> {
  const { run, origin, reusable, targets } = asking;
  const { request, preconditions } = prepareRequest(run.exchange, plan, run.decodable);
  const elsewhere = run.elsewhere?.target === plan.target ? run.elsewhere : undefined;
  for (const [name, value] of elsewhere?.set ?? []) request.fields.set(name, value);
  const confirms = targets.length === 0 && addValidator(request, preconditions, reusable);
  return andThen(origin(request), (answer) => {
    noteStored(run.exchange, answer);
    targets.push(plan.target);
    // Before stages see the answer, so that none stores it for other clients.
    if (elsewhere?.isForSome === true) keepPrivate(answer);
    return considerAnswer(asking, plan, { answer, preconditions }, confirms);
  });
}

/** The answer, or that to a further request. @param confirms whether a 304 is about `reusable` */
function considerAnswer(
  asking: Asking,
  plan: Plan,
  asked: OriginAnswer,
  confirms: boolean,
): Awaitable<OriginAnswer> {
  const { run, holder, reusable, targets } = asking;
  const { answer, preconditions } = asked;
  if (answer.status === 304) {
    if (confirms && holder !== undefined && reusable !== undefined) {
      const isOlder = isOlderThan(reusable, answer);
      const reused = isOlder ? undefined : sendReusable(run, holder, reusable, answer);
      if (reused !== undefined) return { answer: reused, preconditions };
      // The reusable response failed, or is newer: the next request has no validator of it.
      return askOrigin(asking, plan);
    }
    if (!isConfirmed(answer.fields, preconditions)) {
      return askOrigin(asking, { ...plan, unconditional: true });
    }
    restoreEntityTag(answer.fields, preconditions);
  }
  const reask = targets.length < MAX_ASKS ? reaskOf(run, answer, targets) : undefined;
  return andThen(reask, (again) => {
    if (again === undefined) return asked;
    answer.body?.release();
    return askOrigin(asking, replan(plan, again));
  });
}

function replan(plan: Plan, { target, variant, whole }: Reask): Plan {
  return { ...plan, target, variant, whole: plan.whole || whole === true };
}

/** Finds the stage whose reusable response may be sent: no stage before it reads the origin server's response. */
function findHolder(turns: readonly StageTurn[]): StageTurn | undefined {
  if (turns.some(bypassesCache)) return undefined;
  for (const turn of turns) {
    const { request } = turn;
    if (request?.kind !== "forward") continue;
    if (request.reusable !== undefined) return turn;
    if (request.reads === true) return undefined;
  }
  return undefined;
}

/** Records the bytes of content that the cache had. */
function noteStored({ record }: Exchange, { body }: Answer): void {
  if (body?.stored !== undefined) record?.tookFromCache(body.stored);
}

/** Records the bytes of a stored form of the content. */
function noteForm(
  { record }: Exchange,
  { content, before }: OwnResponse | FinishedResponse,
  answer: Answer,
): void {
  if (record?.measures !== true || !(content instanceof Uint8Array) || answer.body === null) return;
  const { fields } = answer;
  const to = { type: fields.get("content-type"), coding: fields.get("content-encoding") };
  record.changed({ to, before, after: content.length });
}

/** Sends a reusable response; the response phase of its stage ran when it was made. */
function sendReusable(
  run: ExchangeRun,
  holder: StageTurn,
  reusable: ReusableResponse,
  confirmed?: Answer,
): Answer | undefined {
  run.begin();
  try {
    const response = reusable.response(confirmed?.fields);
    const answer = ownAnswer(run.exchange, response);
    noteForm(run.exchange, response, answer);
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
 * Adds the reusable response's validator, unless the client sent preconditions: a 304 must show which
 * validator it confirms.
 */
function addValidator(
  { fields }: OriginRequest,
  { forwarded }: Preconditions,
  reusable: ReusableResponse | undefined,
): boolean {
  if (reusable === undefined || forwarded.length > 0) return false;
  const { etag, modified } = reusable;
  const isTag = etag !== undefined && parseEntityTag(etag) !== undefined;
  if (!isTag && modified === undefined) return false;
  const names = ["if-none-match", "if-modified-since", "if-match", "if-unmodified-since"];
  if (names.some((name) => fields.get(name) !== undefined)) return false;
  if (isTag) fields.set("if-none-match", etag);
  else fields.set("if-modified-since", modified ?? "");
  return true;
}

/** Whether a 304 is about an older version than a reusable response, by its date. */
function isOlderThan({ etag, modified }: ReusableResponse, { fields }: Answer): boolean {
  const current = fields.get("last-modified");
  if (etag !== undefined || modified === undefined || current === undefined) return false;
  return !isSameDate(modified, current);
}

/**
 * Makes an answer from a restricted address private: caches know only the requested address, and would
 * send it to anyone.
 */
function keepPrivate({ fields }: Answer): void {
  for (const [name, value] of privateFields(fields)) fields.set(name, value);
  fields.set("cache-control", "private, no-store");
}

function reaskOf(
  run: ExchangeRun,
  answer: Answer,
  targets: readonly string[],
): Awaitable<Reask | undefined> {
  const { exchange, turns, timeout } = run;
  let head: ResponseHead | undefined;
  for (const turn of turns) {
    const { stage, request, effective, out } = turn;
    if (out || request?.kind !== "forward" || stage.onOriginHead === undefined) continue;
    run.begin();
    head ??= headOf(answer);
    const seen = head;
    const result = ifThere(
      guard(() => stage.onOriginHead?.(seen, exchange, effective.policy, targets), timeout),
    );
    if (result === undefined) continue;
    if (!result.ok) run.fail(turn, "response", result.error);
    else if (result.value !== undefined) {
      return allowedReask(run, turn, result.value);
    }
  }
  return undefined;
}

/** The other target, if the rules of that address allow this client to have it. */
function allowedReask(
  run: ExchangeRun,
  turn: StageTurn,
  reask: Reask,
): Awaitable<Reask | undefined> {
  const { target, reason } = reask;
  return andThen(decideAddress(run, turn, target), (decision) => {
    if (decision?.kind === "refused") {
      run.record(turn, "response", { kind: "declined", reason: decision.reason });
      return undefined;
    }
    if (decision !== undefined) applyAddress(run, turn, target, decision);
    run.record(turn, "response", { kind: "reask", reason });
    run.acted(turn);
    return reask;
  });
}
