import type { Exchange } from "../../pipeline/exchange.ts";
import type { ResponseHead, ResponseOutcome, Stage } from "../../pipeline/stage.ts";
import { DICTIONARY_FIELDS } from "../../http/dictionary.ts";
import { createContext, type ContentCodingOptions } from "./create.ts";
import { originUsesDictionaries } from "./decide.ts";
import { findHeld } from "./held.ts";
import { Keeper } from "./keeper.ts";
import { decideOffer, offersUnknown, type Offer } from "./offer.ts";
import { asPlain, type Take } from "./outcome.ts";
import { OwnVariants } from "./own-variants.ts";
import { decidePlain, type PlainDecision } from "./plain.ts";
import type { CompressionPolicy } from "./policy.ts";
import { answerWithDictionary } from "./with-dictionary.ts";
import { workRoom } from "./work-room.ts";

export type { ContentCodingOptions } from "./create.ts";

/** Larger content is not kept, in bytes, where no dictionary's rule has a bound. */
const KEPT_BYTES = 8 * 1024 * 1024;

/** Content that one process collects at a time, in bytes: a Worker has 128 MB for everything. */
const COLLECTED_BYTES = 32 * 1024 * 1024;

/** Codes content for the client: as the difference to what it has (RFC 9842), or plainly. */
export function contentCoding(options: ContentCodingOptions): Stage<CompressionPolicy> {
  const context = createContext(options);
  const keeper = new Keeper(context);
  const ownVariants = new OwnVariants(context);
  const room = workRoom(COLLECTED_BYTES, context.now);

  return {
    name: "content-coding",
    feature: "compression",
    // What a decision read is told by the decision itself.
    varyOn: [],

    async onRequest(exchange, policy) {
      const { method, target } = exchange;
      if (!isSafe(method)) return { kind: "declined", reason: "may-change-the-resource" };
      if (method !== "GET" && method !== "HEAD") return { kind: "ineligible", reason: "method" };
      const role = context.compile(policy)?.roleOf(target) ?? { kind: "none" };
      await context.resourceKey(exchange);
      const held =
        (await findHeld(exchange, policy, context)) ?? (await ownVariants.find(exchange, policy));
      const kept = held === undefined ? {} : { held };
      if (role.kind === "none") return { kind: "forward", reason: "no-dictionary", ...kept };
      if (role.kind === "automatic" && (await offersUnknown(exchange, policy, context))) {
        // It may be the origin's own: then the origin makes the delta.
        return { kind: "forward", reason: "unknown-dictionary", ...kept };
      }
      return { kind: "forward", reason: "in-dictionary-match", reads: true, ...kept };
    },

    onOriginHead(head, exchange) {
      keeper.note(exchange, head);
      return undefined;
    },

    async onResponse(head, exchange, policy): Promise<ResponseOutcome> {
      if (!isSafe(exchange.method)) {
        // RFC 9111 §4.4: what is kept may be true no more.
        if (head.status < 400) await forget(exchange);
        return { kind: "ineligible", reason: "method" };
      }
      if (originUsesDictionaries(head.fields)) {
        // RFC 9842 §6.2: a cache has to know, also where the origin forgot to say so.
        const own = ownVariants.taker(head, exchange, policy);
        return {
          kind: "amend",
          reason: "origin-uses-dictionaries",
          fields: {},
          varyOn: DICTIONARY_FIELDS,
          ...(own === undefined ? {} : { keep: { ...own, asItCame: true } as const }),
        };
      }
      const field = (name: string) => exchange.field(name);
      const plain = decidePlain(head, field, policy, context.plain);
      const offer = await decideOffer(head, exchange, policy, context);
      const take = await takeOf(head, exchange, policy, offer);
      if (offer.kind === "none") {
        const reason = offer.reason === "no-dictionary-rule" ? plainReason(plain) : offer.reason;
        return asPlain(reason, offer, plain, take, exchange);
      }
      if (offer.request.kind === "plain") {
        return asPlain(offer.request.reason, offer, plain, take, exchange);
      }
      const version = await keeper.known(exchange, head);
      return answerWithDictionary(
        { head, exchange, offer, plain, take, version: version?.hash },
        context,
      );
    },
  };

  /** Nobody waits for a store that is to forget. */
  async function forget(exchange: Exchange): Promise<void> {
    const key = await context.resourceKey(exchange);
    exchange.background(context.resources.drop(key));
    exchange.background(ownVariants.drop(exchange));
  }

  /** What keeps the content while it passes, where it is not known yet. */
  async function takeOf(
    head: ResponseHead,
    exchange: Exchange,
    policy: CompressionPolicy,
    offer: Offer,
  ): Promise<Take | undefined> {
    const version = await keeper.known(exchange, head);
    if (version !== undefined && !(await keeper.wantsContent(exchange, policy, offer, version))) {
      exchange.background(keeper.confirm(head, exchange, policy, version));
      return undefined;
    }
    const done = keeper.taker(head, exchange, policy, offer);
    const maxBytes = offer.kind === "eligible" ? offer.policy.maxBytes : KEPT_BYTES;
    if (done === undefined) return undefined;
    const bytes = Math.min(head.length ?? maxBytes, maxBytes);
    return { maxBytes, done, room: () => room.take(bytes) };
  }
}

function plainReason(plain: PlainDecision): string {
  return plain.kind === "code" ? "no-dictionary-rule" : plain.reason;
}

/** RFC 9110 §9.2.1. */
function isSafe(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS" || method === "TRACE";
}
