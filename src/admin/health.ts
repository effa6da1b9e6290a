import type { MemoryBudget } from "../memory/budget.ts";

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

/** The details for a request with the token: versions of the rules, and bytes in the caches. */
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
