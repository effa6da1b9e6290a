import { oncePer } from "../../http/once-per.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import { secondsOf } from "../../timing/duration.ts";
import type { EffectivePolicy } from "../../pipeline/policy.ts";
import { comparable, parameterMatcher, type Sameness } from "./canonical.ts";
import { compileMaps } from "./maps.ts";
import type { CanonicalMemory } from "./memory.ts";
import type { CountsPages } from "./pagination.ts";
import { LINKED_TYPES, PAGE_PARAMETERS, type CanonicalRedirectPolicy } from "./policy.ts";
import type { SourcesMarker } from "./sources-marker.ts";
import type { TargetCheck } from "./target-check.ts";
import type { Valve } from "./valve.ts";

/** A rule's compiled options. */
export interface Compiled {
  readonly policy: CanonicalRedirectPolicy;
  readonly sameness: Sameness;
  readonly countsPages: CountsPages;
  /** Whether content of a media type is redirected by its Link field. */
  readonly isLinked: (essence: string) => boolean;
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
export type PolicyAt = (page: URL, from: Exchange) => EffectivePolicy;

/** Compiles options once; they don't change while the proxy runs. */
export function policyCompiler(
  originServers: readonly string[],
): (policy: CanonicalRedirectPolicy) => Compiled {
  return oncePer((policy) => compile(policy, originServers));
}

/** The default options on which a page's canonical depends. */
const USUAL = JSON.stringify([[], [], 262_144, PAGE_PARAMETERS, LINKED_TYPES]);

function compile(policy: CanonicalRedirectPolicy, originServers: readonly string[]): Compiled {
  const { equivalents, ignoreParameters, maxScan, pageParameters, types } = policy;
  // An origin server that does not know its public name writes its own into canonical links.
  const origins = [...equivalents, ...originServers];
  const isIgnored = parameterMatcher(ignoreParameters);
  const sameness: Sameness = { equivalents: new Set(origins), isIgnored };
  // Options are part of the key, unless they are the defaults.
  const options = [equivalents, ignoreParameters, maxScan, pageParameters, types];
  const scope = JSON.stringify(options) === USUAL ? "" : ` ${JSON.stringify(options)}`;
  const recent = new BoundedCache<Address>({
    name: "canonicals",
    max: RECENT_ADDRESSES,
    sizeOf: ({ key }) => 600 + 4 * key.length,
  });
  const keyOf = (page: URL): string => comparable(page, sameness) + scope;
  return {
    policy,
    sameness,
    countsPages: parameterMatcher(pageParameters),
    isLinked: parameterMatcher(types),
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
  readonly targets: TargetCheck;
  readonly sources: SourcesMarker;
  readonly valve: Valve;
  readonly compile: (policy: CanonicalRedirectPolicy) => Compiled;
  readonly policyAt: PolicyAt;
  /** Seconds since the epoch. */
  readonly now: () => number;
}
