import { BoundedCache } from "../../memory/bounded-cache.ts";
import type { FieldList, Fields } from "../../http/fields.ts";
import { ageOf, type StoredResponse } from "../../cache/derived.ts";
import { isSelected } from "../../cache/vary.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { FinishedResponse, RequestOutcome } from "../../pipeline/stage.ts";
import {
  selectingFieldsOf,
  isSelectedBy,
  isUnusual,
  type SelectingFields,
  type Dictionaries,
} from "./selecting-fields.ts";
import { keyOf, purgeScope, type Context, type PurgeScope } from "./context.ts";
import type { GroupState } from "./group-state.ts";
import type { CompressionPolicy } from "./policy.ts";
import type { Resource } from "./resources.ts";
import type { CompressionReason } from "./reasons.ts";

/** A complete response from stored parts, except for its age. */
export interface PreparedAnswer {
  readonly resource: Resource;
  readonly fields: FieldList;
  readonly content: Uint8Array<ArrayBuffer>;
  /** The origin server's entity tag, if it can confirm the response. */
  readonly etag: string | undefined;
  /** Makes the response after the origin server has confirmed it, with the fields of the 304. */
  readonly confirm: (confirmed: Fields, asking: Exchange) => FinishedResponse;
  /** The match group that the decision depended on. */
  readonly group: DecidingGroup | undefined;
}

interface DecidingGroup {
  readonly match: string;
  readonly id: string;
  readonly state: GroupState;
}

interface Prepared extends PreparedAnswer {
  readonly policy: CompressionPolicy;
  readonly outcome: RequestOutcome<CompressionReason> & { readonly kind: "forward" };
  readonly request: SelectingFields;
  /** The key of the resource. */
  readonly key: string;
  /** The generations of resource and group; a purge changes them. */
  readonly generations: readonly (readonly [scope: PurgeScope, generation: string])[];
  /** Seconds since the epoch. */
  readonly until: number;
}

/** Seconds after which a response is prepared again. */
const GOOD_FOR = 5;

/** The most bytes of prepared responses for one target; larger ones gain nothing. */
const MOST_BYTES = 4 * 1024 * 1024;

/** The most prepared responses for one target, for different dictionaries and kinds of requests. */
const MOST_OF_TARGET = 32;

const NO_DICTIONARIES: Dictionaries = new Set();

/** Complete responses of the last seconds, for requests that select the same response. */
export class PreparedAnswers {
  readonly #context: Context;
  /** By target, the latest first. */
  readonly #answers = new BoundedCache<readonly Prepared[]>({
    name: "prepared",
    max: 2000,
    sizeOf,
  });

  constructor(context: Context) {
    this.#context = context;
  }

  find(
    exchange: Exchange,
    policy: CompressionPolicy,
  ): RequestOutcome<CompressionReason> | undefined {
    const ofTarget = this.#answers.get(exchange.target);
    if (ofTarget === undefined || isUnusual(exchange)) return undefined;
    for (const prepared of ofTarget) {
      if (!isSelectedBy(exchange, prepared.request)) continue;
      if (!this.#isValid(prepared, exchange, policy)) return undefined;
      const { etag, outcome } = prepared;
      if (etag === undefined) return outcome;
      // Without a cache, every request goes to the origin server.
      const { now } = this.#context;
      const response = (confirmed?: Fields) =>
        confirmed === undefined ? withAge(prepared, now()) : prepared.confirm(confirmed, exchange);
      return { ...outcome, reusable: { isFresh: true, etag, response } };
    }
    return undefined;
  }

  /** Stores a response that needs no request to the origin server. @param key of the resource */
  store(
    key: string,
    exchange: Exchange,
    policy: CompressionPolicy,
    answer: PreparedAnswer,
    outcome: RequestOutcome<CompressionReason> & { readonly kind: "forward" },
  ): void {
    if (isUnusual(exchange)) return;
    const generations = this.#generations(key, exchange, answer.group);
    if (generations === undefined) return;
    const { now } = this.#context;
    const reusable = { isFresh: true, response: () => withAge(answer, now()) };
    const request = selectingFieldsOf(exchange, this.#dictionaries(policy, answer.group));
    const made: Prepared = {
      ...answer,
      policy,
      outcome: { ...outcome, reusable },
      request,
      key,
      generations,
      until: now() + GOOD_FOR,
    };
    const others = (this.#answers.get(exchange.target) ?? []).filter(
      (each) => !isSelectedBy(exchange, each.request),
    );
    const all = [made, ...others.slice(0, MOST_OF_TARGET - 1)];
    while (all.length > 1 && sizeOf(all) > MOST_BYTES) all.pop();
    this.#answers.set(exchange.target, all);
  }

  /** The dictionaries that can change the response; undefined if any can. */
  #dictionaries(
    policy: CompressionPolicy,
    group: DecidingGroup | undefined,
  ): Dictionaries | undefined {
    // A prebuilt delta may be against any dictionary.
    if (this.#context.compile(policy)?.policy.deltas !== undefined) return undefined;
    return group === undefined ? NO_DICTIONARIES : group.state.dictionaries;
  }

  /** The current generations of the names; undefined if the names are outdated. */
  #generations(
    key: string,
    exchange: Exchange,
    group: DecidingGroup | undefined,
  ): Prepared["generations"] | undefined {
    const { generationOf, groupId } = this.#context;
    const scope = purgeScope(exchange);
    const generation = generationOf(scope);
    if (typeof generation !== "string" || keyOf(generation, exchange) !== key) return undefined;
    if (group === undefined) return [[scope, generation]];
    const ofGroup = { group: group.match };
    const other = generationOf(ofGroup);
    if (typeof other !== "string" || groupId(exchange, group.match) !== group.id) return undefined;
    return [
      [scope, generation],
      [ofGroup, other],
    ];
  }

  #isValid(
    { resource, group, policy, until, key, generations }: Prepared,
    exchange: Exchange,
    current: CompressionPolicy,
  ): boolean {
    const { resources, groups, generationOf, now } = this.#context;
    const time = now();
    if (time > until || until - time > GOOD_FOR) return false;
    for (const [scope, generation] of generations) {
      if (generationOf(scope) !== generation) return false;
    }
    if (policy !== current || resources.peek(key) !== resource) return false;
    if (ageOf(resource, time) >= resource.lifetime) return false;
    const sent = { get: (name: string) => exchange.field(name) };
    if (!isSelected(resource.selecting, sent)) return false;
    return group === undefined || groups.state(group.id) === group.state;
  }
}

function sizeOf(answers: readonly Prepared[]): number {
  let size = 0;
  for (const { content } of answers) size += content.byteLength + 1024;
  return size;
}

function withAge(
  { resource, fields: prepared, content }: PreparedAnswer,
  now: number,
): FinishedResponse {
  const fields = prepared.copy();
  addAge(fields, resource, now);
  return { status: 200, fields, content, before: resource.length };
}

/** Adds Age and Cache-Status to a stored response. @param now seconds since the epoch */
export function addAge(fields: FieldList, stored: StoredResponse, now: number): void {
  const age = ageOf(stored, now);
  fields.set("age", String(age));
  // RFC 9211 §2.1
  fields.append("cache-status", `wayleave; hit; ttl=${stored.lifetime - age}`);
}
