import type { Agent } from "../../agent/agent.ts";
import { privateFields } from "../../http/cache-control.ts";
import type { Answer, Exchange } from "../../pipeline/exchange.ts";
import { OwnExchange } from "../../pipeline/exchange-at.ts";
import type { FeatureList } from "../../feature/define.ts";
import type { EffectivePolicy, FeatureName } from "../../pipeline/policy.ts";
import type { DecisionRecord } from "../../pipeline/stage.ts";
import type { CompiledRules } from "../../rules/compile.ts";
import type { PolicyRequest } from "../../rules/decide.ts";
import type { RulesFile } from "../../rules/schema.ts";
import { describeDefect } from "../describe-error.ts";
import type { Log } from "../log.ts";
import { formatServerTiming, formatTraceField, TRACE_FIELD } from "./field.ts";
import { buildTrace, type Trace } from "./trace.ts";

interface TracerOptions {
  readonly rules: RulesFile;
  readonly policies: CompiledRules;
  /** The facts of a request that rules match. */
  readonly requestOf: (exchange: Exchange) => PolicyRequest;
  readonly log: Log;
  /** Adds the trace of every request to its record. */
  readonly logsRequests: boolean;
  /** Sends the short trace with every response. */
  readonly debug: boolean;
  /** Whether the request has the operator's token, and may get its trace in the response. */
  readonly isHolder: (exchange: Exchange) => boolean;
  /** Called with every trace, in which only secrets are hidden; for `explain`. */
  readonly onTrace?: OnTrace | undefined;
  /** The generation of data stored for a request; undefined if it is not in memory. */
  readonly generationOf: (exchange: Exchange) => string | undefined;
}

/** Called with a trace, the agent, and the policies of the request. */
export type OnTrace = (
  trace: Trace,
  about: {
    readonly agent: Agent;
    readonly features: FeatureList;
    readonly effectiveOf: (feature: FeatureName) => EffectivePolicy;
  },
) => void;

export interface Tracer {
  readonly isTimed: boolean;
  /** Traces a request, if needed, before its response is sent. */
  see(exchange: Exchange, answer: Answer, decisions: readonly DecisionRecord[]): void;
}

/** Creates a tracer of the requests that need one; undefined if none does. */
export function createTracer(options: TracerOptions): Tracer | undefined {
  const { rules, policies, requestOf, log, logsRequests, debug, onTrace } = options;
  const debugged = rules.rules.filter((rule) => (rule.debug ?? false) !== false);
  const watched = new Map(debugged.map((rule) => [rule.name, rule.debug === "public"]));
  if (watched.size === 0 && !logsRequests && !debug && onTrace === undefined) return undefined;

  return {
    isTimed: watched.size > 0 || logsRequests || debug,
    see(exchange, answer, decisions) {
      try {
        tell(exchange, answer, decisions);
      } catch (error) {
        // A failing trace must not affect the response.
        log.warn("trace-failed", { error: describeDefect(error) });
      }
    },
  };

  function tell(exchange: Exchange, answer: Answer, decisions: readonly DecisionRecord[]): void {
    // The proxy's own requests are part of another request.
    if (exchange instanceof OwnExchange) return;
    const seen = debug ? "by-all" : watchOf(exchange);
    if (seen === undefined && !logsRequests && onTrace === undefined) return;
    const request = requestOf(exchange);
    const about = { exchange, policyRequest: request, answer, decisions };
    const generation = options.generationOf(exchange) ?? "-";
    const source = { ...about, rules, policies, generation };
    onTrace?.(buildTrace({ ...source, shows: "all" }), {
      agent: exchange.agent,
      features: policies.features,
      effectiveOf: policies.forRequest(request),
    });
    if (seen === undefined && !logsRequests) return;
    const trace = buildTrace({ ...source, shows: "safe" });
    exchange.record?.traced(trace);
    if (seen === "by-all" || (seen === "by-holder" && options.isHolder(exchange))) {
      show(trace, decisions, answer);
    }
  }

  /** The audience of the trace in the response; undefined if no deciding rule has `debug`. */
  function watchOf(exchange: Exchange): "by-all" | "by-holder" | undefined {
    if (watched.size === 0) return undefined;
    const effectiveOf = policies.forRequest(requestOf(exchange));
    const found = new Set(policies.features.map(({ key }) => watched.get(effectiveOf(key).rule)));
    if (found.has(true)) return "by-all";
    return found.has(false) ? "by-holder" : undefined;
  }
}

/** Adds a trace to the response, which becomes private, since a trace describes one request. */
function show(trace: Trace, decisions: readonly DecisionRecord[], { fields }: Answer): void {
  fields.set(TRACE_FIELD, formatTraceField(trace));
  const timing = formatServerTiming(decisions);
  if (timing !== "") fields.append("server-timing", timing);
  for (const [name, value] of privateFields(fields)) fields.set(name, value);
}
