import type { Exchange } from "../../pipeline/exchange.ts";
import type {
  Awaitable,
  Detail,
  OwnResponse,
  ResponseHead,
  ResponseOutcome,
} from "../../pipeline/stage.ts";
import type { AccessPolicy } from "./policy.ts";
import type { AccessReason } from "./reasons.ts";

/** The result of an action for the request. */
export type Verdict =
  | {
      readonly kind: "admit";
      readonly reason: AccessReason;
      readonly detail?: Detail;
      /** Whether the action's `onResponse` is called, also if a later feature answers. @default false */
      readonly seesResponse?: boolean;
      /** Whether the cache neither answers the request nor stores the response. @default false */
      readonly bypassesCache?: boolean;
      /** Fields of the client that the origin server does not get. @default none */
      readonly drop?: readonly string[];
    }
  | {
      readonly kind: "refuse";
      readonly reason: AccessReason;
      readonly response: OwnResponse;
      readonly detail?: Detail;
    };

/** The part of one action of access in an exchange. */
export interface ActionStage {
  /**
   * The reason to admit the request before anything else is asked, counted or charged; undefined if
   * `onRequest` must decide. @default onRequest decides
   */
  admits?(exchange: Exchange, policy: AccessPolicy): AccessReason | undefined;
  /**
   * Decides on a request that is for no exempt document. If `policy.mode` is "observe", the verdict is
   * recorded only.
   *
   * @param rule the name of the rule, which identifies it in stores
   */
  onRequest(exchange: Exchange, policy: AccessPolicy, rule: string): Awaitable<Verdict>;
  /** Called after `admit` with `seesResponse`. @default the response is not changed */
  onResponse?(
    head: ResponseHead,
    exchange: Exchange,
    policy: AccessPolicy,
    rule: string,
  ): Awaitable<ResponseOutcome<AccessReason>>;
  /** As `onResponse`, on the answer as the client is to get it. @default it is not changed */
  onAnswer?: ActionStage["onResponse"];
  /**
   * The refusal if an exempt document turns out to be a web page, which many origin servers send at
   * any path; undefined to let it pass.
   */
  refusesPage(exchange: Exchange, policy: AccessPolicy): RefusedVerdict | undefined;
}

/** A refused request. */
export type RefusedVerdict = Verdict & { readonly kind: "refuse" };

/** Statuses of a page, or a part of it, that a cache could send to other clients. */
export const CACHED: ReadonlySet<number> = new Set([200, 206, 304]);
