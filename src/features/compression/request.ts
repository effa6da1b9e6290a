import { isCompressible, isNeverCoded, parseMediaType } from "../../http/media-type.ts";
import { FieldList, type Fields, type ReadField } from "../../http/fields.ts";
import { codingWeight } from "../../http/negotiate.ts";
import { completeLength, isByDate, isMultipart } from "../../http/ranges.ts";
import { splitTarget } from "../../http/target.ts";
import { bestCoding } from "./best-codings.ts";
import { contentKind } from "./auto/content-kind.ts";
import type { PlainCodec } from "../../codecs/plain/codec.ts";
import { decidePlain } from "./plain.ts";
import type { CompressionPolicy } from "./policy.ts";
import { namedBy, type DictionaryRole } from "./role.ts";

/** Destinations (Fetch, `Sec-Fetch-Dest`) whose content is already compressed. */
const MEDIA = new Set(["video", "audio"]);

/**
 * Decides whether the stage reads the content; otherwise decoding would gain nothing. The response
 * does not depend on this, so it does not vary on the destination.
 */
export function decideAsking(role: DictionaryRole["kind"], target: string, field: ReadField) {
  const kind = "forward";
  if (role === "none") return { kind, reason: "no-dictionary" } as const;
  const isMedia = MEDIA.has(field("sec-fetch-dest") ?? "") || isNamedAsMedia(target);
  const isRead = !isMedia || role === "stand-alone";
  // A part of a delta is useless, and a download continues with a part of the same coding.
  if (field("range") !== undefined) {
    // RFC 9110 §13.1.5: a date does not distinguish codings, so the part is in that of the whole.
    return isRead && isByDate(field("if-range"))
      ? ({ kind, reason: "continued-by-date", reads: true, keepsRange: true } as const)
      : ({ kind, reason: "part-requested" } as const);
  }
  if (!isRead) return { kind, reason: "media-requested" } as const;
  return { kind, reason: "in-dictionary-match", reads: true } as const;
}

/** Whether a client may have got the stored best coding instead of the origin server's coding. */
function isReplaced(
  coding: string | undefined,
  acceptEncoding: string | undefined,
  policy: CompressionPolicy,
): boolean {
  const best = bestCoding(policy);
  if (coding === undefined || best === undefined || best === coding || !policy.keep) return false;
  return acceptEncoding !== undefined && codingWeight(acceptEncoding, best) > 0;
}

function isNamedAsMedia(target: string): boolean {
  const extension = /\.([a-z][a-z0-9]{0,15})$/i.exec(splitTarget(target).path)?.[1];
  return (
    extension !== undefined && contentKind(undefined, extension.toLowerCase()) === "compressed"
  );
}

/**
 * Whether to request the whole instead of a part: a client that continues by date (RFC 9110
 * §13.1.5) may have our coding of the content, and parts of different codings do not fit together.
 */
export function needsWhole(
  { status, fields }: { readonly status: number; readonly fields: Fields },
  target: string,
  field: ReadField,
  policy: CompressionPolicy,
  role: DictionaryRole,
  codecs: readonly PlainCodec[],
): boolean {
  if ((status !== 206 && status !== 416) || !isByDate(field("if-range"))) return false;
  const type = parseMediaType(fields.get("content-type"));
  if (isMultipart(type)) return !isNamedAsMedia(target);
  const named = namedBy(role);
  const isNamed = named === "stand-alone" || (named === "extension" && !isNeverCoded(type));
  if (!isCompressible(type) && !isNamed) return false;
  if (policy.dictionary !== false && field("available-dictionary") !== undefined) return true;
  if (isReplaced(fields.get("content-encoding"), field("accept-encoding"), policy)) return true;
  const whole = FieldList.from([...fields.lines()].flat());
  whole.delete("content-range");
  const length = completeLength(fields.get("content-range"));
  return decidePlain({ status: 200, fields: whole, length }, field, policy, codecs).kind === "code";
}
