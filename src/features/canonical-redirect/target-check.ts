import { isHtml, parseMediaType } from "../../http/media-type.ts";
import type { Answer, Exchange } from "../../pipeline/exchange.ts";
import type { OwnRequests } from "../../pipeline/own-requests.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import { Bucket } from "../../timing/bucket.ts";
import { SingleFlight } from "../../timing/single-flight.ts";
import { within } from "../../timing/timeout.ts";
import type { Canonical } from "./canonical.ts";
import type { Control, ErrorPages } from "./error-pages.ts";
import { isOfPage, type Fact, type PageAbout } from "./fact.ts";
import { Neighbourhoods, neighboursIn } from "./neighbours.ts";
import { factOfCanonical, factOfStatus, rememberTarget, isHiddenBy } from "./learn.ts";
import { decidePageCanonical } from "./page-canonical.ts";
import { readPage } from "./read-page.ts";
import type { PageRequest } from "./request.ts";
import type { CanonicalSite } from "./site.ts";
import { isErrorPage, sketchedPage, type SketchedPage } from "./text-sketch.ts";
import type { SeenPage } from "./valve.ts";

/** Requests of one process for targets: at once, and added per second. */
const RATE = { burst: 100, perSecond: 2 };

/** Milliseconds for one request. */
const TIMEOUT = 10_000;

const OVERLOADED = new Set([429, 502, 503, 504]);

const ACCEPT = "text/html, application/xhtml+xml, */*;q=0.8";

/** A page that may be the target of a redirect, with the options of its rule. */
export type Target = Pick<PageRequest, "page" | "key" | "compiled">;

type TargetParts = Pick<CanonicalSite, "memory" | "sources" | "valve" | "now">;

/** Learns facts about targets of redirects by the proxy's own requests to the origin server. */
export class TargetCheck {
  readonly #own: OwnRequests | undefined;
  readonly #parts: TargetParts;
  readonly #errorPages: ErrorPages;
  readonly #budget: Bucket;
  readonly #neighbourhoods: Neighbourhoods;
  /** The neighbours of pages that were read. */
  readonly #neighbours = new BoundedCache<readonly URL[]>({ name: "canonicals", max: 1000 });
  readonly #flights = new SingleFlight<void>();

  /** @param own undefined if the runtime can't send requests of its own: nothing is learnt */
  constructor(own: OwnRequests | undefined, errorPages: ErrorPages, parts: TargetParts) {
    this.#own = own;
    this.#parts = parts;
    this.#errorPages = errorPages;
    this.#budget = new Bucket(RATE, parts.now());
    this.#neighbourhoods = new Neighbourhoods(parts.now);
  }

  /** Whether the store has been read for what `isSettled` needs. */
  isLoaded({ page }: Pick<Target, "page">): boolean {
    return this.#own === undefined || this.#errorPages.isLoaded(page);
  }

  async load({ page }: Pick<Target, "page">): Promise<void> {
    await this.#errorPages.find(page);
  }

  /** Whether the known facts about a page are enough to redirect to it. */
  isSettled({ page }: Pick<Target, "page">, about: PageAbout | undefined): boolean {
    if (this.#own === undefined) return true;
    const control = this.#errorPages.peek(page);
    return control !== undefined && (control.error === undefined || about?.isReal === true);
  }

  /**
   * Whether pages to which a target links name it, too, although they are unlike it: then a template
   * writes it into every page. Undefined if that is not known.
   */
  isSharedByNeighbours({ key }: Pick<Target, "key">): boolean | undefined {
    return this.#own === undefined ? false : this.#neighbourhoods.isShared(key);
  }

  /** Requests pages to which a target links. Resolves once they are known; never rejects. */
  async checkNeighbours(target: Target, exchange: Exchange): Promise<void> {
    const { memory, valve } = this.#parts;
    const { compiled, key } = target;
    if (!this.#neighbours.has(key)) await this.read(target, exchange);
    const pages = (this.#neighbours.get(key) ?? []).map((page): Target => {
      return { page, key: compiled.keyOf(page), compiled };
    });
    const isNaming = async (neighbour: Target): Promise<boolean | undefined> => {
      if (memory.peek(neighbour.key) === undefined) await this.read(neighbour, exchange);
      const { fact, about } = memory.peek(neighbour.key) ?? {};
      if (fact === undefined || !isOfPage(fact)) return undefined;
      const names = fact.kind === "elsewhere" && compiled.addressOf(fact.to).key === key;
      return names && valve.isUnlike({ ...neighbour, about }, target);
    };
    const found = (await Promise.all(pages.map(isNaming))).filter((each) => each !== undefined);
    this.#neighbourhoods.learn(key, found, compiled.policy.valve.share);
  }

  /** Requests a target, and an address that does not exist. Resolves once all is known; never rejects. */
  async check(target: Target, exchange: Exchange): Promise<void> {
    if (this.#own === undefined) return;
    await this.#flights
      .do(target.key, () => this.#check(target, exchange))
      // An origin server that fails teaches nothing.
      .catch(() => {});
  }

  /** Requests a page for the sketch of its text; never rejects. */
  async read(target: Target, exchange: Exchange): Promise<void> {
    const finding = this.#control(target, exchange);
    await this.#page(target, exchange, finding).catch(() => {});
    await finding.catch(() => {});
  }

  async #check(target: Target, exchange: Exchange): Promise<void> {
    const finding = this.#control(target, exchange);
    const isKnown = this.#parts.memory.peek(target.key) !== undefined;
    const needsPage = !isKnown || (await finding)?.error !== undefined;
    const page = needsPage ? this.#page(target, exchange, finding) : undefined;
    await Promise.all([finding, page]);
  }

  async #page(
    target: Target,
    exchange: Exchange,
    finding: Promise<Control | undefined>,
  ): Promise<void> {
    const { page, compiled } = target;
    const answer = await this.#ask(page.pathname + page.search, exchange);
    if (answer === undefined) return;
    const learn = (fact: Fact, about?: PageAbout): void =>
      rememberTarget(fact, about, answer, { ...target, exchange }, this.#parts);
    const { status, fields } = answer;
    if (status !== 200) {
      answer.body?.release();
      return learn(factOfStatus(answer, target) ?? { kind: "unfit", why: "not-ok" });
    }
    const type = parseMediaType(fields.get("content-type"));
    const isHidden = isHiddenBy(fields);
    if (!isHtml(type)) {
      answer.body?.release();
      return learn({ kind: "stays", reason: "not-html" }, { isHidden, isReal: true });
    }
    const content = await readPage(answer, type, page.pathname, compiled.policy.maxScan);
    if (content === undefined) return learn({ kind: "unfit", why: "unreadable" });
    const control = await finding;
    // Without a control, nothing shows if this is an error page.
    if (control === undefined) return;
    const { head, sketch, html } = content;
    this.#neighbours.set(target.key, neighboursIn(html, page));
    const { title } = head;
    const seen = sketchedPage(title, sketch, page.pathname);
    if (control.error !== undefined && isErrorPage(seen, control.error)) {
      return learn({ kind: "unfit", why: "error-page" });
    }
    const canonical = decidePageCanonical(page, fields, head, compiled);
    const about = { title, isHidden: isHidden || head.isHidden, sketch, isReal: true };
    learn(factOfCanonical(canonical), about);
    this.#note({ page, key: target.key, about }, canonical, target, exchange);
  }

  /** Counts the page for the valve. */
  #note(seen: SeenPage, canonical: Canonical, { compiled }: Target, exchange: Exchange): void {
    const to = canonical.kind === "elsewhere" ? compiled.addressOf(canonical.to) : undefined;
    this.#parts.valve.see(seen, to, (work) => exchange.background(work));
  }

  /** How the site answers for addresses that do not exist; undefined if that can't be learnt now. */
  async #control(target: Target, exchange: Exchange): Promise<Control | undefined> {
    const { page, compiled } = target;
    const known = await this.#errorPages.find(page);
    if (known !== undefined) return known;
    const invented = this.#errorPages.invent(page);
    const answer = await this.#ask(invented.target, exchange);
    if (answer === undefined) return undefined;
    const { status, fields } = answer;
    const type = parseMediaType(fields.get("content-type"));
    let error: SketchedPage | undefined;
    if (status === 200 && isHtml(type)) {
      const content = await readPage(answer, type, invented.target, compiled.policy.maxScan);
      error = content && sketchedPage(content.head.title, content.sketch, invented.target);
    } else answer.body?.release();
    // A server that is overloaded says nothing about its error pages.
    if (OVERLOADED.has(status)) return undefined;
    exchange.background(this.#errorPages.learn(invented, error));
    return this.#errorPages.peek(page);
  }

  async #ask(target: string, exchange: Exchange): Promise<Answer | undefined> {
    this.#budget.fill(this.#parts.now());
    if (this.#own === undefined || !this.#budget.has(1)) return undefined;
    this.#budget.take(1);
    const asking = this.#own.get(target, ACCEPT, exchange, () => {});
    return within(TIMEOUT, asking, () => {
      asking.then(({ body }) => body?.release()).catch(() => {});
      return undefined;
    });
  }
}
