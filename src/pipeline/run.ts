import { VERIFICATION_FAILED, type Agent } from "../agent/agent.ts";
import { problem } from "../http/problem.ts";
import { privateFields } from "../http/cache-control.ts";
import { mergeVary } from "../http/vary.ts";
import { andThen } from "../timing/and-then.ts";
import { ask, type OriginAnswer } from "./ask.ts";
import {
  ClientGoneError,
  OriginError,
  type Answer,
  type Exchange,
  type OriginClient,
} from "./exchange.ts";
import { cachedOrigin, type SiteCache } from "./cached-origin.ts";
import { guard, type Guarded } from "./guard.ts";
import { problemOfOrigin } from "./origin-problem.ts";
import { ContentMismatch, withContentCheck } from "./content-check.ts";
import {
  enterDocument,
  withOwnDocuments,
  type OwnDocument,
  type OwnDocuments,
} from "./own-documents.ts";
import { ownAnswer } from "./own-answer.ts";
import { compilePlans, isForEveryRequest, refusesRequest, type PlannedStage } from "./interest.ts";
import { ExchangeRun, type SharedParts } from "./exchange-run.ts";
import type { EffectivePolicy, FeatureName } from "./policy.ts";
import { concludeAnswer } from "./prepare.ts";
import { recordedOrigin } from "./record.ts";
import { runRequestPhase } from "./request-phase.ts";
import { noteCaching } from "./received-caching.ts";
import { runAnswerPhase, runResponsePhase } from "./response-phase.ts";
import type { StageTurn } from "./stage-turn.ts";
import type { Awaitable, DecisionRecord, FeatureStage } from "./stage.ts";

/** The parts of a pipeline. */
export interface PipelineOptions {
  /** In the order in which they run. */
  readonly stages: readonly FeatureStage[];
  /** Whether the rules switch a feature on for any request. @default they may */
  readonly isEverOn?: (feature: FeatureName) => boolean;
  identify(exchange: Exchange): Awaitable<Agent>;
  /**
   * The effective policies of an identified exchange, by feature.
   *
   * @param target in origin-form, of another address. @default the client's
   */
  policiesFor(exchange: Exchange, target?: string): (feature: FeatureName) => EffectivePolicy;
  /** The cache of the site, for requests for which a rule switches it on. */
  readonly cache?: SiteCache | undefined;
  /** Documents that the proxy makes in place of the origin server's. @default none */
  readonly documents?: OwnDocuments;
  /** Content codings that this runtime decodes. */
  readonly decodable: ReadonlySet<string>;
  /** Reports to the operator that a stage failed and was skipped. */
  readonly onFailure: (feature: string, phase: string, error: unknown, exchange: Exchange) => void;
  /** Called with the decisions once the answer's head is known; its fields may still be edited. */
  onDecided?(exchange: Exchange, answer: Answer, decisions: readonly DecisionRecord[]): void;
  /** Milliseconds that a stage may take before it is skipped. @default 10000 */
  readonly stageTimeout?: number;
  /** Milliseconds since any fixed time; if present, each decision is timed. */
  readonly clock?: (() => number) | undefined;
}

/** Answers one request: at once, if neither a stage nor the origin server takes time. */
export type Pipeline = (exchange: Exchange, origin: OriginClient) => Awaitable<Answer>;

const DEFAULT_STAGE_TIMEOUT = 10_000;

/** Builds the function that takes one request through identification, policy, stages and origin. */
export function createPipeline(options: PipelineOptions): Pipeline {
  const { decodable, onFailure, clock, stageTimeout: timeout = DEFAULT_STAGE_TIMEOUT } = options;
  const failed = (exchange: Exchange, error: unknown): Answer => {
    if (error instanceof ContentMismatch) return ownAnswer(exchange, error.response);
    recordFailure(exchange, error, onFailure);
    return originProblem(exchange, error);
  };
  const planOf = compilePlans(options.stages, options.isEverOn);
  const shared: SharedParts = {
    timeout,
    decodable,
    onFailure,
    clock,
    policiesFor: (exchange, target) => options.policiesFor(exchange, target),
    guards: options.stages.filter(isForEveryRequest),
  };

  const answerAs = (
    who: Guarded<Agent>,
    exchange: Exchange,
    origin: OriginClient,
  ): Awaitable<Answer> => {
    if (who.ok) exchange.agent = who.value;
    else {
      // The request continues as anonymous; access reads this mark for rules with `onError`.
      exchange.agent = { kind: "anonymous", reason: VERIFICATION_FAILED };
      onFailure("identify", "request", who.error, exchange);
    }
    const { target } = exchange;
    const document = options.documents?.(target);
    const run = enter(exchange, planOf(exchange.method), shared, document);
    const { record } = exchange;
    enterDocument(run, document);
    record?.entered(run);
    // One continuation for all that follows the origin server's response.
    const conclude = (answer: Answer): Awaitable<Answer> =>
      andThen(runAnswerPhase(run, answer), (decided) => {
        describeAnswer(run, decided);
        options.onDecided?.(exchange, decided, run.decisions);
        record?.headMade(decided);
        return decided;
      });
    return andThen(runRequestPhase(run), (made) => {
      if (made !== undefined) return andThen(runResponsePhase(run, made), conclude);
      // Made only for an answer that is not reused.
      const client = (): OriginClient => {
        const recorded = record === undefined ? origin : recordedOrigin(origin, record);
        const checked = withContentCheck(exchange, recorded);
        const cached = cachedOrigin(run, checked, options.cache);
        return withOwnDocuments(
          (at) => (at === target ? document : options.documents?.(at)),
          run,
          cached,
        );
      };
      return askAndRespond(run, client, failed, conclude);
    });
  };

  return (exchange, origin) =>
    andThen(
      guard(() => options.identify(exchange), timeout),
      (who) => answerAs(who, exchange, origin),
    );
}

/** Records that the exchange with the origin server failed, unless the client is the cause. */
function recordFailure(
  exchange: Exchange,
  error: unknown,
  onFailure: PipelineOptions["onFailure"],
): void {
  if (error instanceof ClientGoneError) return;
  if (exchange.record !== undefined) exchange.record.originFailed(error);
  else if (!(error instanceof OriginError)) onFailure("origin", "request", error, exchange);
}

/** Adds the fields that follow from all decisions together. */
function describeAnswer({ varyOn, isForShare }: ExchangeRun, { fields }: Answer): void {
  if (varyOn.size > 0) mergeVary(fields, varyOn);
  if (!isForShare) return;
  // Vary never names identity, so an answer that depends on it is not for shared caches.
  for (const [name, value] of privateFields(fields)) fields.set(name, value);
}

function askAndRespond(
  run: ExchangeRun,
  client: () => OriginClient,
  onError: (exchange: Exchange, error: unknown) => Answer,
  conclude: (answer: Answer) => Awaitable<Answer>,
): Awaitable<Answer> {
  const failed = (error: unknown): Awaitable<Answer> => conclude(onError(run.exchange, error));
  let asked: Awaitable<OriginAnswer>;
  try {
    asked = ask(run, client);
  } catch (error) {
    return failed(error);
  }
  const respond = ({ answer, preconditions }: OriginAnswer): Awaitable<Answer> => {
    noteCaching(run, answer);
    return andThen(runResponsePhase(run, answer), (shown) =>
      conclude(concludeAnswer(run.exchange, shown, preconditions)),
    );
  };
  return andThen(asked, respond, failed);
}

/**
 * Begins with the stages that the rules switch on and that the request can concern: of a document
 * that is ours, none decides which clients may have it.
 *
 * @param document the one at the request's target
 */
function enter(
  exchange: Exchange,
  plan: readonly PlannedStage[],
  shared: SharedParts,
  document: OwnDocument | undefined,
): ExchangeRun {
  const turns: StageTurn[] = [];
  const run = new ExchangeRun(exchange, turns, shared);
  const effectiveOf = shared.policiesFor(exchange);
  const isOurs = document?.owner === "ours";
  const owner = document === undefined || document.owner === "ours" ? undefined : document.feature;
  for (const { stage, recall, refusal, besides, asks } of plan) {
    const effective = effectiveOf(stage.feature);
    if (effective.mode === "off") continue;
    const turn: StageTurn = { stage, effective, recall, out: false };
    const isOpen = isOurs && isForEveryRequest(stage);
    const other = owner === stage.feature ? undefined : besides;
    const reason = isOpen
      ? "own-document"
      : (refusal ?? other ?? (asks && refusesRequest(asks, exchange)));
    if (reason === undefined) turns.push(turn);
    else run.leaveOut(turn, "request", reason);
  }
  return run;
}

function originProblem(exchange: Exchange, error: unknown): Answer {
  const { name, detail } = problemOfOrigin(error);
  return ownAnswer(exchange, problem(name, detail, exchange.field("accept")));
}
