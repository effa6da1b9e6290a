import type { MemoryBudget } from "../memory/budget.ts";

/** Which rules are in force, and what became of the last ones that are not. */
export interface RulesState {
  /** See `rulesVersion`; undefined until it is known. */
  readonly version: string | undefined;
  /** Seconds since the epoch. */
  readonly since: number;
  /** Whether the proxy has no good rules at all, and none have been in force. @default false */
  readonly isMissing?: boolean;
  /** The newest rules, where they could not be taken; gone once newer ones are in force. */
  readonly refused?: RefusedRules | undefined;
}

export interface RefusedRules {
  readonly version: string;
  /** Seconds since the epoch. */
  readonly at: number;
}

/**
 * What a holder of the token is told besides the status: no paths, no faults, no rules. Bytes of memory
 * are those of the caches of this process.
 */
export function describeHealth(
  { version, since, refused }: RulesState,
  memory: Pick<MemoryBudget, "limit" | "used" | "describe">,
): object {
  return {
    memory: { limit: memory.limit, used: memory.used, caches: memory.describe() },
    rules: { version: version ?? null, since: time(since) },
    refused: refused === undefined ? null : { version: refused.version, at: time(refused.at) },
  };
}

/** @param seconds since the epoch */
function time(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
