import type { FieldList, Fields } from "../http/fields.ts";
import type { NewRepresentation } from "../http/representation.ts";
import type { LoggedDecisions } from "./decision-record.ts";
import type { FeatureName, Mode } from "./policy.ts";
import type { Exchange } from "./exchange.ts";
import type { Interest } from "./interest.ts";
import type { OwnedDocument, StageDocument } from "./own-documents.ts";
import type { FeatureVocabulary } from "./vocabulary.ts";
import type { Awaitable } from "../timing/and-then.ts";

export type { Awaitable };
export type { DecisionRecord, LoggedDecisions } from "./decision-record.ts";

/** Facts of a decision besides its reason, e.g. the address of a redirect. */
export type Detail = Readonly<Record<string, string>>;

/** A response that a stage makes. */
export interface OwnResponse {
  readonly status: number;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly content: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | string | null;
  /** Bytes of the decoded content from which it was made, if it is another form of that. */
  readonly before?: number | undefined;
}

/** A response that a stage makes, with fields that are sent unchanged. */
export interface FinishedResponse extends Omit<OwnResponse, "fields"> {
  readonly fields: FieldList;
}

/** A response that a stage made earlier and can send again. */
export interface ReusableResponse {
  /** The origin-form target that it was made from. @default the target that the stage forwards to */
  readonly target?: string;
  /** Whether it is sent without a request to the origin server. */
  readonly isFresh: boolean;
  /**
   * The origin server's entity tag; a response that is not fresh is sent only if the origin server
   * confirms this tag.
   */
  readonly etag?: string | undefined;
  /** The origin server's Last-Modified, which confirms it if there is no `etag`. */
  readonly modified?: string | undefined;
  /** @param confirmed fields of the origin server's 304, if it was revalidated (RFC 9111 §4.3.4) */
  response(confirmed?: Fields): OwnResponse | FinishedResponse;
}

/** The stage wants another request to the origin server; the response so far is dropped. */
export interface Reask<Reason extends string = string> {
  readonly reason: Reason;
  /** Origin-form. */
  readonly target: string;
  /** As in `forward`. */
  readonly variant?: string;
  /** The stage needs the whole content instead of a part: the request has no Range and If-Range. */
  readonly whole?: true;
}

/** The stage does not apply to this exchange: no change, no Vary, no further phase. */
interface Ineligible<Reason extends string = string> {
  readonly kind: "ineligible";
  readonly reason: Reason;
}

interface Decision<Reason extends string> {
  readonly reason: Reason;
  /** Request fields that this decision read in addition to the stage's `varyOn`. */
  readonly varyOn?: readonly string[];
  readonly detail?: Detail;
}

/** The stage changes nothing here, but might for another request: its fields belong in Vary. */
interface Declined<Reason extends string = string> extends Decision<Reason> {
  readonly kind: "declined";
}

/** The wishes of a guard that must see every response to a request that it admitted. */
interface Admission {
  /** The stage also sees the response if a later feature answers by itself. @default false */
  readonly seesOwnAnswers?: boolean;
}

/** A stage's outcome for the request. After `declined` and `forward` the stage also sees the response. */
export type RequestOutcome<Reason extends string = string> =
  | Ineligible<Reason>
  | (Declined<Reason> & Admission)
  | (Admission & {
      readonly kind: "forward";
      readonly reason: Reason;
      readonly detail?: Detail;
      /**
       * The origin-form target for the origin server, if the rules of that address allow it.
       * @default the client's
       */
      readonly target?: string;
      /**
       * The target and variant if the rules don't allow `target`.
       * @default the client's own target, without the stage
       */
      readonly otherwise?: { readonly target: string; readonly variant?: string };
      /** Fields that the proxy adds to the request to the origin server. */
      readonly set?: readonly (readonly [name: string, value: string])[];
      /** Fields of the client that the origin server does not get, by lower-case name. @default none */
      readonly drop?: readonly string[];
      /** The stage reads the content: the origin server is offered only codings that this runtime decodes. */
      readonly reads?: true;
      /**
       * Forwards Range and If-Range, so that a download gets its part (206): whether the stage acts
       * depends on the response.
       */
      readonly keepsRange?: true;
      /** The method of the request to the origin server; a client that sent HEAD gets no content. */
      readonly method?: "GET";
      /** The answer may be other than 2xx: preconditions are not forwarded (RFC 9110 §13.2.1). */
      readonly unconditional?: true;
      /** The media-type variant that the client is to get, if the stage makes it, e.g. "md". */
      readonly variant?: string;
      /** A stored response to send, if no stage before this one reads the origin server's response. */
      readonly reusable?: ReusableResponse;
      /** The cache between features and origin server neither answers nor stores. @default false */
      readonly bypassesCache?: boolean;
    })
  | Respond<Reason>;

/** Field lines to remove, set or add in the response, in this order. */
export interface FieldEdits {
  readonly set?: readonly (readonly [name: string, value: string])[];
  readonly append?: readonly (readonly [name: string, value: string])[];
  /** By lower-case name. @default none */
  readonly remove?: readonly string[];
}

/** A response with other fields and the same content. */
interface Amend<Reason extends string = string> extends Decision<Reason> {
  readonly kind: "amend";
  readonly fields: FieldEdits;
  /** Gets a copy of the whole decoded content while it is sent, if it stays under the bound. */
  readonly keep?:
    | {
        readonly maxBytes: number;
        /** Also wants content in a coding that this runtime can't decode, still coded. */
        readonly asItCame?: true;
        done(content: Uint8Array<ArrayBuffer>): Awaitable<unknown>;
      }
    | undefined;
}

interface NewContent<Reason extends string> extends Decision<Reason> {
  /** Bytes of the decoded content from which it is made. @default that of the response, if known */
  readonly before?: number | undefined;
  readonly representation: NewRepresentation;
}

/** Another representation of the resource, made as a whole. */
interface Replace<Reason extends string = string> extends NewContent<Reason> {
  readonly kind: "replace";
  readonly fields?: FieldEdits | undefined;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** Another representation of the resource, made while it is sent. */
export interface Transform<Reason extends string = string> extends NewContent<Reason> {
  readonly kind: "transform";
  /** A function is called when the first piece of the new content is made, if there is content. */
  readonly fields?: FieldEdits | (() => FieldEdits) | undefined;
  /** Returns facts for the record of the decision; called after `fields`. */
  readonly facts?: (() => Detail | undefined) | undefined;
  stream(content: ReadableStream<Uint8Array>): ReadableStream<Uint8Array>;
}

/** A different response, e.g. a redirect. */
interface Respond<Reason extends string = string> {
  readonly kind: "respond";
  readonly reason: Reason;
  readonly response: OwnResponse;
  readonly detail?: Detail;
}

/** The position of a scan: more to come, the content ended, or the bound is reached. */
export type ScanPosition = "open" | "end" | "limit";

/** Reads the decoded content piece by piece, up to a bound, before the stage decides. */
export interface Scan<Reason extends string = string> {
  readonly kind: "scan";
  readonly maxBytes: number;
  /** Reads content in a coding that this runtime can't decode, still coded. @default declined instead */
  readonly asItCame?: true;
  /** Milliseconds that the scan may take. @default the limit of every stage */
  readonly patience?: number;
  /**
   * Gets each piece in order; an outcome ends the scan. At "end" and "limit" it must return one; the
   * piece may be empty.
   */
  see(piece: Uint8Array, at: ScanPosition): Awaitable<FinalOutcome<Reason> | undefined>;
}

/** A stage's outcome for the response after its scan, if any. */
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
  /** Whether a scan can read the content: this runtime decodes its coding. */
  readonly isReadable: boolean;
  /** Length of the decoded content in bytes, if it is known before it is read. */
  readonly length: number | undefined;
  /** Whether a stage has replaced the origin server's content. */
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
  /** Documents that it makes at paths of their own. @default none */
  readonly documents?: readonly (StageDocument<Policy, Reason> | OwnedDocument)[] | undefined;
  /** Its state for the operator, in the details of `ready`. @default none */
  describe?(): object;
  /** @param rule the name of the rule that decided, "defaults" or "built-in" */
  onRequest?(exchange: Exchange, policy: Policy, rule: string): Awaitable<RequestOutcome<Reason>>;
  /**
   * Called after `forward` with the origin server's head, before any response phase; may request
   * another target.
   *
   * @param targets requested so far; three at most
   */
  onOriginHead?(
    head: ResponseHead,
    exchange: Exchange,
    policy: Policy,
    targets: readonly string[],
  ): Reask<Reason> | undefined;
  /**
   * @param mode whether the outcome is carried out: if not, the stage sends no requests of its own
   * @param rule as in `onRequest`
   */
  onResponse?(
    head: ResponseHead,
    exchange: Exchange,
    policy: Policy,
    mode: Mode,
    rule: string,
  ): Awaitable<ResponseOutcome<Reason>>;
  /**
   * As `onResponse`, on the answer as the client is to get it: after all stages, and after
   * preconditions. For what the client must not pay for otherwise.
   */
  onAnswer?: Stage<Policy, Reason>["onResponse"];
}

/** A stage with the parts of its feature's definition that the runner reads. */
export interface FeatureStage<Policy = unknown> extends Stage<Policy> {
  /** The key in the rules file that switches this stage, and its name in traces and logs. */
  readonly feature: FeatureName;
  /**
   * For a stage that decides which clients may get the content of an address (a guard): whether this
   * policy refuses any client. The runner also calls it for another address from which an answer is
   * made.
   */
  guards?(policy: Policy): boolean;
  /** The requests and responses that concern it. @default all */
  readonly interest?: Interest | undefined;
  /** Whether it codes content, and uses dictionaries, so that events tell its reasons. */
  readonly codesContent?: boolean;
  /** Whether it edits fields of every message with the origin server, own requests included. */
  readonly editsFields?: boolean;
  /** Whether the stage stands for the cache, which the runner itself calls. */
  readonly isCache?: boolean;
  /**
   * The outcome if `onRequest` or `onResponse` fails or takes too long; without one, the exchange
   * continues without the stage.
   */
  whenFailed?(exchange: Exchange, policy: Policy): RequestOutcome | undefined;
  readonly logs?: LoggedDecisions | undefined;
  /** The meaning of its reasons. @default none, so that no decision is known to be an action */
  readonly vocabulary?: FeatureVocabulary<never> | undefined;
}
