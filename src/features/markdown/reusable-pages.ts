import { oncePer } from "../../http/once-per.ts";
import { secondsOf } from "../../timing/duration.ts";
import { FieldList, type Fields } from "../../http/fields.ts";
import { replaceRepresentation } from "../../http/representation.ts";
import {
  ageOf,
  confirmStored,
  contradicts,
  decideStoredUse,
  storeConfirmed,
  storable,
} from "../../cache/derived.ts";
import { canonicalUrl, urlOnOrigin } from "../../http/target.ts";
import { weaklyMatches } from "../../http/validators.ts";
import { originOf, type Exchange } from "../../pipeline/exchange.ts";
import { ExchangeValue } from "../../pipeline/exchange-value.ts";
import type {
  Awaitable,
  ResponseHead,
  ReusableResponse,
  OwnResponse,
} from "../../pipeline/stage.ts";
import type { FeatureParts } from "../../feature/parts.ts";
import type { Generations } from "../../store/store.ts";
import { MarkdownStore, type StoredFacts, type StoredMarkdown } from "./stored-markdown.ts";
import { MARKDOWN_TYPE, markdownFields, pageOptions, type MadeMarkdown } from "./page-fields.ts";
import type { MarkdownPolicy } from "./policy.ts";
import { andThen } from "../../timing/and-then.ts";

/** Stores the whole markdown of a page. */
export type PageRecorder = (markdown: Uint8Array<ArrayBuffer>, made: MadeMarkdown) => void;

/** Serves stored markdown. */
export class ReusablePages {
  /** The largest markdown that is stored, in bytes. */
  readonly largest = 4 * 1024 * 1024;
  readonly #stored: MarkdownStore;
  readonly #now: () => number;
  readonly #generations: Generations;
  /** The generation at the start of each request, in case of a purge before its response. */
  readonly #since = new ExchangeValue<Awaitable<string>>();

  constructor(options: Pick<FeatureParts, "store" | "now" | "onStoreFault" | "generations">) {
    this.#stored = new MarkdownStore(options);
    this.#now = options.now;
    this.#generations = options.generations;
  }

  /** Remembers the generation of a request, before the request to the origin server. */
  begin(exchange: Exchange, page: string): void {
    const url = canonicalUrl(originOf(exchange), page);
    this.#since.set(exchange, this.#generations.of({ url }));
  }

  /** The stored markdown for a request; synchronous if it is in memory. */
  find(
    exchange: Exchange,
    page: string,
    policy: MarkdownPolicy,
  ): Awaitable<ReusableResponse | undefined> {
    if (policy.keepFor === false || exchange.field("cookie") !== undefined) return undefined;
    return andThen(this.#key(exchange, page, policy), (key) =>
      andThen(
        this.#stored.lookup(key),
        (stored) => stored && this.#offer(stored, key, exchange, page, policy),
      ),
    );
  }

  /**
   * Returns a function that stores markdown; undefined if it must not be.
   * @param page as in `find`
   */
  recorder(
    exchange: Exchange,
    page: string,
    response: { readonly status: number; readonly fields: Fields },
    policy: MarkdownPolicy,
  ): PageRecorder | undefined {
    const ttl = ttlOf(policy);
    if (ttl === 0 || exchange.method !== "GET") return undefined;
    // A page may depend on the request's cookies although the origin server does not say so.
    if (exchange.field("cookie") !== undefined) return undefined;
    const facts = storable(response, (name) => exchange.field(name), this.#now());
    if (facts === undefined) return undefined;
    const key = this.#key(exchange, page, policy);
    const { originTarget: target } = exchange;
    return (markdown, { metas, tokens, pageBytes }) => {
      if (markdown.length > this.largest) return;
      const known = {
        ...facts,
        target,
        metas,
        pageBytes,
        ...(tokens === undefined ? {} : { tokens }),
      };
      exchange.background(andThen(key, (by) => this.#stored.store(by, markdown, known, ttl)));
    };
  }

  /** Drops the stored markdown of a page that a request may have changed. */
  forget(exchange: Exchange, policy: MarkdownPolicy): void {
    if (policy.keepFor === false) return;
    this.begin(exchange, exchange.target);
    const key = this.#key(exchange, exchange.target, policy);
    exchange.background(andThen(key, (by) => this.#stored.drop(by)));
  }

  /** Drops the stored markdown of a page if a response of the origin server contradicts it. */
  outdate(exchange: Exchange, page: string, head: ResponseHead, policy: MarkdownPolicy): void {
    if (policy.keepFor === false || exchange.originTarget !== page) return;
    if (this.#since.get(exchange) === undefined) this.begin(exchange, page);
    const done = andThen(this.#key(exchange, page, policy), (key) => {
      const facts = this.#stored.peek(key);
      const isOutdated = facts && contradicts(head, facts, (name) => exchange.field(name));
      return isOutdated === true ? this.#stored.drop(key) : undefined;
    });
    if (done !== undefined) exchange.background(done);
  }

  #offer(
    stored: StoredMarkdown,
    key: string,
    exchange: Exchange,
    page: string,
    policy: MarkdownPolicy,
  ): ReusableResponse | undefined {
    const now = this.#now();
    const { facts } = stored;
    const left = facts.storedAt + ttlOf(policy) - now;
    const use = left <= 0 ? "none" : decideStoredUse(facts, (name) => exchange.field(name), now);
    const fields = FieldList.from(facts.fields);
    const [etag, modified] = [fields.get("etag"), fields.get("last-modified")];
    // A response can confirm only the target that was converted.
    const isCheckable = (etag ?? modified) !== undefined && facts.target === page;
    if (use === "none" || (use === "stale" && !isCheckable)) return undefined;
    return {
      target: facts.target,
      isFresh: use === "fresh",
      etag,
      modified,
      response: (confirmed) => {
        if (confirmed === undefined) return this.#respond(stored, facts, exchange, policy);
        const news = confirmStored(facts, confirmed, now);
        const stillStored = storeConfirmed(news, (name) => exchange.field(name));
        exchange.background(
          stillStored === undefined
            ? this.#stored.drop(key)
            : this.#stored.update(key, stillStored, left),
        );
        return this.#respond(stored, news, exchange, policy);
      },
    };
  }

  #respond(
    { content }: StoredMarkdown,
    facts: StoredFacts,
    exchange: Exchange,
    policy: MarkdownPolicy,
  ): OwnResponse {
    const fields = FieldList.from(facts.fields);
    const page = urlOnOrigin(facts.target, exchange.url);
    const edits = markdownFields(exchange, page, fields, policy, facts);
    replaceRepresentation(fields, { variant: "md", type: MARKDOWN_TYPE });
    for (const [name, value] of edits.set ?? []) fields.set(name, value);
    for (const [name, value] of edits.append ?? []) fields.append(name, value);
    const age = ageOf(facts, this.#now());
    fields.set("age", String(age));
    // RFC 9211 §2.1
    fields.append("cache-status", `wayleave; hit; ttl=${facts.lifetime - age}`);
    const lines = [...fields.lines()];
    if (weaklyMatches(exchange.field("if-none-match"), fields.get("etag"))) {
      const stored = lines.filter(([name]) => name.toLowerCase() !== "content-type");
      return { status: 304, fields: stored, content: null };
    }
    return { status: 200, fields: lines, content, before: facts.pageBytes };
  }

  /** The key of a page; only the first requests wait, for the list of purges. */
  #key(exchange: Exchange, page: string, policy: MarkdownPolicy): Awaitable<string> {
    const key = `${originOf(exchange)}${page}\n${formOf(policy)}`;
    const since = this.#since.get(exchange) ?? "0";
    return andThen(since, (generation) => `${key}\n${generation}`);
  }
}

/** The options of a rule that change its markdown. */
const formOf = oncePer((policy: MarkdownPolicy) => {
  const { engine, maxBytes, tokens, lastModified, onScriptOnly } = policy;
  const neutral = pageOptions(new URL("http://x"), policy);
  return JSON.stringify([engine, neutral, maxBytes, tokens, lastModified, onScriptOnly]);
});

function ttlOf({ keepFor }: MarkdownPolicy): number {
  return keepFor === false ? 0 : secondsOf(keepFor);
}
