/** The kinds of faults in a rules file or bot table. */
export type FaultCode =
  | "syntax"
  | "duplicate-key"
  | "unknown-key"
  | "missing-key"
  /** The robots.txt of the rules says otherwise than the rules. */
  | "robots-differs"
  | "invalid-value";

/** The kinds of warnings: valid in a rules file, but most likely a mistake. */
export type WarningCode =
  | "never-decides"
  | "never-matches"
  | "no-effect"
  /** Another key has replaced this one; only this version still accepts it. */
  | "deprecated"
  | "duplicate-name"
  | "test-keys"
  /** Keys of an agent that the bot table does not have. */
  | "unknown-agent"
  /** Clients can name any host, and each is stored as a site of its own. */
  | "hosts-unlisted"
  /** An origin server to which no rule sends requests. */
  | "unused-origin"
  /** An origin server at the public host of the site. */
  | "origin-is-proxy"
  /** No effect, or not possible, on one of the runtimes. */
  | "runtime"
  /** An access rule that does not refuse pages which its author most likely means too. */
  | "path-left-open"
  /** A refusal of robots.txt, a sitemap, llms.txt or security.txt, which crawlers misread. */
  | "document-refused"
  /** A discovery document that most readers ignore or misread. */
  | "document-unclear"
  /** A security.txt after its Expires. */
  | "document-expired"
  /** A rule gives something to anyone who writes a bot's name in a User-Agent. */
  | "claim-suffices"
  /** `false` admits everyone, and the rule's name or path suggests otherwise. */
  | "access-open"
  /** A refusal or a charge reaches people, search engines, link previews or monitors. */
  | "humans-reached"
  | "search-engine-reached"
  | "audience-reached"
  /** A rule hits or spares bots that have other behaviours, too. */
  | "several-behaviours"
  /** Agents that can't meet a challenge. */
  | "challenge-unmet"
  /** A refusal for legal reasons without an explanation. */
  | "unexplained"
  /** A limit that counts otherwise than its author most likely means. */
  | "limit-coarse"
  | "humans-challenged"
  | "search-engine-challenged"
  | "search-engine-redirected"
  | "nobody-redirected"
  | "map-repeats"
  | "loops-unseen"
  /** A response of the origin server that can't be a dictionary, or can't use one. */
  | "no-dictionary"
  /** A part of a rule that robots.txt can't express. */
  | "robots-unsaid"
  | "shared-caches";

/** A fault or warning with its place in the text. */
export interface Remark<Code extends string> {
  /** JSON pointer (RFC 6901) of the value, or of the unknown or missing key. */
  readonly pointer: string;
  readonly line: number;
  /** In UTF-16 code units, from 1, as in editors. */
  readonly column: number;
  readonly code: Code;
  readonly message: string;
}

export type Fault = Remark<FaultCode>;
export type Warning = Remark<WarningCode>;

/** A step of a path to a value: a key, or an index. */
export type PathStep = string | number;

/** Writes a path as a JSON pointer (RFC 6901 §3). */
export function toPointer(path: readonly PathStep[]): string {
  return path
    .map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}

/** Characters of a quoted value; messages cut longer ones. */
const LONGEST_QUOTE = 60;

/** Quotes a value for a message: short, on one line, without control characters. */
export function quote(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value !== "string") return String(value);
  const cut = value.length > LONGEST_QUOTE ? `${value.slice(0, LONGEST_QUOTE)}…` : value;
  return visible(JSON.stringify(cut));
}

/** Escapes control and direction characters, so that a file can't control the terminal. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
