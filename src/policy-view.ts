import type { Bot } from "./agent/bots.ts";
import type { FeatureList } from "./feature/define.ts";
import type { PolicyView } from "./feature/parts.ts";
import { pagesBehind } from "./http/markdown-url.ts";
import { splitTarget } from "./http/target.ts";
import { ANONYMOUS } from "./agent/agent.ts";
import type { Exchange } from "./pipeline/exchange.ts";
import { OwnExchange } from "./pipeline/exchange-at.ts";
import type { EffectivePolicy } from "./pipeline/policy.ts";
import type { PipelineOptions } from "./pipeline/run.ts";
import { compileRules, type CanaryStops, type CompiledRules } from "./rules/compile.ts";
import type { PolicyRequest } from "./rules/decide.ts";
import { compileHosts } from "./rules/hosts.ts";
import { publishedTargets } from "./rules/published.ts";
import { compileRobots, type RobotsCompiler } from "./rules/robots/index.ts";
import { compileOpenPages } from "./rules/open-pages.ts";
import type { RulesFile } from "./rules/schema.ts";
import { compileUnconditional } from "./rules/unconditional.ts";

/** The policy for a host that `hosts` does not list: requests pass, and nothing is stored. */
const NOT_LISTED: EffectivePolicy = { mode: "off", policy: {}, rule: "hosts" };

/** The policy for our own requests to pages that rules can refuse: no list shows such pages. */
const NOT_OPEN: EffectivePolicy = { mode: "off", policy: {}, rule: "not-open" };

/** The compiled policies, for the runner and for features. */
export interface CompiledPolicies extends PolicyView {
  readonly compiled: CompiledRules;
  /**
   * The policies of a request, by feature. For an unlisted host, and for our own requests to pages
   * that are not open, only features that guard pages apply.
   */
  readonly policiesFor: PipelineOptions["policiesFor"];
  /** The facts of a request that rules match. */
  readonly requestOf: (exchange: Exchange, target?: string) => PolicyRequest;
}

/**
 * Compiles the rules into the policies that the runner and features read.
 *
 * @param bots the table, for robots.txt
 * @param canaries @default no rule is stopped
 */
export function compilePolicies(
  rules: RulesFile,
  features: FeatureList,
  bots: readonly Bot[] = [],
  canaries?: CanaryStops,
): CompiledPolicies {
  const compiled = compileRules(rules, features, canaries);
  const editors = new Set(features.flatMap(({ key, editsFields }) => (editsFields ? [key] : [])));
  const isOpenPage = compileOpenPages(rules, features);
  const isOpen = (host: string, at: string) => isOpenPage({ host, path: splitTarget(at).path });
  const isOpenToStrangers = compileOpenPages(rules, features, "strangers");
  const isListedHost = compileHosts(rules);
  const published = publishedTargets(rules, features);
  let robots: RobotsCompiler | undefined;
  const requestOf = requestReader(rules.agents);
  const policyAt: PolicyView["policyAt"] = (feature, { host, pathname: path, search }, from) => {
    const client = from === undefined ? { agent: ANONYMOUS } : requestOf(from);
    const page = { method: "GET", host, path, query: search, behind: pagesBehind(path) };
    return compiled.forRequest({ ...client, ...page })(feature);
  };

  return {
    compiled,
    isOpen,
    isOpenToStrangers: (host, at) => isOpenToStrangers({ host, path: splitTarget(at).path }),
    isNamed: (feature, exchange) => compiled.isNamed(feature, requestOf(exchange)),
    isPublished: (target) => published.has(target),
    isListedHost,
    requestOf,
    policyAt,
    unconditional: compileUnconditional(rules, features),
    robotsFor(site, origin) {
      // Most processes never need it.
      robots ??= compileRobots(rules, features, bots);
      const { file, isTooLarge } = robots.compile(origin, site);
      return { content: file?.content, isTooLong: file?.isTooLong === true, isTooLarge };
    },
    hasAlternate(page, mediaType) {
      return features.some(({ key, alternates }) => {
        const alternate = alternates?.[mediaType];
        if (alternate === undefined) return false;
        const at = new URL(alternate.urlOf(page));
        const { mode, policy } = policyAt(key, at);
        return (
          mode === "enforce" && alternate.isOn(policy as never) && isOpen(at.host, at.pathname)
        );
      });
    },
    policiesFor(exchange, target = exchange.target) {
      const { host } = exchange;
      const policyOf = compiled.forRequest(requestOf(exchange, target));
      const guardsOnly =
        (off: EffectivePolicy): typeof policyOf =>
        (feature) =>
          compiled.isGuard(feature) || editors.has(feature) ? policyOf(feature) : off;
      if (isListedHost(host) === false) return guardsOnly(NOT_LISTED);
      const isClosed = exchange instanceof OwnExchange && !isOpen(host, target);
      return isClosed ? guardsOnly(NOT_OPEN) : policyOf;
    },
  };
}

/** Reads the facts of a request that rules match. */
function requestReader({ trustedProxyHops, countryField }: RulesFile["agents"]) {
  // A client could write the field if no trusted proxy is in front.
  const named = trustedProxyHops > 0 ? countryField?.toLowerCase() : undefined;
  return (exchange: Exchange, target = exchange.target): PolicyRequest => {
    const { method, host, agent } = exchange;
    const { path, query } = splitTarget(target);
    const client = () => ({
      userAgent: exchange.field("user-agent"),
      address: exchange.clientAddress,
      country: countryOf(named && exchange.field(named)) ?? countryOf(exchange.country),
    });
    return { method, host, path, query, agent, behind: pagesBehind(path), client };
  };
}

/** The country that a field states, in upper case; undefined if it states none. */
function countryOf(field: string | undefined): string | undefined {
  return field !== undefined && /^[A-Za-z][A-Za-z0-9]$/.test(field)
    ? field.toUpperCase()
    : undefined;
}
