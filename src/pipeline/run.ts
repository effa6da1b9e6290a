import type { Agent } from "../agent/agent.ts";
import { forbidsTransform } from "../http/cache-control.ts";
import { readableCodings } from "../http/negotiate.ts";
import { problem } from "../http/problem.ts";
import { mergeVary } from "../http/vary.ts";
import { applyOutcome } from "./apply.ts";
import { restoreEntityTag, translateConditionals, type ListedTags } from "./conditional.ts";
import {
  OriginError,
  type Answer,
  type Exchange,
  type OriginClient,
  type OriginRequest,
} from "./exchange.ts";
import { guard, type Guarded } from "./guard.ts";
import { lastReader, withoutContent } from "./head-request.ts";
import { ownAnswer } from "./own-answer.ts";
import type { EffectivePolicy, FeatureName } from "./policy.ts";
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
  /** The effective policy of a feature for an identified exchange. */
  policyOf(feature: FeatureName, exchange: Exchange): EffectivePolicy;
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

    const agent = options.identify(exchange);
    exchange.agent = agent instanceof Promise ? await agent : agent;
    const slots = activeSlots(options, exchange);

    let answer: Answer | undefined;
    for (const slot of slots) {
      if (slot.stage.onRequest === undefined) continue;
      const call = guard(() => slot.stage.onRequest?.(exchange, slot.effective.policy), timeout);
      const result = call instanceof Promise ? await call : call;
      const outcome = result.ok ? result.value : undefined;
      if (outcome === undefined || !REQUEST_KINDS.has(outcome.kind)) {
        fail(slot, "request", result.ok ? new TypeError("not an outcome") : result.error);
        slot.out = true;
        continue;
      }
      record(slot, "request", outcome);
      slot.out = outcome.kind === "ineligible";
      if (slot.effective.mode === "observe") continue;
      slot.request = outcome;
      if (outcome.kind === "respond") {
        answer = ownAnswer(exchange, outcome.response);
        // The response phases of the stages after this one still run.
        for (const before of slots.slice(0, slots.indexOf(slot) + 1)) before.out = true;
        break;
      }
    }

    if (answer === undefined) {
      const { request, listed } = prepareRequest(exchange, slots, options.decodable);
      try {
        answer = await origin(request);
      } catch (error) {
        return originProblem(exchange, error);
      }
      if (answer.status === 304) restoreEntityTag(answer.fields, listed);
    }

    const reader = lastReader(exchange, slots);
    for (const [i, slot] of slots.entries()) {
      if (i > reader) answer = withoutContent(exchange, answer);
      if (slot.out || slot.stage.onResponse === undefined) continue;
      const call = decideResponse(slot, exchange, answer, timeout);
      const result = call instanceof Promise ? await call : call;
      if (!result.ok) {
        fail(slot, "response", result.error);
        if (slot.effective.mode === "enforce") addAll(varyOn, slot.stage.varyOn);
        continue;
      }
      let outcome = result.value;
      const refused = outcome.kind === "replace" || outcome.kind === "transform";
      if (refused && noTransform(exchange, answer)) {
        outcome = { kind: "declined", reason: "no-transform" };
      }
      record(slot, "response", outcome);
      if (slot.effective.mode === "observe" || outcome.kind === "ineligible") continue;
      addAll(varyOn, slot.stage.varyOn);
      if ("varyOn" in outcome && outcome.varyOn !== undefined) addAll(varyOn, outcome.varyOn);
      if (outcome.kind === "declined") continue;
      const before: Answer = answer;
      const applied = await guard(() => applyOutcome(before, outcome, exchange, timeout), timeout);
      if (applied.ok) answer = applied.value;
      else fail(slot, "response", applied.error);
    }
    answer = withoutContent(exchange, answer);
    if (varyOn.size > 0) mergeVary(answer.fields, varyOn);
    options.onDecided?.(exchange, answer.status, decisions);
    return answer;
  };
}

const REQUEST_KINDS = new Set(["ineligible", "declined", "forward", "respond"]);
const FINAL_KINDS = new Set(["ineligible", "declined", "amend", "replace", "transform", "respond"]);

function activeSlots(options: PipelineOptions, exchange: Exchange): Slot[] {
  const slots: Slot[] = [];
  for (const stage of options.stages) {
    const effective = options.policyOf(stage.feature, exchange);
    if (effective.mode !== "off") slots.push({ stage, effective, out: false });
  }
  return slots;
}

/** What goes to the origin: the client's request, changed only where an enforced stage needs it. */
function prepareRequest(
  exchange: Exchange,
  slots: readonly Slot[],
  decodable: ReadonlySet<string>,
): { request: OriginRequest; listed: ListedTags } {
  let { target, method } = exchange;
  let reads = false;
  let unconditional = false;
  let variant: string | undefined;
  for (const { request } of slots) {
    if (request?.kind !== "forward") continue;
    target = request.target ?? target;
    method = request.method ?? method;
    reads ||= request.reads === true;
    unconditional ||= request.unconditional === true;
    variant ??= request.variant;
  }
  exchange.originTarget = target;
  const fields = exchange.forwardable();
  if (reads) {
    fields.set("accept-encoding", readableCodings(exchange.field("accept-encoding"), decodable));
    for (const name of ["available-dictionary", "dictionary-id", "range", "if-range"]) {
      fields.delete(name);
    }
  }
  if (unconditional) {
    fields.delete("if-none-match");
    fields.delete("if-modified-since");
  }
  const listed = translateConditionals(fields, variant);
  return { request: { method, target, fields }, listed };
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

function addAll(to: Set<string>, names: readonly string[]): void {
  for (const name of names) to.add(name);
}
