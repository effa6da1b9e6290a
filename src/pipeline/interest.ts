import type { Agent } from "../agent/agent.ts";
import { parseMediaType } from "../http/media-type.ts";
import type { Exchange } from "./exchange.ts";
import type { FeatureName } from "./policy.ts";
import { Recall } from "./recall.ts";
import type { FeatureStage } from "./stage.ts";

/** The values that concern a feature, and the reason to record for all others. */
interface Only<Value extends string, Reason extends string> {
  readonly only: readonly Value[];
  readonly otherwise: Reason;
}

/**
 * The requests and responses that concern a feature. For all others the runner does not call its stage,
 * and adds nothing to Vary for it. An absent part allows all values.
 */
export interface Interest<Reason extends string = string> {
  /** Methods, e.g. "GET"; case-sensitive (RFC 9110 §9.1). */
  readonly methods?: Only<string, Reason>;
  readonly agents?: Only<Agent["kind"], Reason>;
  /** Request fields by lower-case name; the request must have one of them. */
  readonly requestFields?: Only<string, Reason>;
  /**
   * Media types of responses in lower case. Ignored if the stage said `forward`, or the response has no
   * Content-Type.
   */
  readonly mediaTypes?: Only<string, Reason>;
  /** For a feature whose stage has nothing but `documents`: the reason to record for all other requests. */
  readonly documents?: { readonly otherwise: Reason };
}

/** Why a request does not concern the feature, whatever its method; undefined if it may. */
export function refusesRequest(
  { agents, requestFields }: Interest,
  exchange: Exchange,
): string | undefined {
  if (agents !== undefined && !agents.only.includes(exchange.agent.kind)) return agents.otherwise;
  if (requestFields === undefined) return undefined;
  const isThere = requestFields.only.some((name) => exchange.field(name) !== undefined);
  return isThere ? undefined : requestFields.otherwise;
}

/** Why a response does not concern the feature; undefined if it may. @param type its Content-Type */
export function refusesResponse(
  { mediaTypes }: Interest,
  type: string | undefined,
): string | undefined {
  const essence = mediaTypes && parseMediaType(type)?.essence;
  if (essence === undefined) return undefined;
  return mediaTypes?.only.includes(essence) === true ? undefined : mediaTypes?.otherwise;
}

/** Whether a stage runs for our own requests too, and at each address from which an answer is made. */
export function isForEveryRequest(stage: FeatureStage): boolean {
  return stage.guards !== undefined || stage.editsFields === true;
}

/** A stage, and its interest in requests with one method. */
export interface PlannedStage {
  readonly stage: FeatureStage;
  readonly recall: Recall;
  /** Why no request with this method concerns the feature; undefined if some may. */
  readonly refusal: string | undefined;
  /** Why no request but those for the stage's documents concerns the feature; undefined if some may. */
  readonly besides: string | undefined;
  /** The interest, if it also depends on the agent or request fields. */
  readonly asks: Interest | undefined;
}

/** Methods whose plan is compiled once; for others, which clients can invent, it is compiled each time. */
const COMMON = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/**
 * Compiles, for each method, the stages that its requests can concern.
 *
 * @param isEverOn whether the rules switch a feature on for any request
 */
export function compilePlans(
  all: readonly FeatureStage[],
  isEverOn: (feature: FeatureName) => boolean = () => true,
): (method: string) => readonly PlannedStage[] {
  const stages = all.filter(({ feature }) => isEverOn(feature));
  const compile = (method: string): readonly PlannedStage[] =>
    stages.map((stage) => {
      const { methods, agents, requestFields, documents } = stage.interest ?? {};
      const isRefused = methods !== undefined && !methods.only.includes(method);
      return {
        stage,
        recall: new Recall(stage),
        refusal: isRefused ? methods.otherwise : undefined,
        besides: documents?.otherwise,
        asks: (agents ?? requestFields) === undefined ? undefined : stage.interest,
      };
    });
  const plans = new Map(COMMON.map((method) => [method, compile(method)]));
  return (method) => plans.get(method) ?? compile(method);
}
