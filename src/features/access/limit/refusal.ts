import { problem } from "../../../http/problem.ts";
import type { OwnResponse } from "../../../pipeline/stage.ts";
import { policyField, retryAfter, stateField, type QuotaState } from "./fields.ts";
import { describeQuota, inWords } from "./quotas.ts";

/** Creates the response to a request that exceeds quotas: 429, as a problem document (RFC 9457). */
export function refusal(exceeded: readonly QuotaState[], accept: string | undefined): OwnResponse {
  const wait = retryAfter(exceeded);
  const limits = exceeded.map(({ quota }) => describeQuota(quota)).join(", and ");
  const detail = `The limit is ${limits}. Send the request again in ${inWords(wait)}.`;
  const names = exceeded.map(({ quota }) => quota.name);
  const members = { "violated-policies": names };
  const { status, fields, content } = problem("quota-exceeded", detail, accept, [], members);
  const state = stateField(exceeded);
  return {
    status,
    fields: [
      ...withoutCaching(fields),
      ["retry-after", String(wait)],
      policyField(exceeded.map(({ quota }) => quota)),
      ...(state === undefined ? [] : [state]),
    ],
    content,
  };
}

/** Seconds after which a client may ask again if nothing could be counted. */
const FAILURE_PAUSE = 10;

/** Creates the response if the store of the limits is away, and the rule's `onError` denies. */
export function unavailable(accept: string | undefined): OwnResponse {
  const detail = "The server can't count requests at the moment. Send the request again.";
  const { status, fields, content } = problem("temporary-reduced-capacity", detail, accept);
  const retry = ["retry-after", String(FAILURE_PAUSE)] as const;
  return { status, fields: [...withoutCaching(fields), retry], content };
}

/** Identity never goes into Vary: a response that depends on it is private. */
function withoutCaching(fields: OwnResponse["fields"]): OwnResponse["fields"] {
  return [
    ...fields.filter(([field]) => field !== "cache-control"),
    ["cache-control", "private, no-store"],
  ];
}
