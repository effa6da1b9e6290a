import type { DeltaCodec } from "../../../codecs/delta.ts";
import type { PlainCodec } from "../../../codecs/plain/codec.ts";
import { nextTurn } from "../../../timing/turns.ts";
import type { LearntPage } from "./samples.ts";
import { trainDictionaries } from "./train.ts";

/** Sizes of dictionaries, in bytes. */
const SIZES = [16_384, 32_768, 65_536];
/** The pages of a visitor in which a dictionary must save its own transfer. */
const VISIT = 3;
/** The pages in which a larger or newer dictionary must, instead of a smaller or present one. */
const VISITS = 8;
/** The least share of the plain coding that it must save; smaller deltas are not sent. */
const LEAST_GAIN = 0.1;
/** One of so many pages is not trained on, but tells the gain. */
const TOLD_BY = 4;

/** The codecs by which dictionaries are compared. */
export interface Codecs {
  readonly codecs: readonly DeltaCodec[];
  /** Plain codings, the preferred one first. */
  readonly plain: readonly PlainCodec[];
}

/** A dictionary that pays, or why there is none. */
export type Choice =
  | {
      readonly kind: "better";
      readonly dictionary: Uint8Array<ArrayBuffer>;
      /** The share that it saves, in percent. */
      readonly gain: number;
    }
  | { readonly kind: "no-gain" }
  /** The present one is as good, as far as a change would pay. */
  | { readonly kind: "good-enough" };

/** Bytes that a page saves with a dictionary on average, and the dictionary's own bytes. */
interface Worth {
  readonly saved: number;
  readonly gain: number;
  readonly transfer: number;
}

/** Trains dictionaries on pages, and chooses one if it saves more than it costs visitors. */
export async function chooseDictionary(
  samples: readonly LearntPage[],
  present: Uint8Array<ArrayBuffer> | undefined,
  codecs: Codecs,
): Promise<Choice> {
  const all = samples.map(({ content }) => content);
  const told = all.filter((_, i) => i % TOLD_BY === TOLD_BY - 1);
  const rest = all.filter((_, i) => i % TOLD_BY !== TOLD_BY - 1);
  const trials = await trainDictionaries(rest, SIZES);
  const plain = await Promise.all(told.map((page) => plainLength(page, codecs)));
  let best: { readonly size: number; readonly worth: Worth } | undefined;
  for (const [i, dictionary] of trials.entries()) {
    const worth = await worthOf(dictionary, told, plain, codecs);
    const isBest = best === undefined || profit(worth) > profit(best.worth);
    if (isBest) best = { size: SIZES[i] ?? 0, worth };
  }
  if (best === undefined || !pays(best.worth)) return { kind: "no-gain" };
  if (present !== undefined) {
    const now = await worthOf(present, told, plain, codecs);
    const more = best.worth.saved - now.saved;
    if (more * VISITS <= best.worth.transfer) return { kind: "good-enough" };
  }
  const [dictionary] = await trainDictionaries(all, [best.size]);
  if (dictionary === undefined) return { kind: "no-gain" };
  return { kind: "better", dictionary, gain: Math.round(best.worth.gain * 100) };
}

function profit({ saved, transfer }: Worth): number {
  return saved * VISITS - transfer;
}

function pays({ saved, gain, transfer }: Worth): boolean {
  return gain >= LEAST_GAIN && saved * VISIT >= transfer;
}

async function worthOf(
  dictionary: Uint8Array<ArrayBuffer>,
  pages: readonly Uint8Array<ArrayBuffer>[],
  plain: readonly number[],
  codecs: Codecs,
): Promise<Worth> {
  let [before, after] = [0, 0];
  for (const [i, page] of pages.entries()) {
    const length = plain[i] ?? page.length;
    const delta = await deltaLength(page, dictionary, codecs);
    before += length;
    after += Math.min(length, delta ?? length);
    await nextTurn();
  }
  const saved = (before - after) / Math.max(1, pages.length);
  const transfer = await plainLength(dictionary, codecs);
  return { saved, gain: before === 0 ? 0 : 1 - after / before, transfer };
}

async function plainLength(content: Uint8Array<ArrayBuffer>, { plain }: Codecs): Promise<number> {
  const [codec] = plain;
  return codec === undefined ? content.length : (await codec.encode(content, "inline")).length;
}

/** Bytes of the header of a delta (RFC 9842 §4). */
const HEADER = 36;

async function deltaLength(
  page: Uint8Array<ArrayBuffer>,
  dictionary: Uint8Array<ArrayBuffer>,
  { codecs }: Codecs,
): Promise<number | undefined> {
  for (const codec of codecs) {
    const stream = await codec.encode(page, dictionary, "inline");
    if (stream !== undefined) return stream.length + HEADER;
  }
  return undefined;
}
