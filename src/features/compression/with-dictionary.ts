import { sha256, toHex } from "../../http/digest.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import { Gathering } from "../../http/gather.ts";
import type { FinalOutcome, ResponseHead, ResponseOutcome } from "../../pipeline/stage.ts";
import type { Context } from "./context.ts";
import type { WantedDelta } from "./deltas.ts";
import { findDelta, variantOf } from "./find-delta.ts";
import type { Offer } from "./offer.ts";
import { asPlain, asVariant, type Collector } from "./outcome.ts";
import type { PlainDecision } from "./plain.ts";
import type { CompressionReason } from "./reasons.ts";
import { noteUse } from "./standings.ts";

/** A response to a client that has a dictionary. */
interface Offered {
  readonly head: ResponseHead;
  readonly exchange: Exchange;
  readonly offer: Offer & { kind: "eligible" };
  readonly plain: PlainDecision;
  readonly collector: Collector | undefined;
  /** SHA-256 of the content, in hexadecimal, if it is known before it is read. */
  readonly version: string | undefined;
}

/** Seconds for which one process alone may make a delta for the next client. */
const CLAIMED_FOR = 120;

/** Answers with a stored delta, makes one while the client waits, or one for the next client. */
export async function answerWithDictionary(
  response: Offered,
  context: Context,
): Promise<ResponseOutcome<CompressionReason>> {
  const { head, exchange, offer, version } = response;
  const { request, group, policy } = offer;
  const plain = (
    reason: CompressionReason,
    collector = response.collector,
  ): FinalOutcome<CompressionReason> => asPlain(reason, offer, response.plain, collector, exchange);
  if (request.kind !== "offered") return plain("no-dictionary-offered");

  if (version !== undefined) {
    if ((await offer.proof.of(version)) !== "proven") return plain("cookies-unproven");
    const known = await findDelta(exchange, version, offer, context);
    if (typeof known === "object") return asVariant(known, "stored", offer);
    if (known === "useless") return plain("no-gain");
  }
  const dictionary = await context.groups.dictionary(group, request.dictionary);
  const isBuilt = policy.deltas !== undefined && context.builtIn(policy.deltas) !== undefined;
  if (dictionary === undefined && !isBuilt) return plain("unknown-dictionary");
  const bytes = Math.max(head.length ?? 0, dictionary?.length ?? 0);
  const codings = context.deltas.madeHere(request.codings, bytes);
  if (codings.length === 0 && !isBuilt) {
    const isTooLarge = context.deltas.madeHere(request.codings, 0).length > 0;
    return plain(isTooLarge ? "too-large-for-codec" : "no-codec");
  }
  if (!head.hasContent) return plain("no-content");

  const wanted = (content: string): WantedDelta => {
    const { bounds, finder } = offer;
    const { dictionary, hash } = request;
    const network = context.causedBy(exchange);
    const report = finder?.report;
    return { group, content, dictionary, hash, network, codings, bounds, report };
  };
  const most = Math.min(policy.budget.inlineBytes, context.inlineBytes);
  if ((head.length ?? 0) > most || (dictionary?.length ?? 0) > most) {
    return plain("made-for-the-next", makingFor(response, wanted, dictionary, context));
  }
  const gathering = new Gathering(head.length, most);
  return {
    kind: "scan",
    maxBytes: most,
    async see(piece, at): Promise<FinalOutcome<CompressionReason> | undefined> {
      if (at === "limit") {
        gathering.take();
        return plain("made-for-the-next", makingFor(response, wanted, dictionary, context));
      }
      gathering.push(piece);
      if (at === "open") return undefined;
      const content = gathering.take();
      const hash = toHex(await sha256(content));
      const made = await atHandOrMade(response, wanted(hash), content, dictionary, context);
      if (response.collector !== undefined) exchange.background(response.collector.done(content));
      return typeof made === "string"
        ? asPlain(made, offer, response.plain, undefined, exchange)
        : made;
    },
  };
}

async function atHandOrMade(
  { exchange, offer }: Offered,
  wanted: WantedDelta,
  content: Uint8Array<ArrayBuffer>,
  dictionary: Uint8Array<ArrayBuffer> | undefined,
  context: Context,
): Promise<FinalOutcome<CompressionReason> | CompressionReason> {
  if ((await offer.proof.of(wanted.content)) !== "proven") return "cookies-unproven";
  const found = await findDelta(exchange, wanted.content, offer, context);
  if (typeof found === "object") return asVariant(found, "stored", offer, content.length);
  if (found === "useless") return "no-gain";
  if (dictionary === undefined) return "unknown-dictionary";
  const background = (work: Promise<void>): void => exchange.background(work);
  const job = { wanted, content, dictionary, effort: "inline", background } as const;
  const made = await context.deltas.make(job);
  if (typeof made === "string") return made;
  const { dictionary: from } = wanted;
  noteUse(exchange, offer, { dictionary: from }, context);
  return asVariant(variantOf(made.coding, from, made.delta), "inline", offer, content.length);
}

/** Collects the content while it is sent, and makes the delta for the next client. */
function makingFor(
  { head, collector, offer, exchange }: Offered,
  wantedOf: (content: string) => WantedDelta,
  dictionary: Uint8Array<ArrayBuffer> | undefined,
  context: Context,
): Collector {
  return {
    maxBytes: offer.policy.maxBytes,
    expected: head.length,
    room: collector?.room,
    async done(content) {
      await collector?.done(content);
      const wanted = wantedOf(toHex(await sha256(content)));
      if ((await offer.proof.of(wanted.content)) !== "proven") return;
      if (dictionary === undefined || (await findDelta(exchange, wanted.content, offer, context))) {
        return;
      }
      const { group, dictionary: from } = wanted;
      const name = `make/${wanted.content}/${from}/${wanted.codings.join("+")}`;
      if (context.wanted.count(name) < 2) return;
      if (!(await context.groups.claim(group, name, CLAIMED_FOR))) return;
      const stored: Promise<void>[] = [];
      const background = (each: Promise<void>): void => void stored.push(each);
      await context.deltas.make({ wanted, content, dictionary, effort: "best", background });
      await Promise.all(stored);
    },
  };
}
