import type { PlainCodec } from "../../codecs/plain/codec.ts";
import type { ReadField } from "../../http/fields.ts";
import type { ResponseHead } from "../../pipeline/stage.ts";
import { isCompressible, parseMediaType } from "../../http/media-type.ts";
import { codingWeight, refusesIdentity } from "../../http/negotiate.ts";
import type { CompressionReason } from "./reasons.ts";

/** Whether an uncompressed response gets a plain coding. */
export type PlainDecision =
  | {
      readonly kind: "code";
      readonly codec: PlainCodec;
      /** Bytes of the content, if known. */
      readonly length?: number | undefined;
    }
  /** If it does not depend on the client, "ineligible": the response does not vary. */
  | {
      readonly kind: "ineligible" | "declined";
      readonly reason: CompressionReason;
    };

/** Decides on the plain coding of content. */
export function decidePlain(
  { status, fields, length }: Pick<ResponseHead, "status" | "fields" | "length">,
  field: ReadField,
  policy: { readonly codings: "platform" | readonly string[]; readonly minBytes: number },
  codecs: readonly PlainCodec[],
): PlainDecision {
  if (policy.codings === "platform" || policy.codings.length === 0) {
    return { kind: "ineligible", reason: "left-to-platform" };
  }
  if (codecs.length === 0) return { kind: "ineligible", reason: "no-plain-codec" };
  // RFC 9110 §15.3.7: a part of one coding is not a part of another.
  if (status === 206 || fields.get("content-range") !== undefined) {
    return { kind: "ineligible", reason: "partial" };
  }
  if (status < 200 || status === 204 || status === 205 || status === 304) {
    return { kind: "ineligible", reason: "status" };
  }
  if (!isCompressible(parseMediaType(fields.get("content-type")))) {
    return { kind: "ineligible", reason: "compressed-type" };
  }
  const coding = fields.get("content-encoding")?.trim().toLowerCase() ?? "";
  if (coding !== "" && coding !== "identity")
    return { kind: "ineligible", reason: "coded-by-origin" };
  // Small content stays uncoded, unless the client refuses it so.
  const isSmall = length !== undefined && length < policy.minBytes;
  if (isSmall && !refusesIdentity(field("accept-encoding"))) {
    return { kind: "ineligible", reason: "too-small" };
  }
  const codec = preferredCodec(field("accept-encoding"), policy.codings, codecs);
  return codec === undefined
    ? { kind: "declined", reason: "no-coding-accepted" }
    : { kind: "code", codec, length };
}

/** The codec of the coding with the greatest weight; of equal ones the first of the rule. */
function preferredCodec(
  acceptEncoding: string | undefined,
  codings: readonly string[],
  codecs: readonly PlainCodec[],
): PlainCodec | undefined {
  // RFC 9110 §12.5.3: without the field, any coding is acceptable, and none is requested.
  if (acceptEncoding === undefined) return undefined;
  let best: PlainCodec | undefined;
  let most = 0;
  for (const coding of codings) {
    const codec = codecs.find((each) => each.coding === coding);
    const q = codec === undefined ? 0 : codingWeight(acceptEncoding, coding);
    if (q <= most) continue;
    [best, most] = [codec, q];
  }
  // A coding that the client prefers less than uncoded content is not used.
  return most >= codingWeight(acceptEncoding, "identity", false) ? best : undefined;
}

/** Whether the client prefers no other coding to a stored one. */
export function isPreferred(
  coding: string,
  acceptEncoding: string | undefined,
  codings: readonly string[],
): boolean {
  if (acceptEncoding === undefined) return false;
  const q = codingWeight(acceptEncoding, coding);
  if (q === 0 || q < codingWeight(acceptEncoding, "identity", false)) return false;
  return codings.every((other) => codingWeight(acceptEncoding, other) <= q);
}
