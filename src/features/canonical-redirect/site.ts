import { oncePer } from "../../http/once-per.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import type { Agent } from "../../agent/agent.ts";
import { secondsOf } from "../../timing/duration.ts";
import type { EffectivePolicy, Mode } from "../../pipeline/policy.ts";
import { decideAudience } from "./audience.ts";
import { comparable, parameterMatcher, type Sameness } from "./canonical.ts";
import type { NextHop, ChainAddress } from "./destination.ts";
import type { Fact } from "./fact.ts";
import { compileMaps } from "./maps.ts";
import type { CanonicalMemory } from "./memory.ts";
import type { CanonicalRedirectPolicy } from "./policy.ts";

/** A rule's compiled options. */
export interface Compiled {
  readonly policy: CanonicalRedirectPolicy;
  readonly sameness: Sameness;
  /** The target of the rule's maps for a page. */
  readonly mapped: (page: URL) => string | undefined;
  /** Seconds. */
  readonly keepFor: number;
  /** The key by which a page is compared and remembered; the options are part of it. */
  readonly keyOf: (page: URL) => string;
  /** Parses the address of a remembered page. The result is shared: do not change it. */
  readonly addressOf: (href: string) => Address;
}

/** A parsed address. */
interface Address {
  readonly page: URL;
  readonly key: string;
}

const RECENT_ADDRESSES = 2000;

/** The policy that applies to another page of the site, for the same agent. */
export type PolicyAt = (page: URL, agent: Agent) => EffectivePolicy;

/** Reasons why a page is not redirected for which a map of the rules may redirect it. */
export const MAPPABLE: ReadonlySet<string> = new Set([
  "no-canonical",
  "canonical-empty",
  "canonicals-conflict",
  "not-html",
]);

/** Compiles options once; they don't change while the proxy runs. */
export function policyCompiler(
  originServer: string | undefined,
): (policy: CanonicalRedirectPolicy) => Compiled {
  return oncePer((policy) => compile(policy, originServer));
}

function compile(policy: CanonicalRedirectPolicy, originServer: string | undefined): Compiled {
  const { equivalents, ignoreParameters, maxScan } = policy;
  // An origin server that does not know its public name writes its own into canonical links.
  const origins = originServer === undefined ? equivalents : [...equivalents, originServer];
  const isIgnored = parameterMatcher(ignoreParameters);
  const sameness: Sameness = { equivalents: new Set(origins), isIgnored };
  // Options are part of the key, unless they are the defaults.
  const isUsual = equivalents.length === 0 && ignoreParameters.length === 0 && maxScan === 262_144;
  const scope = isUsual ? "" : ` ${JSON.stringify([equivalents, ignoreParameters, maxScan])}`;
  const recent = new BoundedCache<Address>({
    name: "canonicals",
    max: RECENT_ADDRESSES,
    sizeOf: ({ key }) => 600 + 4 * key.length,
  });
  const keyOf = (page: URL): string => comparable(page, sameness) + scope;
  return {
    policy,
    sameness,
    mapped: compileMaps(policy.maps),
    keepFor: secondsOf(policy.rememberFor ?? policy.keepFor),
    keyOf,
    addressOf: (href) =>
      recent.getOrMake(href, () => {
        const page = new URL(href);
        return { page, key: keyOf(page) };
      }),
  };
}

/** The parts that all requests of a site share. */
export interface CanonicalSite {
  readonly memory: CanonicalMemory;
  readonly compile: (policy: CanonicalRedirectPolicy) => Compiled;
  readonly policyAt: PolicyAt;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Returns the known next step after an address, under the rules for one agent. */
export function stepFinder(
  { memory, compile, policyAt }: CanonicalSite,
  own: Compiled,
  agent: Agent,
): (href: string) => ChainAddress {
  const isActive = (mode: Mode, { policy }: Compiled): boolean => {
    // If the rule only observes the page, pages that it would redirect count too.
    const counts = mode === "enforce" || (mode !== "off" && mode === own.policy.mode);
    if (!counts || policy === own.policy) return counts;
    return decideAudience(agent, policy.agents).kind === "eligible";
  };
  return (href) => {
    const { page } = own.addressOf(href);
    const { mode, policy } = policyAt(page, agent);
    const compiled = compile(policy as CanonicalRedirectPolicy);
    const { key } = compiled.addressOf(href);
    const fact = memory.peek(key)?.fact;
    if (fact !== undefined) {
      return { key, step: stepOf(fact, page, isActive(mode, compiled) ? compiled : undefined) };
    }
    const isLoaded = compiled.keepFor === 0 || memory.isUnknown(key);
    return { key, step: { kind: isLoaded ? "ends" : "unloaded" } };
  };
}

/** @param active the options that redirect the page; undefined if none do */
function stepOf(fact: Fact, page: URL, active: Compiled | undefined): NextHop {
  switch (fact.kind) {
    case "elsewhere":
      return active !== undefined ? { kind: "canonical", to: fact.to } : { kind: "ends" };
    case "stays": {
      const to = MAPPABLE.has(fact.reason) ? active?.mapped(page) : undefined;
      return to === undefined ? { kind: "ends" } : { kind: "canonical", to };
    }
    case "moved":
    case "gone":
      return fact;
    case "markdown":
      return { kind: "ends" };
  }
}
