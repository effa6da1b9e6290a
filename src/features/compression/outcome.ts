import type { Exchange } from "../../pipeline/exchange.ts";
import type { Detail, FinalOutcome } from "../../pipeline/stage.ts";
import type { CodedVariant } from "./find-delta.ts";
import type { Offer } from "./offer.ts";
import type { PlainDecision } from "./plain.ts";
import type { CompressionReason } from "./reasons.ts";
import { Gathering } from "../../http/gather.ts";

/** Collects the whole content while it is sent. */
export interface Collector {
  readonly maxBytes: number;
  /** Bytes that are likely, if known. */
  readonly expected?: number | undefined;
  readonly done: (content: Uint8Array<ArrayBuffer>) => Promise<unknown>;
  /** Reserves memory when collecting begins; returns how to release it, if there is any. */
  readonly room?: (() => (() => void) | undefined) | undefined;
}

/** Reserves memory. Without memory, the content is sent and not collected. */
function begin(collector: Collector | undefined): Collector | undefined {
  if (collector?.room === undefined) return collector;
  const free = collector.room();
  return free && { ...collector, done: (content) => collector.done(content).finally(free) };
}

/** The outcome that sends a finished coding. */
export function asVariant(
  { coding, name, content }: CodedVariant,
  from: "stored" | "inline",
  offer: Offer & { kind: "eligible" },
  before?: number,
): FinalOutcome<CompressionReason> {
  return {
    kind: "replace",
    before,
    reason: "delta",
    representation: { variant: name, coding },
    content,
    fields: offer.fields,
    varyOn: offer.varyOn,
    detail: { ...offer.detail, coding, from, dictionary: name.split(".")[1] ?? "" },
  };
}

/**
 * The outcome without a delta: plain or unchanged, with the fields that make it a dictionary.
 *
 * @param reason why there is no delta
 */
export function asPlain(
  reason: CompressionReason,
  offer: Offer,
  plain: PlainDecision,
  wanted: Collector | undefined,
  exchange: Exchange,
): FinalOutcome<CompressionReason> {
  const fields = offer.kind === "eligible" ? offer.fields : undefined;
  const known = offer.kind === "eligible" ? offer.detail : {};
  if (plain.kind === "code" && plain.codec.stream !== undefined) {
    const { coding } = plain.codec;
    return {
      kind: "transform",
      reason: "coded",
      representation: { variant: coding, coding },
      fields,
      varyOn: ["Accept-Encoding", ...offer.varyOn],
      detail: { ...known, coding, dictionary: reason },
      stream: (content) => codedStream(content, plain, begin(wanted), exchange),
    };
  }
  const varyOn = plain.kind === "ineligible" ? offer.varyOn : ["Accept-Encoding", ...offer.varyOn];
  const collector = begin(wanted);
  const detail: Detail = { ...known, coding: "as-it-came", plain: reasonOf(plain) };
  if (fields === undefined && collector === undefined) {
    if (varyOn.length === 0) return { kind: "ineligible", reason };
    return { kind: "declined", reason, varyOn, detail };
  }
  return {
    kind: "amend",
    reason,
    fields: fields ?? {},
    varyOn,
    detail,
    keep: collector,
  };
}

function reasonOf(plain: PlainDecision): string {
  return plain.kind === "code" ? "no-stream" : plain.reason;
}

function codedStream(
  content: ReadableStream<Uint8Array>,
  { codec, length }: PlainDecision & { readonly kind: "code" },
  collector: Collector | undefined,
  exchange: Exchange,
): ReadableStream<Uint8Array> {
  const coder = codec.stream?.(length);
  if (coder === undefined) throw new TypeError("the codec can't stream");
  if (collector === undefined) return content.pipeThrough(coder);
  const copying = collecting(collector.maxBytes, collector.expected, (whole) =>
    exchange.background(collector.done(whole)),
  );
  return content.pipeThrough(copying).pipeThrough(coder);
}

/** Passes content on, and returns a copy of the whole if it stays within the bound. */
function collecting(
  maxBytes: number,
  expected: number | undefined,
  done: (content: Uint8Array<ArrayBuffer>) => void,
): TransformStream<Uint8Array, Uint8Array> {
  let gathering: Gathering | undefined = new Gathering(expected, maxBytes);
  return new TransformStream({
    transform(piece, controller) {
      if (gathering !== undefined && gathering.length + piece.length > maxBytes) {
        gathering = undefined;
      }
      // The coder may reuse its input buffer, so a copy is stored.
      gathering?.push(piece);
      controller.enqueue(piece);
    },
    flush() {
      if (gathering !== undefined) done(gathering.take());
    },
  });
}
