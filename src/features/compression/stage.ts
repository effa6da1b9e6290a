import { isSafeMethod } from "../../http/safe-method.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type {
  Awaitable,
  RequestOutcome,
  ResponseHead,
  ResponseOutcome,
  Stage,
} from "../../pipeline/stage.ts";
import { DICTIONARY_FIELDS } from "../../http/dictionary.ts";
import { ChunkDictionaries } from "./chunks/serve.ts";
import { createContext, type CompressionParts, type Context } from "./context.ts";
import { originUsesDictionaries } from "./decide.ts";
import { findReusable } from "./reusable.ts";
import { ContentRecorder } from "./content-recorder.ts";
import { decideOffer, type Offer } from "./offer.ts";
import { asPlain, type Collector } from "./outcome.ts";
import { OwnVariants } from "./own-variants.ts";
import { decidePlain, type PlainDecision } from "./plain.ts";
import type { CompressionPolicy } from "./policy.ts";
import { ADDRESS } from "./pages/address.ts";
import { dictionaryDocument } from "./pages/document.ts";
import type { OwnedDocument } from "../../pipeline/own-documents.ts";
import { PreparedAnswers } from "./prepared.ts";
import { decideAsking, needsWhole } from "./request.ts";
import type { DictionaryRole } from "./role.ts";
import { offersUnknown } from "./unknown-dictionary.ts";
import { answerWithDictionary } from "./with-dictionary.ts";

import { warmingOf } from "../../pipeline/warming.ts";
import type { CompressionReason } from "./reasons.ts";
import { andThen } from "../../timing/and-then.ts";

/** The largest content that is stored if no dictionary's rule has a bound, in bytes. */
const MOST_STORED = 8 * 1024 * 1024;

/** Seconds after which memory is released, since a response may break off without notice. */
const COLLECTED_FOR = 60;

const NO_ROLE = { kind: "none", reason: "no-dictionary-rule" } as const;
const NO_DICTIONARY = { kind: "forward", reason: "no-dictionary" } as const;
const UNKNOWN_DICTIONARY = { kind: "forward", reason: "unknown-dictionary" } as const;

/** Codes content for the client, with a dictionary (RFC 9842) or plainly. */
export class CompressionStage implements Stage<CompressionPolicy, CompressionReason> {
  readonly documents: readonly OwnedDocument[];
  readonly #context: Context;
  readonly #recorder: ContentRecorder;
  readonly #ownVariants: OwnVariants;
  readonly #prepared: PreparedAnswers;
  readonly #chunks: ChunkDictionaries;

  constructor(parts: CompressionParts) {
    this.#context = createContext(parts);
    this.documents = [dictionaryDocument(this.#context)];
    this.#recorder = new ContentRecorder(this.#context);
    this.#ownVariants = new OwnVariants(this.#context);
    this.#prepared = new PreparedAnswers(this.#context);
    this.#chunks = new ChunkDictionaries(this.#context);
  }

  onRequest(
    exchange: Exchange,
    policy: CompressionPolicy,
  ): Awaitable<RequestOutcome<CompressionReason>> {
    const { method } = exchange;
    if (!isSafeMethod(method)) return { kind: "declined", reason: "may-change-the-resource" };
    if (method !== "GET" && method !== "HEAD") return { kind: "ineligible", reason: "method" };
    if (ADDRESS.test(exchange.target)) return { kind: "ineligible", reason: "site-dictionary" };
    const isWarming = warmingOf(exchange) !== undefined;
    const ready = isWarming ? undefined : this.#prepared.find(exchange, policy);
    if (ready !== undefined) return ready;
    const compiled = this.#context.compile(policy);
    const isAutomatic = compiled?.roleOf(exchange.target).kind === "automatic";
    const own = isAutomatic ? this.#chunks.answer(exchange, compiled.bounds) : undefined;
    return andThen(own, (answer) => {
      if (answer !== undefined) return answer;
      const key = this.#context.resourceKey(exchange);
      return andThen(key, (named) => this.#lookUp(named, exchange, policy));
    });
  }

  onOriginHead(head: ResponseHead, exchange: Exchange, policy: CompressionPolicy) {
    const field = (name: string) => exchange.field(name);
    const { originTarget: target } = exchange;
    const role = this.#context.compile(policy)?.roleOf(exchange.target) ?? NO_ROLE;
    if (needsWhole(head, target, field, policy, role, this.#context.plain)) {
      return { reason: "whole", target, whole: true } as const;
    }
    this.#recorder.note(exchange, head, policy);
    return undefined;
  }

  onResponse(
    head: ResponseHead,
    exchange: Exchange,
    policy: CompressionPolicy,
  ): Awaitable<ResponseOutcome<CompressionReason>> {
    if (!isSafeMethod(exchange.method)) return this.#dropped(head, exchange);
    if (originUsesDictionaries(head.fields)) {
      // RFC 9842 §6.2: caches need these fields in Vary, even if the origin server forgot them.
      const own = this.#ownVariants.collectorFor(head, exchange, policy);
      return {
        kind: "amend",
        reason: "origin-uses-dictionaries",
        fields: {},
        varyOn: DICTIONARY_FIELDS,
        keep: own && { ...own, asItCame: true },
      };
    }
    const field = (name: string) => exchange.field(name);
    const plain = decidePlain(head, field, policy, this.#context.plain);
    const offer = decideOffer(head, exchange, policy, this.#context);
    const outcome = andThen(offer, (known) => this.#respond(head, exchange, policy, plain, known));
    if (this.#context.compile(policy)?.roleOf(exchange.target).kind !== "automatic") return outcome;
    return andThen(outcome, (known) => this.#context.links.onPage(known, head, exchange));
  }

  /** Looks for a stored response; synchronous if there can be none. */
  #lookUp(
    key: string,
    exchange: Exchange,
    policy: CompressionPolicy,
  ): Awaitable<RequestOutcome<CompressionReason>> {
    const role = this.#context.compile(policy)?.roleOf(exchange.target) ?? { kind: "none" };
    if (warmingOf(exchange) !== undefined) return this.#outcomeFor(role.kind, exchange, policy);
    const found = findReusable(key, exchange, policy, this.#context);
    const own = found === undefined ? this.#ownVariants.find(exchange, policy) : undefined;
    if (role.kind === "none" && found === undefined && own === undefined) return NO_DICTIONARY;
    const withStored = async (): Promise<RequestOutcome<CompressionReason>> => {
      const stored = await found;
      const reusable = stored ?? (await (own ?? this.#ownVariants.find(exchange, policy)));
      const outcome = await this.#outcomeFor(role.kind, exchange, policy);
      if (reusable === undefined) return outcome;
      if (stored?.answer !== undefined) {
        this.#prepared.store(key, exchange, policy, stored.answer, outcome);
      }
      return { ...outcome, reusable };
    };
    return withStored();
  }

  async #outcomeFor(role: DictionaryRole["kind"], exchange: Exchange, policy: CompressionPolicy) {
    const asking = decideAsking(role, exchange.target, (name) => exchange.field(name));
    if (role !== "automatic" || asking.reason !== "in-dictionary-match") return asking;
    // The dictionary may be the origin server's own, which then makes the delta.
    return (await offersUnknown(exchange, policy, this.#context)) ? UNKNOWN_DICTIONARY : asking;
  }

  async #dropped(
    head: ResponseHead,
    exchange: Exchange,
  ): Promise<ResponseOutcome<CompressionReason>> {
    // RFC 9111 §4.4: stored content may be outdated.
    if (head.status < 400) {
      const key = await this.#context.resourceKey(exchange);
      exchange.background(this.#context.resources.drop(key));
      exchange.background(this.#ownVariants.drop(exchange));
    }
    return { kind: "ineligible", reason: "method" };
  }

  #respond(
    head: ResponseHead,
    exchange: Exchange,
    policy: CompressionPolicy,
    plain: PlainDecision,
    offer: Offer,
  ): Awaitable<ResponseOutcome<CompressionReason>> {
    const wanted = this.#collectorFor(head, exchange, policy, offer);
    const answer = (
      collector: Collector | undefined,
    ): Awaitable<ResponseOutcome<CompressionReason>> => {
      if (offer.kind === "none") {
        const reason = offer.reason === "no-dictionary-rule" ? plainReason(plain) : offer.reason;
        return asPlain(reason, offer, plain, collector, exchange);
      }
      if (offer.request.kind === "plain") {
        return asPlain(offer.request.reason, offer, plain, collector, exchange);
      }
      return andThen(this.#recorder.known(exchange, head, policy), (known) =>
        answerWithDictionary(
          { head, exchange, offer, plain, collector, version: known?.hash },
          this.#context,
        ),
      );
    };
    return andThen(wanted, answer);
  }

  /** Collects the content while it is sent, unless it is known already. */
  #collectorFor(
    head: ResponseHead,
    exchange: Exchange,
    policy: CompressionPolicy,
    offer: Offer,
  ): Awaitable<Collector | undefined> {
    if (!this.#recorder.concerns(exchange, offer)) return undefined;
    const create = (): Collector | undefined => {
      const done = this.#recorder.recorderFor(head, exchange, policy, offer);
      if (done === undefined) return undefined;
      const maxBytes = offer.kind === "eligible" ? offer.policy.maxBytes : MOST_STORED;
      const bytes = Math.min(head.length ?? maxBytes, maxBytes);
      const room = () => {
        const work = this.#context.scheduler.begin({ bytes, lostAfter: COLLECTED_FOR });
        return work && (() => work.end());
      };
      return { maxBytes, expected: head.length, done, room };
    };
    const known = this.#recorder.known(exchange, head, policy);
    return andThen(known, (version): Awaitable<Collector | undefined> => {
      if (version === undefined || warmingOf(exchange) !== undefined) return create();
      const wanted = this.#recorder.wantsContent(exchange, policy, offer, version);
      return andThen(wanted, (isWanted) => {
        if (isWanted) return create();
        const work = this.#recorder.confirm(head, exchange, policy, offer, version);
        if (work !== undefined) exchange.background(work);
        return undefined;
      });
    });
  }
}

function plainReason(plain: PlainDecision): CompressionReason {
  return plain.kind === "code" ? "no-dictionary-rule" : plain.reason;
}
