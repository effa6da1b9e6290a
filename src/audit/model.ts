/** The checks of isitagentready.com, by their ids there (autumn 2026). */
export const CHECK_IDS = [
  "robotsTxt",
  "sitemap",
  "linkHeaders",
  "dnsAid",
  "markdownNegotiation",
  "robotsTxtAiRules",
  "contentSignals",
  "webBotAuth",
  "apiCatalog",
  "oauthDiscovery",
  "oauthProtectedResource",
  "authMd",
  "mcpServerCard",
  "a2aAgentCard",
  "agentSkills",
  "ard",
  "webMcp",
  "x402",
  "mpp",
  "ucp",
  "acp",
  "ap2",
] as const;

export type CheckId = (typeof CHECK_IDS)[number];

/** The groups of checks, in the order of the report. */
export const CATEGORY_NAMES = {
  discoverability: "Discoverability",
  contentAccessibility: "Content",
  botAccessControl: "Bot access control",
  discovery: "APIs, authorization and agents",
  commerce: "Commerce",
} as const;

export type CheckCategory = keyof typeof CATEGORY_NAMES;

export type CheckStatus = "pass" | "fail" | "neutral";

/** One step by which a check came to its result, in the form of the scanner. */
export interface AuditStep {
  readonly action: "fetch" | "parse" | "validate" | "navigate" | "conclude";
  readonly label: string;
  readonly request?: { readonly method: string; readonly url: string; readonly headers: FieldMap };
  readonly response?: {
    readonly status: number;
    readonly headers: FieldMap;
    readonly bodyPreview?: string;
  };
  readonly finding: {
    readonly outcome: "positive" | "negative" | "neutral";
    readonly summary: string;
  };
}

type FieldMap = Readonly<Record<string, string>>;

/** The advice for a check that fails. */
export interface Advice {
  /** A rules file of wayleave with the keys that are needed, as JSON; absent if none helps. */
  readonly rules?: object;
  /** The change at the origin server. */
  readonly origin: string;
  /** A prompt for a coding agent. */
  readonly prompt: string;
}

/** The result of a check. */
export type AuditVerdict =
  | { readonly status: "pass"; readonly message: string; readonly details?: object }
  | {
      readonly status: "fail";
      readonly message: string;
      readonly details?: object;
      readonly advice: Advice;
    }
  | {
      readonly status: "neutral";
      readonly message: string;
      readonly details?: object;
      /** The status that the public scanner gives, if it is another. */
      readonly scannerStatus?: "fail";
    };

/** A check's result with its evidence. */
export interface CheckedItem {
  readonly status: CheckStatus;
  readonly message: string;
  readonly details?: object;
  readonly evidence: readonly AuditStep[];
  readonly durationMs: number;
  readonly scannerStatus?: "fail";
  readonly advice?: Advice;
}

export type CheckedItems = Readonly<Record<CheckId, CheckedItem>>;

/** A check without an honest use for the site; the public scanner counts it as failed. */
export function notApplicable(because: string, scannerStatus?: "fail"): AuditVerdict {
  return {
    status: "neutral",
    message: `not applicable, because ${because}`,
    ...(scannerStatus === undefined ? {} : { scannerStatus }),
  };
}

/** The beginning of the message of a check that can't be made. */
export const UNABLE = "unable to check";

/** A check that can't be made. */
export function unableToCheck(why: string): AuditVerdict {
  return { status: "neutral", message: `${UNABLE}: ${why}` };
}
