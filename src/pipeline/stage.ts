import type { FieldList, Fields } from "../http/fields.ts";
import type { NewRepresentation } from "../http/representation.ts";
import type { FeatureName, Mode, Share } from "./policy.ts";
import type { Exchange } from "./exchange.ts";
import type { Interest } from "./interest.ts";
import type { Awaitable } from "../timing/and-then.ts";

export type { Awaitable };

/** Facts about a decision besides its reason, e.g. the address to which a redirect leads. */
export type Detail = Readonly<Record<string, string>>;

/** A response that a stage makes by itself. */
export interface OwnResponse {
  readonly status: number;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly content: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | string | null;
}

/** The same, with fields that are sent as they are. */
export interface FinishedResponse extends Omit<OwnResponse, "fields"> {
  readonly fields: FieldList;
}

/** The finished answer of a stage to an earlier request like this one. */
export interface ReusableResponse {
  /** Origin-form of the target that it was made from. @default what the stage forwards to */
  readonly target?: string;
  /** Whether it is sent without a request to the origin server. */
  readonly isFresh: boolean;
  /** The origin's entity tag; a response that is not fresh is sent once the origin confirms it. */
  readonly etag?: string;
  /** @param confirmed fields of the origin's 304, if it was revalidated (RFC 9111 §4.3.4) */
  response(confirmed?: Fields): OwnResponse | FinishedResponse;
}

/** The origin server is to get another request, and its response so far is dropped. */
export interface Reask<Reason extends string = string> {
  readonly reason: Reason;
  /** Origin-form. */
  readonly target: string;
  /** As in `forward`. */
  readonly variant?: string;
  /**
   * The whole content is wanted instead of the part that came: the request goes without Range and
   * If-Range.
   */
  readonly whole?: true;
}

/** The stage has no part in this exchange: no change, no Vary, no further phase. */
interface Ineligible<Reason extends string = string> {
  readonly kind: "ineligible";
  readonly reason: Reason;
}

/** The stage changes nothing here, but might have: its fields still belong in Vary. */
interface Declined<Reason extends string = string> {
  readonly kind: "declined";
  readonly reason: Reason;
  /** Request fields that this decision read in addition to the stage's `varyOn`. */
  readonly varyOn?: readonly string[];
  readonly detail?: Detail;
}

/**
 * A stage's outcome for the request. After `declined` and `forward` the stage sees the response
 * too.
 */
export type RequestOutcome<Reason extends string = string> =
  | Ineligible<Reason>
  | Declined<Reason>
  | {
      readonly kind: "forward";
      readonly reason: Reason;
      /**
       * Origin-form to request from the origin server instead of the client's, if that address's
       * rules allow it.
       */
      readonly target?: string;
      /**
       * The target and fields to use instead if they don't. @default the client's own target,
       * without the stage
       */
      readonly otherwise?: { readonly target: string; readonly variant?: string };
      /** Fields of ours for the origin's request. */
      readonly set?: readonly (readonly [name: string, value: string])[];
      /**
       * The stage wants to read the content: the origin is offered only codings that this runtime
       * decodes.
       */
      readonly reads?: true;
      /**
       * Whether the stage acts is only known from the response: Range and If-Range are sent on, so
       * that a download still gets its part (206).
       */
      readonly keepsRange?: true;
      /**
       * The method of the request to the origin; the content is dropped again if the client sent
       * HEAD.
       */
      readonly method?: "GET";
      /** The answer may be other than 2xx: preconditions are not sent on (RFC 9110 §13.2.1). */
      readonly unconditional?: true;
      /** The media-type variant that the client is to get, if the stage makes it, e.g. "md". */
      readonly variant?: string;
      /** Used if no stage before this one reads the origin's response. */
      readonly reusable?: ReusableResponse;
    }
  | {
      readonly kind: "respond";
      readonly reason: Reason;
      readonly response: OwnResponse;
      readonly detail?: Detail;
    };

/** Field lines to set or add in the response. */
export interface FieldEdits {
  readonly set?: readonly (readonly [name: string, value: string])[];
  readonly append?: readonly (readonly [name: string, value: string])[];
}

/** A response with other fields and the content as it is. */
interface Amend<Reason extends string = string> {
  readonly kind: "amend";
  readonly reason: Reason;
  readonly fields: FieldEdits;
  readonly varyOn?: readonly string[];
  readonly detail?: Detail;
  /** Gets a copy of the whole decoded content while it passes, if it stays under the bound. */
  readonly keep?: {
    readonly maxBytes: number;
    /** Whether content in a coding that this runtime can't decode is wanted too, as it came. */
    readonly asItCame?: true;
    done(content: Uint8Array<ArrayBuffer>): Awaitable<unknown>;
  };
}

/** The same resource in another form, made as a whole. */
interface Replace<Reason extends string = string> {
  readonly kind: "replace";
  readonly reason: Reason;
  readonly representation: NewRepresentation;
  readonly content: Uint8Array<ArrayBuffer>;
  readonly fields?: FieldEdits;
  readonly varyOn?: readonly string[];
  readonly detail?: Detail;
}

/** The same resource in another form, made while it passes. */
export interface Transform<Reason extends string = string> {
  readonly kind: "transform";
  readonly reason: Reason;
  readonly representation: NewRepresentation;
  readonly fields?: FieldEdits;
  readonly varyOn?: readonly string[];
  readonly detail?: Detail;
  stream(content: ReadableStream<Uint8Array>): ReadableStream<Uint8Array>;
}

/** Another response altogether, e.g. a redirect. */
interface Respond<Reason extends string = string> {
  readonly kind: "respond";
  readonly reason: Reason;
  readonly response: OwnResponse;
  readonly detail?: Detail;
}

/** The position of a scan: more to come, the content ended, or the bound is reached. */
export type ScanPosition = "open" | "end" | "limit";

/** Look at the first bytes of the decoded content, then decide. */
export interface Scan<Reason extends string = string> {
  readonly kind: "scan";
  readonly maxBytes: number;
  /**
   * Sees each piece in order; an outcome ends the scan. At "end" and "limit" (the piece may be
   * empty then) there must be one.
   */
  see(piece: Uint8Array, at: ScanPosition): Awaitable<FinalOutcome<Reason> | undefined>;
}

/** A stage's outcome for the response once no content is left to look at. */
export type FinalOutcome<Reason extends string = string> =
  | Ineligible<Reason>
  | Declined<Reason>
  | Amend<Reason>
  | Replace<Reason>
  | Transform<Reason>
  | Respond<Reason>;

export type ResponseOutcome<Reason extends string = string> = FinalOutcome<Reason> | Scan<Reason>;

/** Status and fields of a response; a stage reads the content through `scan` only. */
export interface ResponseHead {
  readonly status: number;
  readonly fields: Fields;
  /** Whether content follows: not with HEAD, 204 or 304. */
  readonly hasContent: boolean;
  /** Length of the decoded content in bytes, if it is known before it is read. */
  readonly length: number | undefined;
  /** Whether a stage has replaced the origin's content by ours. */
  readonly isMade: boolean;
}

/** One feature's part in an exchange: a pure decision and a thin act. */
export interface Stage<Policy = unknown, Reason extends string = string> {
  /**
   * Request fields that the decision depends on (RFC 9110 §12.5.5); the runner merges them into Vary.
   *
   * @default none
   */
  readonly varyOn?: readonly string[];
  onRequest?(exchange: Exchange, policy: Policy): Awaitable<RequestOutcome<Reason>>;
  /**
   * After `forward`: sees the origin's head before any response phase, and may want another target.
   *
   * @param asked the targets requested so far; there are three at most
   */
  onOriginHead?(
    head: ResponseHead,
    exchange: Exchange,
    policy: Policy,
    asked: readonly string[],
  ): Reask<Reason> | undefined;
  onResponse?(
    head: ResponseHead,
    exchange: Exchange,
    policy: Policy,
  ): Awaitable<ResponseOutcome<Reason>>;
}

/** A stage with the parts of its feature's definition that the runner reads. */
export interface FeatureStage<Policy = unknown> extends Stage<Policy> {
  /** The key in the rules file that switches this stage, and its name in traces and logs. */
  readonly feature: FeatureName;
  /**
   * For a stage that decides which clients may have the content of an address: whether this policy
   * refuses any client. Before an answer is made from another address, such a stage also decides
   * about that address.
   */
  guards?(policy: Policy): boolean;
  /** The requests and responses that it can concern. @default all */
  readonly interest?: Interest | undefined;
  /**
   * Whether the stage stands for the cache between the features and the origin server, which the
   * runner itself calls.
   */
  readonly isCache?: boolean;
  /**
   * The outcome for a request if `onRequest` failed or took too long. Undefined, or an absent
   * method: the exchange continues without the stage.
   */
  whenFailed?(exchange: Exchange, policy: Policy): RequestOutcome | undefined;
  readonly logs?: LoggedDecisions | undefined;
}

/** A line of the log for each decision of a feature that has a detail. */
export interface LoggedDecisions {
  /** Name of the line. */
  readonly event: string;
  /** Its `outcome`: if the feature answered, if it only observes, and if it did not. */
  readonly did: string;
  readonly would: string;
  readonly none: string;
}

/** What a stage decided, for explain, logs and metrics. */
export interface DecisionRecord {
  readonly feature: FeatureName;
  readonly phase: "request" | "response";
  readonly mode: Mode;
  readonly rule: string;
  /**
   * If the rule acts for a percentage of agents only: that percentage, and whether this agent is
   * included.
   */
  readonly share?: Share;
  readonly kind: string;
  readonly reason: string;
  readonly detail?: Detail;
  /** The line that it gets in the log. */
  readonly logs?: LoggedDecisions;
  /**
   * Milliseconds that the decision took, including its scan of the content; only if decisions are
   * timed.
   */
  readonly ms?: number;
}
