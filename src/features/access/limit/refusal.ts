import type { OwnResponse } from "../../../pipeline/stage.ts";
import { refusalOf, type Notice } from "../notice/refusal.ts";
import { policyField, retryAfter, stateField, type QuotaState } from "./fields.ts";
import { describeQuota, inWords } from "./quotas.ts";

/** Creates the response to a request that exceeds quotas: 429, as a problem document (RFC 9457). */
export function refusal(
  exceeded: readonly QuotaState[],
  accept: string | undefined,
  notice: Notice,
): OwnResponse {
  const wait = retryAfter(exceeded);
  const limits = exceeded.map(({ quota }) => describeQuota(quota)).join(", and ");
  const detail = `The limit is ${limits}. Send the request again in ${inWords(wait)}.`;
  const names = exceeded.map(({ quota }) => quota.name);
  const members = { "violated-policies": names };
  const state = stateField(exceeded);
  const fields = [
    ["retry-after", String(wait)] as const,
    policyField(exceeded.map(({ quota }) => quota)),
    ...(state === undefined ? [] : [state]),
  ];
  return refusalOf({ name: "quota-exceeded", detail, notice, accept, fields, members });
}

/** Seconds after which a client may ask again if nothing could be counted. */
const FAILURE_PAUSE = 10;

/** Creates the response if the store of the limits is away, and the rule's `onError` denies. */
export function unavailable(accept: string | undefined, notice: Notice): OwnResponse {
  const detail = "The server can't count requests at the moment. Send the request again.";
  const fields = [["retry-after", String(FAILURE_PAUSE)] as const];
  return refusalOf({
    name: "temporary-reduced-capacity",
    detail,
    notice: linksIn(notice),
    accept,
    fields,
  });
}

/** A failure of ours has our own words: the rule's are about its limit. */
function linksIn({ contact }: Notice): Notice {
  return { contact };
}
