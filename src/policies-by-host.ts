import { pagesBehind } from "./http/markdown-url.ts";
import { splitTarget } from "./http/target.ts";
import type { Exchange } from "./pipeline/exchange.ts";
import type { EffectivePolicy } from "./pipeline/policy.ts";
import { OwnExchange } from "./pipeline/own-exchange.ts";
import type { PipelineOptions } from "./pipeline/run.ts";
import type { CompiledRules, PolicyRequest } from "./rules/compile.ts";
import { isGuard } from "./rules/strictness.ts";

/** Of every feature under a host that the rules list others than: requests pass, and nothing is stored. */
const NOT_LISTED: EffectivePolicy = { mode: "off", policy: {}, rule: "hosts" };

/** Of every feature for our own requests where anybody can be refused: no list tells of what is there. */
const NOT_OPEN: EffectivePolicy = { mode: "off", policy: {}, rule: "access" };

/**
 * The policies of requests, by feature. Under a host that the rules list others than, what guards pages
 * still does, and all else passes; so it is for our own requests at addresses that are not open.
 *
 * @param isOpen whether nobody can be refused what is at a target of a host
 */
export function policiesByHost(
  policies: CompiledRules,
  isListedHost: (host: string) => boolean | undefined,
  isOpen: (host: string, target: string) => boolean,
): PipelineOptions["policiesFor"] {
  return (exchange, target = exchange.target) => {
    const { host } = exchange;
    const policyOf = policies.forRequest(policyRequest(exchange, target));
    const guardsOnly =
      (off: EffectivePolicy): typeof policyOf =>
      (feature) =>
        isGuard(feature) ? policyOf(feature) : off;
    if (isListedHost(host) === false) return guardsOnly(NOT_LISTED);
    const isClosed = exchange instanceof OwnExchange && !isOpen(host, target);
    return isClosed ? guardsOnly(NOT_OPEN) : policyOf;
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
