import type { Answer, Exchange } from "./pipeline/exchange.ts";
import type { CompiledPolicies } from "./policy-view.ts";
import type { RulesFile } from "./rules/schema.ts";

/** Adds `Server-Timing` to a response whose rules ask for it. */
export type TellTimes = (exchange: Exchange, answer: Answer) => void;

/**
 * The times that responses tell: of the origin server, to the head of its response, and of the proxy.
 * Undefined if no rule asks for them. A rule that says no has precedence over others.
 */
export function tellTimes(
  { rules, telemetry }: RulesFile,
  { compiled, requestOf }: Pick<CompiledPolicies, "compiled" | "requestOf">,
): TellTimes | undefined {
  const byRule = new Map(rules.map(({ name, serverTiming }) => [name, serverTiming]));
  const isAnyTold = telemetry.serverTiming || [...byRule.values()].includes(true);
  if (!isAnyTold) return undefined;
  const isTold = (exchange: Exchange): boolean => {
    const effectiveOf = compiled.forRequest(requestOf(exchange));
    const said = new Set(compiled.features.map(({ key }) => byRule.get(effectiveOf(key).rule)));
    return !said.has(false) && (telemetry.serverTiming || said.has(true));
  };
  return (exchange, { fields }) => {
    const { record } = exchange;
    if (record === undefined || !isTold(exchange)) return;
    const { total, origin } = record.times;
    const ofOrigin = origin === undefined ? "" : `origin;dur=${milliseconds(origin)}, `;
    const ofProxy = `wayleave;dur=${milliseconds(Math.max(0, total - (origin ?? 0)))}`;
    fields.append("server-timing", ofOrigin + ofProxy);
  };
}

function milliseconds(value: number): string {
  return String(Number(value.toFixed(1)));
}
