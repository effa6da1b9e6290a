import { andThen, type Awaitable } from "../timing/and-then.ts";
import { parseCacheControl } from "../http/cache-control.ts";
import { FieldList } from "../http/fields.ts";
import { isSafeMethod } from "../http/safe-method.ts";
import { Admission } from "./admission.ts";
import { conclude } from "./confirm.ts";
import { flightName, Flights, isForWhole, PATIENCE, statesCaching } from "./flights.ts";
import { decideBypass, selectStored, toConfirm, withoutConditions } from "./lookup.ts";
import type { CacheRequest, CacheResponse } from "./message.ts";
import { quietly, type CacheContext, type CacheParts, type Wanted } from "./parts.ts";
import { marked, type CacheOutcome } from "./outcome.ts";
import { sendStored } from "./send-stored.ts";
import type { StoredHead } from "./stored.ts";
import { Storing } from "./storing.ts";
import { decideUse, isRefreshOf } from "./reuse.ts";
import { takeTurn } from "./shared-flights.ts";

/** The response that a lookup found, or the stored one to revalidate. */
interface Found<Response> {
  readonly response?: Response;
  readonly stored?: StoredHead | undefined;
}

/** A shared cache between the features and the origin server (RFC 9111). */
export class ResponseCache<Response extends CacheResponse> {
  readonly #parts: CacheParts<Response>;
  readonly #admission = new Admission();
  readonly #flights = new Flights();
  readonly #storing: Storing<Response>;

  constructor(parts: CacheParts<Response>) {
    this.#parts = parts;
    this.#storing = new Storing(parts, this.#admission);
  }

  /** The response to a request, stored or the origin server's; fails as `origin` does. */
  answer(request: CacheRequest, context: CacheContext<Response>): Awaitable<Response> {
    const bypass = decideBypass(request);
    if (bypass !== undefined)
      return this.#bypass(request, { kind: "bypass", reason: bypass }, context);
    const key = context.keyOf(request.target);
    return andThen(key, (known) => this.#answerAt(known, request, context));
  }

  async #bypass(
    request: CacheRequest,
    outcome: CacheOutcome & { kind: "bypass" },
    context: CacheContext<Response>,
  ): Promise<Response> {
    context.onOutcome(outcome);
    const response = await context.origin(request);
    if (!isSafeMethod(request.method)) await this.#invalidate(request, response, context);
    return marked(response, outcome);
  }

  /** If the last response could not be shared, no lookup is made for the next. */
  #answerAt(
    key: string,
    request: CacheRequest,
    context: CacheContext<Response>,
  ): Awaitable<Response> {
    const { entries, now } = this.#parts;
    const requestedAt = now();
    const isPassed =
      !entries.has(key) &&
      request.fields.get("cache-control") === undefined &&
      this.#admission.letPass(key, requestedAt);
    if (!isPassed) return this.#reuse(key, request, context);
    const fetched = { key, seen: undefined, request, requestedAt, confirming: undefined };
    return andThen(context.origin(request), (response) =>
      this.#storing.respondAndStore({ ...fetched, response }, context),
    );
  }

  /** Sends a stored response, at once if it is in memory; otherwise the origin server's. */
  #reuse(key: string, request: CacheRequest, context: CacheContext<Response>): Awaitable<Response> {
    const seen = this.#admission.count(key);
    return andThen(this.#lookUp(key, request, context), ({ response, stored }) => {
      if (response !== undefined) return response;
      const wanted = { key, seen, request, stored };
      return context.observes || this.#admission.isPassed(key, this.#parts.now())
        ? this.#forward(wanted, context)
        : this.#collapse(wanted, context);
    });
  }

  /**
   * RFC 9111 §4: requests for the same missing response are collapsed. One that gets no response from
   * the flight that it waited for joins the next one, or begins it: of each variant, one goes on.
   */
  async #collapse(wanted: Wanted, context: CacheContext<Response>): Promise<Response> {
    const { key, request } = wanted;
    const { now, entries } = this.#parts;
    const arrival = { number: this.#flights.begun, at: now() };
    const until = arrival.at + PATIENCE / 1000;
    let { stored } = wanted;
    for (;;) {
      const name = flightName(key, await entries.find(key), request);
      if (!this.#flights.has(name)) {
        // A part, or a head, serves no request for the whole.
        if (!isForWhole(request)) return this.#forward({ ...wanted, stored }, context);
        const land = this.#flights.begin(name);
        return this.#fly(name, { ...wanted, stored, land }, context);
      }
      const landed = await this.#flights.join(name, (until - now()) * 1000);
      const isLater = landed?.isShared === true && landed.number > arrival.number;
      const next = await this.#lookUp(key, request, context, isLater ? arrival.at : Infinity);
      if (next.response !== undefined) return next.response;
      stored = next.stored;
      if (isLater || landed?.isShared !== true || statesCaching(request)) {
        return this.#forward({ ...wanted, stored }, context);
      }
    }
  }

  /** Sends the one request of a flight, unless another process has sent it meanwhile. */
  async #fly(name: string, wanted: Wanted, context: CacheContext<Response>): Promise<Response> {
    const { key, request, land } = wanted;
    const { shared, entries } = this.#parts;
    let { stored } = wanted;
    const look = async (): Promise<Response | undefined> => {
      entries.forget(key);
      const next = await this.#lookUp(key, request, context, Infinity);
      ({ stored } = next);
      return next.response;
    };
    let settle: (() => void) | undefined;
    try {
      // Those that wait count: the response is requested again.
      const onJoined = (): void => void this.#admission.count(key);
      const turn = shared && (await takeTurn(shared, name, { onJoined, look }));
      if (turn?.found !== undefined) {
        land?.(true);
        return turn.found;
      }
      settle = turn?.settle;
      return await this.#forward({ ...wanted, stored, settle }, context);
    } catch (error) {
      land?.();
      settle?.();
      throw error;
    }
  }

  /**
   * Finds a stored response to send without waiting for the origin server, or to revalidate.
   *
   * @param since for a collapsed request: a response that came later is what the origin server sends
   */
  #lookUp(
    key: string,
    request: CacheRequest,
    context: CacheContext<Response>,
    since?: number,
  ): Awaitable<Found<Response>> {
    return andThen(this.#parts.entries.find(key), (heads) =>
      this.#useOf(selectStored(heads, request, context.settings), key, request, context, since),
    );
  }

  #useOf(
    stored: StoredHead | undefined,
    key: string,
    request: CacheRequest,
    context: CacheContext<Response>,
    since: number | undefined,
  ): Awaitable<Found<Response>> {
    const { settings, observes } = context;
    const onlyCached = parseCacheControl(request.fields.get("cache-control")).has("only-if-cached");
    if (stored === undefined) return onlyCached ? { response: this.#notCached(context) } : {};
    const use = decideUse(stored, (name) => request.fields.get(name), this.#parts.now(), settings);
    // RFC 9111 §4: the origin server has sent or confirmed it since this request arrived.
    const isConfirmed =
      since !== undefined && stored.respondedAt >= since && !statesCaching(request);
    if (use.kind === "revalidate" && !isConfirmed) {
      return onlyCached ? { response: this.#notCached(context) } : { stored };
    }
    const isStale = use.kind === "while-revalidating" && !isConfirmed;
    if (isStale && context.later === undefined) return { stored };
    const reason = isStale ? "while-revalidating" : since === undefined ? "fresh" : "collapsed";
    if (observes) {
      context.onOutcome({ kind: "hit", reason });
      return { stored };
    }
    const served = sendStored(this.#parts, stored, request, context, { kind: "hit", reason });
    return andThen(served, (response) => {
      if (response === undefined) return {};
      if (isStale) this.#refresh(key, request, stored, context);
      return { response };
    });
  }

  #notCached(context: CacheContext<Response>): Response {
    const outcome = { kind: "miss", reason: "only-if-cached" } as const;
    context.onOutcome(outcome);
    // RFC 9111 §5.2.1.7
    const fields = FieldList.from(["content-length", "0", "cache-control", "no-store"]);
    return marked(this.#parts.revive({ status: 504, fields, content: new Uint8Array() }), outcome);
  }

  /** Sends the request to the origin server, perhaps conditional, and stores the response. */
  async #forward(wanted: Wanted, context: CacheContext<Response>): Promise<Response> {
    const { request, stored, land } = wanted;
    const confirming = stored && request.method === "GET" ? toConfirm(request, stored) : undefined;
    const requestedAt = this.#parts.now();
    let response: Response | undefined;
    let failure: unknown;
    try {
      response = await context.origin(confirming ?? request);
    } catch (error) {
      failure = error;
    }
    const answer = await conclude(
      { ...wanted, confirming, response, requestedAt },
      this.#parts,
      this.#storing,
      context,
      (head, outcome) => sendStored(this.#parts, head, request, context, outcome),
    );
    if (answer.kind === "served") {
      land?.(response?.status === 304);
      wanted.settle?.();
      return answer.response;
    }
    if (answer.kind === "ask-again") {
      const whole = { ...wanted, asked: request, stored: undefined };
      const fields = withoutConditions(request);
      return this.#forward({ ...whole, request: { ...request, fields } }, context);
    }
    if (response === undefined) throw failure;
    return this.#storing.respondAndStore({ ...wanted, response, requestedAt, confirming }, context);
  }

  /** Requests the next version of a stored response in the background. */
  #refresh(
    key: string,
    request: CacheRequest,
    stored: StoredHead,
    context: CacheContext<Response>,
  ): void {
    const name = flightName(key, [stored], request);
    if (this.#flights.has(name) || context.later === undefined) return;
    const land = this.#flights.begin(name);
    const origin = context.later;
    const fields = withoutConditions(request);
    fields.delete("cookie");
    const own = quietly(context, origin);
    const wanted = { key, seen: Infinity, request: { ...request, method: "GET", fields }, stored };
    const work = this.#refreshOnce(name, { ...wanted, land }, own)
      .then((response) => response?.body?.release())
      .catch(() => {})
      .finally(() => land());
    context.background(work);
  }

  /** Requests it, unless another process has a newer response. */
  async #refreshOnce(
    name: string,
    wanted: Wanted,
    context: CacheContext<Response>,
  ): Promise<Response | undefined> {
    const { shared, entries, now } = this.#parts;
    const { key, request, stored } = wanted;
    const look = async (): Promise<StoredHead | undefined> => {
      entries.forget(key);
      const next = selectStored(await entries.find(key), request, context.settings);
      const isNext = next !== undefined && isRefreshOf(next, stored, now());
      return isNext ? next : undefined;
    };
    const turn = shared && (await takeTurn(shared, name, { look, looksFirst: true }));
    if (turn?.found !== undefined) return undefined;
    const sent = this.#forward({ ...wanted, settle: turn?.settle }, context);
    sent.catch(() => turn?.settle?.());
    return sent;
  }

  /** RFC 9111 §4.4: an unsafe method may have changed the resource. */
  async #invalidate(
    request: CacheRequest,
    response: Response,
    context: CacheContext<Response>,
  ): Promise<void> {
    if (response.status >= 400) return;
    const targets = new Set([request.target]);
    for (const name of ["location", "content-location"]) {
      const reference = response.fields.get(name);
      const target = reference === undefined ? undefined : context.targetOf(reference);
      if (target !== undefined) targets.add(target);
    }
    for (const target of targets) await this.#parts.entries.drop(await context.keyOf(target));
  }
}
