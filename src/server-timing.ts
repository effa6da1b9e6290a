import type { Answer, Exchange } from "./pipeline/exchange.ts";
import type { DecisionRecord } from "./pipeline/stage.ts";
import type { RulesFile } from "./rules/schema.ts";

/** Adds `Server-Timing` to a response whose rules ask for it. */
export type TellTimes = (
  exchange: Exchange,
  answer: Answer,
  decisions: readonly Pick<DecisionRecord, "rule">[],
) => void;

/**
 * The times that responses tell: of the origin server, to the head of its response, and of the proxy.
 * Undefined if no rule asks for them. A rule that says no has precedence over others.
 */
export function tellTimes({ rules, telemetry }: RulesFile): TellTimes | undefined {
  const byRule = new Map(rules.map(({ name, serverTiming }) => [name, serverTiming]));
  const isAnyTold = telemetry.serverTiming || [...byRule.values()].includes(true);
  if (!isAnyTold) return undefined;
  return ({ record }, { fields }, decisions) => {
    const said = new Set(decisions.map(({ rule }) => byRule.get(rule)));
    const isTold = !said.has(false) && (telemetry.serverTiming || said.has(true));
    if (record === undefined || !isTold) return;
    const { total, origin } = record.times;
    const ofOrigin = origin === undefined ? "" : `origin;dur=${milliseconds(origin)}, `;
    const ofProxy = `wayleave;dur=${milliseconds(Math.max(0, total - (origin ?? 0)))}`;
    fields.append("server-timing", ofOrigin + ofProxy);
  };
}

function milliseconds(value: number): string {
  return String(Number(value.toFixed(1)));
}
