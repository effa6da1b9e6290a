import { pagesBehind } from "./http/markdown-url.ts";
import { splitTarget } from "./http/target.ts";
import type { Exchange } from "./pipeline/exchange.ts";
import type { EffectivePolicy } from "./pipeline/policy.ts";
import type { PipelineOptions } from "./pipeline/run.ts";
import type { CompiledRules, PolicyRequest } from "./rules/compile.ts";
import { isGuard } from "./rules/strictness.ts";

/** Of every feature under a host that the rules list others than: requests pass, and nothing is stored. */
const NOT_LISTED: EffectivePolicy = { mode: "off", policy: {}, rule: "hosts" };

/**
 * The policies of requests, by feature. Under a host that the rules list others than, what guards pages
 * still does, and all else passes.
 */
export function policiesByHost(
  policies: CompiledRules,
  isListedHost: (host: string) => boolean | undefined,
): PipelineOptions["policiesFor"] {
  return (exchange, target) => {
    const policyOf = policies.forRequest(policyRequest(exchange, target));
    if (isListedHost(exchange.host) !== false) return policyOf;
    return (feature) => (isGuard(feature) ? policyOf(feature) : NOT_LISTED);
  };
}

/** A request as rules see it. */
export function policyRequest(exchange: Exchange, target = exchange.target): PolicyRequest {
  const { method, host, agent } = exchange;
  const { path } = splitTarget(target);
  const client = () => ({
    userAgent: exchange.field("user-agent"),
    address: exchange.clientAddress,
  });
  return { method, host, path, agent, behind: pagesBehind(path), client };
}
