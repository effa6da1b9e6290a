import type { Agent } from "../agent/agent.ts";
import { parseMediaType } from "../http/media-type.ts";
import type { Exchange } from "./exchange.ts";
import type { FeatureStage } from "./stage.ts";

/** What a feature can concern, and the reason that is recorded if it does not. */
interface Only<Value extends string, Reason extends string> {
  readonly only: readonly Value[];
  readonly otherwise: Reason;
}

/**
 * The requests and responses that a feature can concern. The runner leaves the feature out of all others:
 * its stage is not called, and the response does not vary on its account. What is left out means all.
 */
export interface Interest<Reason extends string = string> {
  /** Methods, e.g. "GET"; case-sensitive (RFC 9110 §9.1). */
  readonly methods?: Only<string, Reason>;
  readonly agents?: Only<Agent["kind"], Reason>;
  /** Request fields by lower-case name, of which at least one must be there. */
  readonly requestFields?: Only<string, Reason>;
  /**
   * Media types of responses, e.g. "text/html", in lower case. A stage that said `forward` sees its
   * response anyway, and so does every stage if a response has no Content-Type.
   */
  readonly mediaTypes?: Only<string, Reason>;
}

/** Why a request is of no interest, its method aside; undefined if it may be. */
export function refusesRequest(
  { agents, requestFields }: Interest,
  exchange: Exchange,
): string | undefined {
  if (agents !== undefined && !agents.only.includes(exchange.agent.kind)) return agents.otherwise;
  if (requestFields === undefined) return undefined;
  const isThere = requestFields.only.some((name) => exchange.field(name) !== undefined);
  return isThere ? undefined : requestFields.otherwise;
}

/** Why a response is of no interest; undefined if it may be. @param type its Content-Type */
export function refusesResponse(
  { mediaTypes }: Interest,
  type: string | undefined,
): string | undefined {
  const essence = mediaTypes && parseMediaType(type)?.essence;
  if (essence === undefined) return undefined;
  return mediaTypes?.only.includes(essence) === true ? undefined : mediaTypes?.otherwise;
}

/** A stage in the order in which it sees requests with one method. */
export interface PlannedStage {
  readonly stage: FeatureStage;
  /** Why none of these requests is of interest; undefined if they may be. */
  readonly refusal: string | undefined;
  /** The interest, if it is in agents or request fields, too. */
  readonly asks: Interest | undefined;
}

/** Methods whose plan is compiled once; others, which a client may invent, are looked at each time. */
const COMMON = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Compiles, for each method, which stages its requests can concern. */
export function compilePlans(
  stages: readonly FeatureStage[],
): (method: string) => readonly PlannedStage[] {
  const compile = (method: string): readonly PlannedStage[] =>
    stages.map((stage) => {
      const { methods, agents, requestFields } = stage.interest ?? {};
      const isRefused = methods !== undefined && !methods.only.includes(method);
      return {
        stage,
        refusal: isRefused ? methods.otherwise : undefined,
        asks: (agents ?? requestFields) === undefined ? undefined : stage.interest,
      };
    });
  const plans = new Map(COMMON.map((method) => [method, compile(method)]));
  return (method) => plans.get(method) ?? compile(method);
}
