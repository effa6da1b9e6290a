import type { FieldList, Fields } from "../http/fields.ts";
import type { NewRepresentation } from "../http/representation.ts";
import type { FeatureName, Mode, Share } from "./policy.ts";
import type { Exchange } from "./exchange.ts";
import type { Awaitable } from "../timing/and-then.ts";

export type { Awaitable };

/** What a stage tells of a decision besides its reason, e.g. where a redirect leads. */
export type Detail = Readonly<Record<string, string>>;

/** A response that a stage makes by itself. */
export interface OwnResponse {
  readonly status: number;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly content: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | string | null;
}

/** The same, with fields that are taken over as they are. */
export interface FinishedResponse extends Omit<OwnResponse, "fields"> {
  readonly fields: FieldList;
}

/** The finished answer of a stage to an earlier request like this one. */
export interface ReusableResponse {
  /** In origin-form, what it was made from. @default what the stage forwards to */
  readonly target?: string;
  /** Sent without asking the origin. */
  readonly isFresh: boolean;
  /** The origin's entity tag; what is not fresh is sent once the origin confirms it. */
  readonly etag?: string;
  /** @param confirmed fields of the origin's 304, where it was asked (RFC 9111 §4.3.4) */
  response(confirmed?: Fields): OwnResponse | FinishedResponse;
}

/** The origin is to be asked for something else, and its answer so far is dropped. */
export interface Reask<Reason extends string = string> {
  readonly reason: Reason;
  /** Origin-form. */
  readonly target: string;
  /** As in `forward`. */
  readonly variant?: string;
  /** The whole is wanted in place of the part that came: without Range and If-Range. */
  readonly whole?: true;
}

/** The stage has no part in this exchange: no change, no Vary, no further phase. */
interface Ineligible<Reason extends string = string> {
  readonly kind: "ineligible";
  readonly reason: Reason;
}

/** The stage changes nothing here, but might have: it still owes Vary. */
interface Declined<Reason extends string = string> {
  readonly kind: "declined";
  readonly reason: Reason;
  /** Request fields that this very decision read besides the stage's `varyOn`. */
  readonly varyOn?: readonly string[];
  readonly detail?: Detail;
}

/** What a stage says of the request. After `declined` and `forward` it sees the response too. */
export type RequestOutcome<Reason extends string = string> =
  | Ineligible<Reason>
  | Declined<Reason>
  | {
      readonly kind: "forward";
      readonly reason: Reason;
      /** Origin-form to ask the origin for instead of the client's, if that address's rules allow it. */
      readonly target?: string;
      /** What is asked for instead if they don't. @default the client's own target, without the stage */
      readonly otherwise?: { readonly target: string; readonly variant?: string };
      /** Fields of ours for the origin's request. */
      readonly set?: readonly (readonly [name: string, value: string])[];
      /** The stage wants to read the content: upstream only codings that this runtime decodes. */
      readonly reads?: true;
      /**
       * Whether the stage acts is only known from the response: Range and If-Range go along, so that a
       * download still gets its part (206).
       */
      readonly keepsRange?: true;
      /** The method to ask the origin with; what a HEAD brings in content then is dropped again. */
      readonly method?: "GET";
      /** The answer may be no 2xx: If-None-Match and its kin stay behind (RFC 9110 §13.2.1). */
      readonly unconditional?: true;
      /** The media-type variant that the client is to get, where the stage makes it, e.g. "md". */
      readonly variant?: string;
      /** Used where no stage before this one reads the origin's answer. */
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
    /** Content in a coding that this runtime can't undo is wanted too, as it came. */
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

/** Where a scan stands: more to come, the content ended, or the bound is reached. */
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

/** What a stage says of the response once nothing is left to look at. */
export type FinalOutcome<Reason extends string = string> =
  | Ineligible<Reason>
  | Declined<Reason>
  | Amend<Reason>
  | Replace<Reason>
  | Transform<Reason>
  | Respond<Reason>;

export type ResponseOutcome<Reason extends string = string> = FinalOutcome<Reason> | Scan<Reason>;

/** Status and fields of a response; a body is asked for by `scan`, never taken. */
export interface ResponseHead {
  readonly status: number;
  readonly fields: Fields;
  /** Whether content follows: not with HEAD, 204 or 304. */
  readonly hasContent: boolean;
  /** Length of the decoded content in bytes, where it is known before it is read. */
  readonly length: number | undefined;
  /** Whether a stage has put content of ours in place of the origin's. */
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
   * @param asked the targets asked for so far; there are three at most
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

/** A stage with what its feature's definition says to the runner. */
export interface FeatureStage<Policy = unknown> extends Stage<Policy> {
  /** The key in the rules file that switches this stage, and its name in traces and logs. */
  readonly feature: FeatureName;
  /**
   * Of a stage that decides who may have what is at an address: whether under this policy anybody is
   * refused. Before an answer is made from another address, such a stage is asked about that, too.
   */
  guards?(policy: Policy): boolean;
  /** Stands for the cache between the features and the origin server, which the runner asks by itself. */
  readonly isCache?: boolean;
  /**
   * What is to happen to a request if `onRequest` failed or took too long; undefined to go on without
   * the stage, which is what happens if it is absent.
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
  /** Where the rule acts for a percentage of agents only: that, and whether this one is among them. */
  readonly share?: Share;
  readonly kind: string;
  readonly reason: string;
  readonly detail?: Detail;
  /** The line that it gets in the log. */
  readonly logs?: LoggedDecisions;
  /** Milliseconds that the decision took, its look at the content included; only where timed. */
  readonly ms?: number;
}
