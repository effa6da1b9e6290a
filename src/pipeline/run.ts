import type { Agent } from "../agent/agent.ts";
import { forbidsTransform } from "../http/cache-control.ts";
import { problem } from "../http/problem.ts";
import { mergeVary } from "../http/vary.ts";
import { applyOutcome } from "./apply.ts";
import { restoreEntityTag, type Preconditions } from "./conditional.ts";
import { OriginError, type Answer, type Exchange, type OriginClient } from "./exchange.ts";
import { guard, type Guarded } from "./guard.ts";
import { ownAnswer } from "./own-answer.ts";
import type { EffectivePolicy, FeatureName } from "./policy.ts";
import { concludeAnswer, prepareRequest } from "./prepare.ts";
import { runScan } from "./read.ts";
import type {
  Awaitable,
  DecisionRecord,
  Detail,
  FinalOutcome,
  RequestOutcome,
  ResponseHead,
  ResponseOutcome,
  Stage,
} from "./stage.ts";

/** Everything that the runner needs besides the exchange. */
export interface PipelineOptions {
  /** The order is the policy. */
  readonly stages: readonly Stage[];
  identify(exchange: Exchange): Awaitable<Agent>;
  /** The effective policies of an identified exchange, by feature. */
  policiesFor(exchange: Exchange): (feature: FeatureName) => EffectivePolicy;
  /** Content codings that this runtime decodes. */
  readonly decodable: ReadonlySet<string>;
  /** Loud for the operator: a stage failed and was skipped. */
  onFailure(stage: string, phase: string, error: unknown): void;
  /** What was decided, once the answer's head is known. */
  onDecided?(exchange: Exchange, status: number, decisions: readonly DecisionRecord[]): void;
  /** Milliseconds that a stage may take before it is skipped. @default 10000 */
  readonly stageTimeout?: number;
}

export type Pipeline = (exchange: Exchange, origin: OriginClient) => Promise<Answer>;

const DEFAULT_STAGE_TIMEOUT = 10_000;

/** What is recorded of an outcome. */
interface Decided {
  readonly kind: string;
  readonly reason: string;
  readonly detail?: Detail;
}

/** One stage's part in one exchange. */
interface Slot {
  readonly stage: Stage;
  readonly effective: EffectivePolicy;
  request?: RequestOutcome;
  out: boolean;
}

/** Builds the function that takes one request through identification, policy, stages and origin. */
export function createPipeline(options: PipelineOptions): Pipeline {
  const timeout = options.stageTimeout ?? DEFAULT_STAGE_TIMEOUT;

  return async (exchange, origin) => {
    const decisions: DecisionRecord[] = [];
    const varyOn = new Set<string>();
    const record = (slot: Slot, phase: "request" | "response", decided: Decided) => {
      if (options.onDecided === undefined) return;
      const { mode, rule } = slot.effective;
      const { kind, reason, detail } = decided;
      const told = detail === undefined ? {} : { detail };
      decisions.push({ stage: slot.stage.name, phase, mode, rule, kind, reason, ...told });
    };
    const fail = (slot: Slot, phase: "request" | "response", error: unknown) => {
      const reason = error instanceof Error ? error.name : typeof error;
      record(slot, phase, { kind: "failed", reason });
      options.onFailure(slot.stage.name, phase, error);
    };

    const identified = guard(() => options.identify(exchange), timeout);
    const who = identified instanceof Promise ? await identified : identified;
    // Who is not identified stays anonymous: the page matters more.
    if (who.ok) exchange.agent = who.value;
    else options.onFailure("identify", "request", who.error);
    const slots = activeSlots(options, exchange);

    let answer: Answer | undefined;
    for (const slot of slots) {
      if (slot.stage.onRequest === undefined) continue;
      const call = guard(() => slot.stage.onRequest?.(exchange, slot.effective.policy), timeout);
      const result = call instanceof Promise ? await call : call;
      const outcome = result.ok ? result.value : undefined;
      if (!REQUEST_KINDS.has(outcome?.kind)) {
        fail(slot, "request", result.ok ? new TypeError("not an outcome") : result.error);
        slot.out = true;
        continue;
      }
      const known = outcome as RequestOutcome;
      const isOver = answer !== undefined && known.kind === "respond";
      record(slot, "request", isOver ? ANSWERED_BEFORE : known);
      slot.out = known.kind === "ineligible" || isOver;
      if (slot.effective.mode === "observe" || slot.out) continue;
      slot.request = known;
      if (known.kind !== "respond") {
        if (slot.stage.onResponse === undefined) addVary(varyOn, slot.stage, known);
      } else {
        const made = guard(() => ownAnswer(exchange, known.response), timeout);
        const own = made instanceof Promise ? await made : made;
        slot.out = true;
        if (!own.ok) {
          fail(slot, "request", own.error);
          continue;
        }
        answer = own.value;
        // What was decided on the way here led to this answer; only later stages see it.
        for (const before of slots.slice(0, slots.indexOf(slot) + 1)) {
          if (before.request !== undefined) addVary(varyOn, before.stage, before.request);
          before.out = true;
        }
      }
    }

    let preconditions: Preconditions | undefined;
    if (answer === undefined) {
      const outcomes = slots.map(({ request }) => request);
      const prepared = prepareRequest(exchange, outcomes, options.decodable);
      preconditions = prepared.preconditions;
      try {
        answer = await origin(prepared.request);
      } catch (error) {
        answer = originProblem(exchange, error);
        options.onDecided?.(exchange, answer.status, decisions);
        return answer;
      }
      if (answer.status === 304) restoreEntityTag(answer.fields, preconditions);
    }

    const contentFor = wantsContent(exchange, slots);
    for (const [i, slot] of slots.entries()) {
      if (i > contentFor) answer = withoutContent(exchange, answer);
      if (slot.out || slot.stage.onResponse === undefined) continue;
      const call = decideResponse(slot, exchange, answer, timeout);
      const result = call instanceof Promise ? await call : call;
      if (!result.ok) {
        fail(slot, "response", result.error);
        if (slot.effective.mode === "enforce") addVary(varyOn, slot.stage);
        continue;
      }
      let outcome = result.value;
      const changes = outcome.kind === "replace" || outcome.kind === "transform";
      if (changes && noTransform(exchange, answer)) {
        outcome = { kind: "declined", reason: "no-transform" };
      } else if (outcome.kind === "transform" && answer.body?.readable === false) {
        outcome = { kind: "declined", reason: "unreadable-coding" };
      }
      record(slot, "response", outcome);
      if (slot.effective.mode === "observe" || outcome.kind === "ineligible") continue;
      addVary(varyOn, slot.stage, outcome);
      if (outcome.kind === "declined") continue;
      const before: Answer = answer;
      const applied = await guard(() => applyOutcome(before, outcome, exchange, timeout), timeout);
      if (applied.ok) answer = applied.value;
      else fail(slot, "response", applied.error);
    }
    if (preconditions !== undefined) answer = concludeAnswer(exchange, answer, preconditions);
    answer = withoutContent(exchange, answer);
    if (varyOn.size > 0) mergeVary(answer.fields, varyOn);
    options.onDecided?.(exchange, answer.status, decisions);
    return answer;
  };
}

const ANSWERED_BEFORE = { kind: "ineligible", reason: "answered-before" } as const;
const REQUEST_KINDS = new Set<unknown>(["ineligible", "declined", "forward", "respond"]);
const FINAL_KINDS = new Set(["ineligible", "declined", "amend", "replace", "transform", "respond"]);

function activeSlots(options: PipelineOptions, exchange: Exchange): Slot[] {
  const slots: Slot[] = [];
  const effectiveOf = options.policiesFor(exchange);
  for (const stage of options.stages) {
    const effective = effectiveOf(stage.feature);
    if (effective.mode !== "off") slots.push({ stage, effective, out: false });
  }
  return slots;
}

/** The last stage for whose sake a HEAD was sent as GET; the stages behind it see a HEAD again. */
function wantsContent({ method }: Exchange, slots: readonly Slot[]): number {
  if (method !== "HEAD") return slots.length;
  return slots.findLastIndex(
    ({ request }) => request?.kind === "forward" && request.method !== undefined,
  );
}

/** RFC 9110 §9.3.2: a HEAD is answered without content, whatever was asked of the origin. */
function withoutContent({ method }: Exchange, answer: Answer): Answer {
  if (method !== "HEAD" || answer.body === null) return answer;
  answer.body.release();
  return { ...answer, body: null };
}

/** The stage's outcome for this response, its scan run where it asks for one. */
function decideResponse(
  slot: Slot,
  exchange: Exchange,
  answer: Answer,
  timeout: number,
): Awaitable<Guarded<FinalOutcome>> {
  const { stage, effective } = slot;
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

function headOf({ status, fields, body }: Answer): ResponseHead {
  return {
    status,
    fields,
    hasContent: body !== null,
    get length() {
      if (fields.get("content-encoding") !== undefined) return undefined;
      const length = fields.get("content-length");
      return length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
    },
  };
}

function final(outcome: FinalOutcome | undefined): FinalOutcome {
  if (outcome === undefined || !FINAL_KINDS.has(outcome.kind))
    throw new TypeError("not an outcome");
  return outcome;
}

/** RFC 9111 §5.2.1.6 and §5.2.2.6: neither side allows another form of the content. */
function noTransform(exchange: Exchange, answer: Answer): boolean {
  return (
    forbidsTransform(answer.fields.get("cache-control")) ||
    forbidsTransform(exchange.field("cache-control"))
  );
}

function originProblem(exchange: Exchange, error: unknown): Answer {
  const code = error instanceof OriginError ? error.code : "internal";
  const detail =
    code === "origin-timeout"
      ? "The origin server took too long."
      : code === "origin-unreachable"
        ? "No connection to the origin server could be made, or it closed it early."
        : "Something went wrong on the way to the origin server.";
  return ownAnswer(exchange, problem(code, detail, exchange.field("accept")));
}

/** What the answer varies on since a stage decided: its own fields, and those of this decision. */
function addVary(to: Set<string>, stage: Stage, outcome?: RequestOutcome | FinalOutcome): void {
  for (const name of stage.varyOn) to.add(name);
  if (outcome === undefined || !("varyOn" in outcome)) return;
  for (const name of outcome.varyOn ?? []) to.add(name);
}
