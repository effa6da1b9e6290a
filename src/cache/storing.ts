import { readBounded } from "../http/gather.ts";
import { sha256, toHex } from "../http/digest.ts";
import type { Admission } from "./admission.ts";
import { isSharedDespiteCookies } from "./cookies.ts";
import { FieldList } from "../http/fields.ts";
import type { CacheRequest, CacheResponse } from "./message.ts";
import { marked, type CacheOutcome } from "./outcome.ts";
import { forwardingOf } from "./reuse.ts";
import type { CacheContext, CacheParts, Fetched } from "./parts.ts";
import type { CacheSettings } from "./policy.ts";
import { notModified } from "./serve.ts";
import { decideStore, OF_ONE_REQUEST, type StoreDecision } from "./storable.ts";
import type { StoredHead, Times } from "./stored.ts";
import { createWriteBudget } from "./write-budget.ts";

/** Fields that belong to one transmission. */
const NOT_STORED = new Set(["age", "server-timing", "cache-status"]);

/** Stores the origin server's responses while they are sent to clients. */
export class Storing<Response extends CacheResponse> {
  readonly #parts: CacheParts<Response>;
  readonly #admission: Admission;
  readonly #mayWrite: ReturnType<typeof createWriteBudget>;

  constructor(parts: CacheParts<Response>, admission: Admission) {
    this.#parts = parts;
    this.#admission = admission;
    this.#mayWrite = createWriteBudget(parts.now);
  }

  confirm(key: string, head: StoredHead, context: CacheContext<Response>): Promise<void> {
    const { entries } = this.#parts;
    // A head in the store must not name content that is only in memory.
    return entries.put(key, head, context.settings.keepFor, () =>
      entries.isInMemoryOnly(key) ? false : this.#mayWrite(context.network, 0),
    );
  }

  /** Returns the response for the client, and stores it while it is sent. */
  respondAndStore(
    fetched: Fetched<Response>,
    context: CacheContext<Response>,
  ): Response | Promise<Response> {
    const { key, request, response, requestedAt, stored, land, settle } = fetched;
    const times = { requestedAt, respondedAt: this.#parts.now() };
    const sent = fetched.confirming ?? request;
    // If the cache only observes, it would have sent what it has.
    const isForwarded = stored !== undefined && !context.observes;
    const miss = {
      kind: "miss",
      forwarded: isForwarded ? forwardingOf(stored, requestedAt) : undefined,
      status: response.status,
    } as const;
    const decision = this.#decide(sent, response, times, context.settings);
    if (decision.kind === "no") {
      land?.();
      settle?.();
      const isKnown = fetched.seen === undefined;
      if (!isKnown && request.method === "GET" && !OF_ONE_REQUEST.has(response.status)) {
        this.#admission.pass(key, times.respondedAt);
      }
      const told = tell(response, { ...miss, reason: decision.reason }, context);
      // A stored response never outlives a response that contradicts it.
      return stored !== undefined && contradicts(request, response)
        ? this.#parts.entries.drop(key, stored).then(() => told)
        : told;
    }
    // Requests that wait for this response count, too.
    const seen =
      fetched.seen === undefined
        ? this.#admission.count(key)
        : Math.max(fetched.seen, this.#admission.of(key));
    this.#admission.share(key);
    const isDue =
      seen >= context.settings.after || stored !== undefined || context.isWanted === true;
    if (!isDue) {
      land?.();
      settle?.();
      return tell(response, { ...miss, reason: "seen-too-seldom" }, context);
    }
    const reason = this.#store(fetched, decision, context);
    return this.#conditional(fetched, tell(response, { ...miss, reason }, context));
  }

  #decide(
    sent: CacheRequest,
    response: Response,
    times: Times,
    { ignoreCookies }: CacheSettings,
  ): StoreDecision {
    const decision = decideStore(sent, response, times);
    const isGuarded =
      decision.kind === "store" && sent.fields.get("cookie") !== undefined && !ignoreCookies;
    return isGuarded && !isSharedDespiteCookies(sent.fields, response.fields)
      ? { kind: "no", reason: "cookie" }
      : decision;
  }

  #store(
    { key, response, land, settle, stored: before }: Fetched<Response>,
    { validity, selecting }: StoreDecision & { kind: "store" },
    context: CacheContext<Response>,
  ): "stored" | "too-large" {
    const { maxBytes, now, blobs, entries } = this.#parts;
    const { status, statusText, fields, body } = response;
    const stated = Number(fields.get("content-length") ?? 0);
    if (body !== null && stated > maxBytes) {
      land?.();
      settle?.();
      this.#drop(key, before, context);
      return "too-large";
    }
    // A copy, because callers edit the fields of the response that they get.
    const stored = [...fields.lines()].filter(([name]) => !NOT_STORED.has(name.toLowerCase()));
    const store = async (): Promise<void> => {
      const content = body === null ? new Uint8Array() : await readBounded(body.copy(), maxBytes);
      if (content === undefined) return this.#drop(key, before, context);
      const blob = toHex(await sha256(content));
      const { keepFor } = context.settings;
      const head: StoredHead = {
        ...validity,
        status,
        statusText,
        fields: stored.flat(),
        selecting,
        storedAt: now(),
        blob,
        length: content.length,
      };
      const isWritten = this.#mayWrite(context.network, content.length);
      // If the store fails, the bytes are still in memory.
      const putting = isWritten
        ? blobs.put(blob, content, keepFor)
        : blobs.storeInMemory(blob, content);
      await entries.put(key, head, keepFor, () => isWritten);
      land?.(true);
      await putting;
    };
    context.background(
      store()
        .catch(() => {})
        .finally(() => {
          land?.();
          settle?.();
        }),
    );
    return "stored";
  }

  /** Drops the stored response that a newer response replaces, stored or not. */
  #drop(key: string, stored: StoredHead | undefined, context: CacheContext<Response>): void {
    if (stored !== undefined) context.background(this.#parts.entries.drop(key, stored));
  }

  /** Applies the client's conditions, which the origin server did not get, to the response. */
  #conditional(
    { confirming, asked, request, response }: Fetched<Response>,
    whole: Response,
  ): Response {
    if ((confirming ?? asked) === undefined || response.status !== 200) return whole;
    const fields = FieldList.from([...response.fields.lines()].flat());
    const parts = notModified((asked ?? request).fields, fields, this.#parts.now());
    if (parts === undefined) return whole;
    response.body?.release();
    return this.#parts.revive(parts);
  }
}

function contradicts({ method }: CacheRequest, { status }: CacheResponse): boolean {
  return method === "GET" && status < 500 && status !== 304 && status !== 206;
}

function tell<Response extends CacheResponse>(
  response: Response,
  outcome: CacheOutcome,
  context: CacheContext<Response>,
): Response {
  if (!context.observes) context.onOutcome(outcome);
  return marked(response, outcome);
}
