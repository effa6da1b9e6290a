import { ownAddresses, type FeatureParts } from "../../feature/parts.ts";
import type { OwnRequests } from "../../pipeline/own-requests.ts";
import { SITEMAP } from "../../http/known-paths.ts";
import { digestOfText } from "../../http/digest.ts";
import { secondsOf } from "../../timing/duration.ts";
import { within } from "../../timing/timeout.ts";
import { splitTarget } from "../../http/target.ts";
import { nextTurn } from "../../timing/turns.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { DocumentOutcome } from "../../pipeline/own-documents.ts";
import { readInBackground } from "./background.ts";
import { Build } from "./build.ts";
import type { Catalog } from "./catalog.ts";
import { laterResponse, streamResponse, wholeResponse } from "./documents.ts";
import { buildFull } from "./full.ts";
import { KnownHosts } from "./known-hosts.ts";
import { listedPages, siteFacts } from "./listing.ts";
import { MadeDocuments } from "./made.ts";
import { outlineOf, type ListedPage } from "./outline.ts";
import type { DocumentsPolicy } from "./policy.ts";
import { SiteOrigin } from "./site-origin.ts";
import type { Listing, Site } from "./site.ts";
import type { Running } from "../../timing/scheduler.ts";
import type { HourlyCount } from "../../timing/allowance.ts";
import { PAGE_COST } from "./crawl.ts";
import { sitemapPages, writeSitemap } from "./sitemap.ts";
import { writeFile, writeRoot } from "./write.ts";
import type { DocumentsReason } from "./reasons.ts";

/** The parts that make documents. */
interface DocumentMakerOptions extends FeatureParts {
  readonly own: OwnRequests;
  /** The requests to the origin server. */
  readonly spending: HourlyCount;
}

/** The document to be made at the target of an exchange. */
interface Order {
  readonly exchange: Exchange;
  readonly policy: DocumentsPolicy;
  readonly site: Site;
  readonly catalog: Catalog;
  /** The crawl of this request; whether it has read all pages that are due. */
  readonly reading: Promise<boolean>;
}

/** The targets of documents. */
export const LLMS = /\/llms(?:-\d{1,5})?\.txt$/;
export const FULL = /\/llms-full\.txt$/;

/** Seconds for which a stale document is sent while a new one is made. */
const STALE_FOR = 86_400;
/** Milliseconds for which a request for the sitemap waits for the first page, and between two checks. */
const PATIENCE = 5000;
const LOOK_AGAIN = 20;
/** Seconds in Retry-After if a document is not ready. */
const COME_AGAIN = 5;

/** Makes lists of pages and full texts, each once for all requests that wait for it. */
export class DocumentMaker {
  readonly #options: DocumentMakerOptions;
  readonly #made: MadeDocuments;
  readonly #hosts = new KnownHosts();
  #rules: Promise<string> | undefined;

  constructor(options: DocumentMakerOptions) {
    this.#options = options;
    this.#made = new MadeDocuments(options);
  }

  /** Whether the origin server has a site for the host that a client names. */
  async isSite(exchange: Exchange): Promise<boolean> {
    const { policies, own, spending } = this.#options;
    const listed = policies.isListedHost(exchange.host);
    if (listed !== undefined) return listed;
    return this.#hosts.isSite(exchange.host, (host) =>
      own.getFrom(host, exchange, () => spending.add()),
    );
  }

  /** Makes the document at the target of an exchange. */
  async make(
    exchange: Exchange,
    policy: DocumentsPolicy,
    site: Site,
  ): Promise<DocumentOutcome<DocumentsReason>> {
    const order: Order = {
      exchange,
      policy,
      site,
      ...(await this.#catalog(exchange, policy, site)),
    };
    if (splitTarget(exchange.target).path === SITEMAP) return this.#sitemap(order);
    return FULL.test(exchange.target) ? this.#full(order) : this.#list(order);
  }

  async #sitemap(order: Order): Promise<DocumentOutcome<DocumentsReason>> {
    const { exchange, catalog, policy, site, reading } = order;
    if (catalog.hasSitemap) return { kind: "declined", reason: "other-sitemap" };
    await hasFirstPage(order);
    const { host } = exchange;
    const isOpen = (path: string): boolean => this.#options.policies.isOpenToStrangers(host, path);
    const { origin } = exchange.url;
    const made = await site.sitemaps.find(formOf(order), catalog.size, async (at) =>
      writeSitemap(await sitemapPages(catalog, policy, origin, isOpen), origin, at),
    );
    if (made === undefined) return notReady(exchange, COME_AGAIN);
    if (made.files.size === 0) {
      const isRead = await within(
        0,
        reading.catch(() => false),
        () => false,
      );
      return isRead ? { kind: "declined", reason: "no-pages" } : notReady(exchange, COME_AGAIN);
    }
    const content = made.files.get(exchange.target);
    if (content === undefined) return { kind: "declined", reason: "no-such-directory" };
    const response = await wholeResponse(exchange, content, "application/xml");
    return { kind: "respond", reason: "made", response };
  }

  /** The catalog, and the crawl that continues in the background. */
  async #catalog(
    exchange: Exchange,
    policy: DocumentsPolicy,
    site: Site,
  ): Promise<Pick<Order, "catalog" | "reading">> {
    const { own, now, spending } = this.#options;
    const origin = new SiteOrigin((target, accept) =>
      own.get(target, accept, exchange, () => spending.add()),
    );
    const known = new Set([exchange.url.origin, ...ownAddresses(this.#options)]);
    const catalog = await site.ready(origin, {
      sitemaps: policy.sitemaps,
      known,
      maxPages: policy.maxPages,
      refresh: secondsOf(policy.refresh),
      now: now(),
      background: (work) => exchange.background(work),
    });
    const { policies, hasSitemap, backgroundLimit = Infinity } = this.#options;
    // A sitemap has addresses alone, and so more pages than the lists, which describe theirs.
    const test = hasSitemap || policy.sitemap ? policies.isOpenToStrangers : policies.isOpen;
    const isOpen = (path: string): boolean => test(exchange.host, path);
    const options = { ...this.#options, backgroundLimit, isOpen, known };
    const reading = readInBackground(site, catalog, policy, origin, options);
    exchange.background(reading);
    return { catalog, reading };
  }

  async #list(order: Order): Promise<DocumentOutcome<DocumentsReason>> {
    const { exchange } = order;
    const path = exchange.target;
    const listing = await this.#listing(order);
    if (listing === undefined) return notReady(exchange, COME_AGAIN);
    const { outline } = listing;
    const facts = this.#factsOf(order);
    const file = outline.files.find((each) => each.path === path);
    if (path !== "/llms.txt" && file === undefined) {
      return { kind: "declined", reason: "no-such-directory" };
    }
    // To write the first list and its response, code must be compiled.
    await nextTurn();
    const text = file === undefined ? writeRoot(facts, outline) : writeFile(facts, file);
    await nextTurn();
    const response = await wholeResponse(exchange, new TextEncoder().encode(text));
    return { kind: "respond", reason: "made", response };
  }

  async #full(order: Order): Promise<DocumentOutcome<DocumentsReason>> {
    const { now, spending, scheduler } = this.#options;
    const { exchange, policy, site } = order;
    const path = exchange.target;
    const listing = await this.#listing(order);
    if (listing === undefined) return notReady(exchange, COME_AGAIN);
    const made = { kind: "respond", reason: "made" } as const;
    this.#rules ??= digestOfText(this.#options.rulesKey);
    const key = [site.name, path, formOf(order), await this.#rules].join("\n");
    const stored = await this.#made.find(key);
    if (stored !== undefined && stored.madeAt + secondsOf(policy.keepFor) > now()) {
      return { ...made, response: await wholeResponse(exchange, stored.content) };
    }
    const running = site.build?.isOver === false ? site.build : undefined;
    if (stored === undefined && running?.path === path) {
      return { ...made, response: streamResponse(running.stream()) };
    }
    const directory = path.slice(0, -"llms-full.txt".length);
    const pages = listing.pages.filter((page) => page.path.startsWith(directory));
    if (pages.length === 0) return { kind: "declined", reason: "no-such-directory" };
    const mayBuild = running === undefined && spending.count < policy.requestsPerHour;
    const work = mayBuild ? scheduler.begin({ milliseconds: PAGE_COST }) : undefined;
    const build = work && this.#begin(key, pages, order, work);
    // RFC 5861 §3: the stored document is sent while a new one is made.
    if (stored !== undefined) {
      return { ...made, response: await wholeResponse(exchange, stored.content) };
    }
    if (build !== undefined) return { ...made, response: streamResponse(build.stream()) };
    const wait = running === undefined ? spending.left : COME_AGAIN;
    return notReady(exchange, wait);
  }

  /** Begins to make a text for this client and all others. */
  #begin(key: string, pages: readonly ListedPage[], order: Order, running: Running): Build {
    const { own, spending, backgroundLimit = Infinity, log } = this.#options;
    const { exchange, policy } = order;
    const build = new Build(exchange.target);
    order.site.build = build;
    const end = Date.now() + backgroundLimit;
    const render = (target: string) => own.render(target, exchange, () => spending.add());
    const heading = `# ${this.#factsOf(order).title}\n`;
    const work = buildFull(build, heading, pages, render, {
      maxPages: policy.fullMaxPages,
      maxBytes: policy.fullMaxBytes,
      goesOn: () =>
        Date.now() < end && spending.count < policy.requestsPerHour && running.spend(PAGE_COST),
    });
    const ttl = Math.max(secondsOf(policy.keepFor), STALE_FOR);
    exchange.background(
      work
        .then(() => this.#made.store(key, build.content(), ttl))
        .catch((error: unknown) => {
          build.fail();
          log.info("documents-unsaved", { error: String(error) });
        })
        .finally(() => running.end()),
    );
    return build;
  }

  #factsOf({ catalog, exchange: { url, host }, policy }: Order) {
    return siteFacts(catalog, url, policy, (path) => this.#options.policies.isOpen(host, path));
  }

  /** The listing for an order; undefined if it can't be made now. */
  #listing(order: Order): Promise<Listing | undefined> {
    const { site, catalog } = order;
    return site.listings.find(formOf(order), catalog.size, (at) => this.#listAll(order, at));
  }

  async #listAll({ catalog, exchange, policy }: Order, at: number): Promise<Listing> {
    const { policies } = this.#options;
    const { url, host } = exchange;
    const pages = await listedPages(catalog, policy, url.origin, {
      servesMarkdown: (path) => policies.hasAlternate(new URL(url.origin + path), "text/markdown"),
      isOpen: (path) => policies.isOpen(host, path),
    });
    return { at, pages, outline: await outlineOf(pages, policy.maxChars) };
  }
}

/** Waits until the crawl has read a page that may be listed, or has ended. */
async function hasFirstPage({ catalog, reading }: Order): Promise<void> {
  const over = reading.then(
    () => true,
    () => true,
  );
  for (let left = PATIENCE; left > 0 && !hasReadPage(catalog); left -= LOOK_AGAIN) {
    const isOver = await within(LOOK_AGAIN, over, () => false);
    if (isOver) return;
  }
}

function hasReadPage(catalog: Catalog): boolean {
  for (const { readAt, isOut } of catalog.pages()) if (readAt > 0 && isOut !== true) return true;
  return false;
}

function notReady(exchange: Exchange, seconds: number): DocumentOutcome<DocumentsReason> {
  return { kind: "respond", reason: "not-ready", response: laterResponse(exchange, seconds) };
}

/** The options that change a document besides the site's pages. */
function formOf({ exchange, policy }: Order): string {
  return JSON.stringify([exchange.url.origin, policy]);
}
