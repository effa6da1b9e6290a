import { LRUCache } from "lru-cache";
import type { FieldList } from "../../http/fields.ts";
import { ageOf, type StoredResponse } from "../../http/stored-response.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { FinishedResponse, RequestOutcome } from "../../pipeline/stage.ts";
import type { Context } from "./context.ts";
import type { GroupState } from "./group-state.ts";
import type { CompressionPolicy } from "./policy.ts";
import type { Resource } from "./resources.ts";

/** A finished answer out of what is kept, but for its age. */
export interface KeptAnswer {
  readonly resource: Resource;
  readonly fields: FieldList;
  readonly content: Uint8Array<ArrayBuffer>;
  /** The match group that was looked into. */
  readonly group: KeptGroup | undefined;
}

interface KeptGroup {
  readonly match: string;
  readonly id: string;
  readonly state: GroupState;
}

interface Prepared extends KeptAnswer {
  readonly policy: CompressionPolicy;
  readonly outcome: RequestOutcome & { readonly kind: "forward" };
  /** Seconds since the epoch. */
  readonly until: number;
}

/** Seconds after which an answer is put together anew, whatever is known of its parts. */
const GOOD_FOR = 5;

/** Of the bytes held in memory, what prepared answers may have; what is larger takes its time anyway. */
const SHARE = 1 / 8;

/** Fields that make a request one of its own. */
const UNUSUAL = [
  "authorization",
  "cache-control",
  "range",
  "if-match",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
];

/** All that an answer to any other request is chosen by, besides what the origin's Vary names. */
const CHOSEN_BY = [
  "accept-encoding",
  "available-dictionary",
  "origin",
  "sec-fetch-mode",
  "sec-fetch-site",
];

/** Answers that were put together a moment ago, for requests that can't get another one. */
export class PreparedAnswers {
  readonly #context: Context;
  readonly #answers: LRUCache<string, Prepared>;

  constructor(context: Context) {
    this.#context = context;
    this.#answers = new LRUCache({
      max: 2000,
      maxSize: Math.ceil(context.heldBytes * SHARE),
      sizeCalculation: ({ content }) => content.byteLength + 1024,
    });
  }

  find(exchange: Exchange, policy: CompressionPolicy): RequestOutcome | undefined {
    if (this.#answers.size === 0) return undefined;
    const key = this.#context.currentKey(exchange);
    if (typeof key !== "string") return undefined;
    const name = nameOf(key, exchange);
    const prepared = name === undefined ? undefined : this.#answers.get(name);
    if (prepared === undefined || !this.#isValid(prepared, key, exchange, policy)) return undefined;
    return prepared.outcome;
  }

  /**
   * Takes an answer that is sent as it is.
   *
   * @param key the resource's
   */
  keep(
    key: string,
    exchange: Exchange,
    policy: CompressionPolicy,
    answer: KeptAnswer,
    outcome: RequestOutcome & { readonly kind: "forward" },
  ): void {
    const name = nameOf(key, exchange);
    if (name === undefined) return;
    const { now } = this.#context;
    const held = { isFresh: true, response: () => withAge(answer, now()) };
    const until = now() + GOOD_FOR;
    this.#answers.set(name, { ...answer, policy, outcome: { ...outcome, held }, until });
  }

  #isValid(
    { resource, group, policy, until }: Prepared,
    key: string,
    exchange: Exchange,
    current: CompressionPolicy,
  ): boolean {
    const { resources, groups, groupId, now } = this.#context;
    const time = now();
    if (time > until || until - time > GOOD_FOR) return false;
    if (policy !== current || resources.peek(key) !== resource) return false;
    if (ageOf(resource, time) >= resource.lifetime) return false;
    if (resource.selecting.some(([name, value]) => (exchange.field(name) ?? "") !== value)) {
      return false;
    }
    if (group === undefined) return true;
    return groupId(exchange, group.match) === group.id && groups.state(group.id) === group.state;
  }
}

/** Undefined where the request is to be looked at by itself. */
function nameOf(key: string, exchange: Exchange): string | undefined {
  for (const name of UNUSUAL) if (exchange.field(name) !== undefined) return undefined;
  let name = key;
  for (const each of CHOSEN_BY) name += `\n${exchange.field(each) ?? ""}`;
  return exchange.field("cookie") === undefined ? name : `${name}\ncookie`;
}

function withAge(
  { resource, fields: prepared, content }: KeptAnswer,
  now: number,
): FinishedResponse {
  const fields = prepared.copy();
  addAge(fields, resource, now);
  return { status: 200, fields, content };
}

/**
 * Says how old an answer is, and where it comes from.
 *
 * @param now seconds since the epoch
 */
export function addAge(fields: FieldList, stored: StoredResponse, now: number): void {
  const age = ageOf(stored, now);
  fields.set("age", String(age));
  // RFC 9211 §2.1
  fields.append("cache-status", `wayleave; hit; ttl=${stored.lifetime - age}`);
}
