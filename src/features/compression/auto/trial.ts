import type { DeltaCodec } from "../../../codecs/delta.ts";
import type { PlainCodec } from "../../../codecs/plain/codec.ts";

/** The result of a trial: lengths in bytes. */
type TrialResult =
  | {
      readonly kind: "tried";
      readonly gain: number;
      readonly deltaLength: number;
      readonly plainLength: number;
      readonly seconds: number;
    }
  /** No codec accepts this content with this dictionary. */
  | { readonly kind: "refused" };

/** Bytes of a dcz header (RFC 9842 §5), which is longer than that of dcb. */
const HEADER = 40;

/**
 * Compresses a new version with and without an old one as dictionary.
 *
 * @param codecs cheapest first; those that refuse are skipped
 * @param plain the delta is compared with br if it is present, else with the first
 * @param now seconds since the epoch
 */
export async function tryDelta(
  content: Uint8Array<ArrayBuffer>,
  dictionary: Uint8Array<ArrayBuffer>,
  codecs: readonly DeltaCodec[],
  plain: readonly PlainCodec[],
  now: () => number,
): Promise<TrialResult> {
  const begun = now();
  const deltaLength = await lengthOfDelta(content, dictionary, codecs);
  if (deltaLength === undefined) return { kind: "refused" };
  const seconds = Math.max(0, now() - begun);
  const codec = plain.find(({ coding }) => coding === "br") ?? plain[0];
  const coded = codec === undefined ? content : await codec.encode(content, "inline");
  const plainLength = Math.max(1, Math.min(coded.length, content.length));
  return { kind: "tried", gain: 1 - deltaLength / plainLength, deltaLength, plainLength, seconds };
}

async function lengthOfDelta(
  content: Uint8Array<ArrayBuffer>,
  dictionary: Uint8Array<ArrayBuffer>,
  codecs: readonly DeltaCodec[],
): Promise<number | undefined> {
  for (const codec of codecs) {
    const stream = await codec.encode(content, dictionary, "inline");
    if (stream !== undefined) return stream.length + HEADER;
  }
  return undefined;
}
