import type { CanaryState } from "../pipeline/canary/canaries.ts";
import type { IdentityState } from "../agent/identification.ts";
import type { OriginHealth } from "./origin-state.ts";
import type { PartState } from "../telemetry/conditions.ts";
import type { MemoryBudget } from "../memory/budget.ts";
import type { ProcessHealth } from "./health-of-several.ts";

/** The version of the rules in force, and the last version that was refused. */
export interface RulesState {
  /** See `rulesVersion`; undefined until it is known. */
  readonly version: string | undefined;
  /** Seconds since the epoch. */
  readonly since: number;
  /** Whether no valid rules have been in force yet. @default false */
  readonly isMissing?: boolean;
  /** The newest rules, if they were refused; undefined once newer ones are in force. */
  readonly refused?: RefusedRules | undefined;
}

export interface RefusedRules {
  readonly version: string;
  /** Seconds since the epoch. */
  readonly at: number;
}

/** The state of one address of an origin server. */
export interface AddressState {
  readonly address: string;
  /** Failures in a row. */
  readonly failures: number;
  /** Milliseconds for which it will not be used. */
  readonly outFor: number;
}

/** The addresses of an origin server that has a name. */
export interface OriginAddresses {
  readonly name: string;
  readonly addresses: readonly AddressState[];
}

/** The details for the operator; features add theirs. */
export interface HealthDetails extends RulesHealth, SourcesHealth {
  readonly origin: OriginHealth;
  /** The addresses of the origin servers that have names. */
  readonly origins: readonly OriginAddresses[];
  readonly store: PartState;
  readonly ledger: PartState;
  readonly rates: PartState;
  /** Lines and figures that telemetry has dropped. */
  readonly telemetry: object;
  /** How requests arrive: peers and forwarding fields, as counts; null if the runtime does not count. */
  readonly clients: object | null;
  /** Rules that act for a share of agents and compare it with the rest. */
  readonly canaries: readonly CanaryState[];
  /** The processes of which these are the details. @default one */
  readonly processes?: readonly ProcessHealth[];
}

interface RulesHealth {
  readonly memory: { readonly limit: number; readonly used: number; readonly caches: object };
  readonly rules: { readonly version: string | null; readonly since: string };
  readonly refused: { readonly version: string; readonly at: string } | null;
}

/** Versions of the rules, and bytes in the caches. */
export function describeHealth(
  { version, since, refused }: RulesState,
  memory: Pick<MemoryBudget, "limit" | "used" | "describe">,
): RulesHealth {
  return {
    memory: { limit: memory.limit, used: memory.used, caches: memory.describe() },
    rules: { version: version ?? null, since: time(since) },
    refused: refused === undefined ? null : { version: refused.version, at: time(refused.at) },
  };
}

/** A source of evidence for the identity of agents. */
interface SourceHealth {
  readonly url: string;
  /** Keys of a directory, address ranges of a list. */
  readonly entries: number;
  /** Seconds since the copy in use was fetched; null if there is none. */
  readonly age: number | null;
  /** Why the last fetch failed; null if it did not. */
  readonly failure: string | null;
}

interface SourcesHealth {
  readonly lists: readonly SourceHealth[];
  readonly directories: readonly SourceHealth[];
}

/** The state of address lists and key directories. */
export function describeSources({ ipRanges, directories }: IdentityState): SourcesHealth {
  return {
    lists: ipRanges.map(({ url, ranges, age, failure }) => ({
      url,
      entries: ranges,
      age: age ?? null,
      failure: failure ?? null,
    })),
    directories: directories.map(({ url, keys, age, failure }) => ({
      url,
      entries: keys.length,
      age: age ?? null,
      failure: failure ?? null,
    })),
  };
}

/** @param seconds since the epoch */
function time(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
