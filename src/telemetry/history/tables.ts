/** The agent of requests that name no bot. */
export const NOBODY = "anonymous";

/**
 * The tables of the history, with the columns of their keys. All have the same numbers; see
 * `Measure`. A value that a request does not have is "".
 */
export const TABLES = {
  /** All requests, by the agent's identity and by the result. */
  requests: [
    "agent",
    "operator",
    "category",
    /** Joined by "+". */
    "behaviours",
    "verdict",
    "evidence",
    "status",
    "cache",
    /** The action of `access`: "allow", "block", … */
    "access",
  ],
  hosts: ["host", "agent", "verdict", "code"],
  /** Paths and responses; `type` is the media type without parameters. */
  paths: ["path", "agent", "verdict", "code", "type"],
  patterns: ["pattern", "agent", "category", "verdict", "code"],
  /** Requests by a link of another site; `referrer` is the name of an assistant or a search engine. */
  referrals: ["referrerClass", "referrer", "pattern"],
  /** `outcome` is "redirected", or "would-redirect" in observe mode. */
  redirects: ["path", "target", "agent", "outcome"],
  violations: ["agent", "verdict", "path"],
  /** One for each feature that decided; `action` is in observe mode the one that it would have taken. */
  decisions: ["feature", "rule", "mode", "action", "reason", "agent"],
  charges: ["agent", "rule", "currency"],
  /** `outcome` is "used", "not-used" for an offer that was not used, or "advertised". */
  dictionaries: ["group", "coding", "outcome", "reason"],
  /** Requests to the origin server: `fault` is "" or the cause of a missing response. */
  origin: ["status", "fault"],
  /** Responses 404 and 410 to agents. */
  missing: ["path", "agent", "verdict", "status"],
  /** Claims that were refuted, by the truncated address of the client. */
  impostors: ["agent", "verdict", "network"],
  /** `of` is "total" or "origin"; `bucket` is the upper bound in seconds, e.g. "0.25" or "+Inf". */
  durations: ["of", "agentKind", "bucket"],
} as const;

export type TableName = keyof typeof TABLES;
export type DimensionOf<Table extends TableName> = (typeof TABLES)[Table][number];

export const TABLE_NAMES = Object.keys(TABLES) as readonly TableName[];

/** Rows that a table stores for a day, at most. */
export const MOST_ROWS: Readonly<Record<TableName, number>> = {
  requests: 1600,
  hosts: 100,
  paths: 800,
  patterns: 400,
  referrals: 400,
  redirects: 400,
  violations: 400,
  decisions: 800,
  charges: 200,
  dictionaries: 200,
  origin: 100,
  missing: 400,
  impostors: 400,
  durations: 200,
};
