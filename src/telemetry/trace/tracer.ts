import type { Agent } from "../../agent/agent.ts";
import { privateFields } from "../../http/cache-control.ts";
import type { Answer, Exchange } from "../../pipeline/exchange.ts";
import { OwnExchange } from "../../pipeline/own-exchange.ts";
import type { FeatureList } from "../../feature/define.ts";
import type { EffectivePolicy, FeatureName } from "../../pipeline/policy.ts";
import type { DecisionRecord } from "../../pipeline/stage.ts";
import type { CompiledRules, PolicyRequest } from "../../rules/compile.ts";
import type { RulesFile } from "../../rules/schema.ts";
import { describeDefect } from "../describe-error.ts";
import type { Log } from "../log.ts";
import { formatServerTiming, formatTraceField, TRACE_FIELD } from "./field.ts";
import { buildTrace, type Trace } from "./trace.ts";

/** Who hears of traces. */
export interface TracerOptions {
  readonly log: Log;
  /** Gives the trace of every answered request to its record. */
  readonly logsRequests: boolean;
  /** Puts every trace on its response, in short. */
  readonly debug: boolean;
  /** Whether the operator sent the request: the operator sees traces on the response. */
  readonly isHolder: (exchange: Exchange) => boolean;
  /** For `explain`: hears of every trace, with nothing but secrets hidden. */
  readonly onTrace?: OnTrace | undefined;
  /** The generation of data stored for a request; undefined if it is not known at once. */
  readonly generationOf: (exchange: Exchange) => string | undefined;
}

/** Hears of a trace, of whom it is about, and of the options that applied. */
export type OnTrace = (
  trace: Trace,
  about: {
    readonly agent: Agent;
    readonly features: FeatureList;
    readonly effectiveOf: (feature: FeatureName) => EffectivePolicy;
  },
) => void;

/** The rules that were in force for a request. */
export interface TracedRules {
  readonly rules: RulesFile;
  readonly policies: CompiledRules;
  /** A request as rules see it. */
  readonly asked: (exchange: Exchange) => PolicyRequest;
}

/** Makes traces of requests. */
export interface Tracer {
  /** Whether the time that stages take is measured. */
  readonly isTimed: boolean;
  /** Sees each answer before it goes out. */
  see(exchange: Exchange, answer: Answer, decisions: readonly DecisionRecord[]): void;
}

/**
 * Makes traces on demand: of every request, or of those that a rule with `debug` decides. Without a
 * demand it costs nothing.
 */
export function createTracer(
  { rules, policies, asked }: TracedRules,
  { log, logsRequests, debug, isHolder, onTrace, generationOf }: TracerOptions,
): Tracer | undefined {
  const debugged = rules.rules.filter((rule) => (rule.debug ?? false) !== false);
  const watched = new Map(debugged.map((rule) => [rule.name, rule.debug === "public"]));
  if (watched.size === 0 && !logsRequests && !debug && onTrace === undefined) return undefined;

  return {
    isTimed: watched.size > 0 || logsRequests || debug,
    see(exchange, answer, decisions) {
      try {
        tell(exchange, answer, decisions);
      } catch (error) {
        // The page matters more.
        log.warn("trace-failed", { error: describeDefect(error) });
      }
    },
  };

  function tell(exchange: Exchange, answer: Answer, decisions: readonly DecisionRecord[]): void {
    // A page that we ask ourselves for is part of another answer.
    if (exchange instanceof OwnExchange) return;
    const seen = debug ? "by-all" : watchOf(exchange);
    if (seen === undefined && !logsRequests && onTrace === undefined) return;
    const request = asked(exchange);
    const about = { exchange, asked: request, answer, decisions };
    const generation = generationOf(exchange) ?? "-";
    const source = { ...about, rules, policies, generation };
    onTrace?.(buildTrace({ ...source, shows: "all" }), {
      agent: exchange.agent,
      features: policies.features,
      effectiveOf: policies.forRequest(request),
    });
    if (seen === undefined && !logsRequests) return;
    const trace = buildTrace({ ...source, shows: "safe" });
    exchange.record?.traced(trace);
    if (seen === "by-all" || (seen === "by-holder" && isHolder(exchange))) {
      show(trace, decisions, answer);
    }
  }

  /** Who sees the trace on the response; undefined if no rule that decides asks for one. */
  function watchOf(exchange: Exchange): "by-all" | "by-holder" | undefined {
    if (watched.size === 0) return undefined;
    const effectiveOf = policies.forRequest(asked(exchange));
    const found = new Set(policies.features.map(({ key }) => watched.get(effectiveOf(key).rule)));
    if (found.has(true)) return "by-all";
    return found.has(false) ? "by-holder" : undefined;
  }
}

/**
 * Puts a trace on the response. It describes one request, so no shared cache may store it; stages
 * have stored their copies before this, without it.
 */
function show(trace: Trace, decisions: readonly DecisionRecord[], { fields }: Answer): void {
  fields.set(TRACE_FIELD, formatTraceField(trace));
  const timing = formatServerTiming(decisions);
  if (timing !== "") fields.append("server-timing", timing);
  for (const [name, value] of privateFields(fields)) fields.set(name, value);
}
