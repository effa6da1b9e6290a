import { LRUCache } from "lru-cache";
import { sha256, toHex } from "../../http/digest.ts";
import { parseDuration } from "../../http/duration.ts";
import { parseMediaType } from "../../http/media-type.ts";
import { prefersMarkdown } from "../../http/negotiate.ts";
import {
  originOf,
  type Answer,
  type Exchange,
  type OwnOriginClient,
} from "../../pipeline/exchange.ts";
import type { Awaitable, ResponseOutcome, Stage } from "../../pipeline/stage.ts";
import type { Generations, Store } from "../../store/store.ts";
import type { Catalog } from "./catalog.ts";
import { isListed, MAX_PAGE, toPage } from "./crawl.ts";
import { decideDiscoveryRequest, decideDocument } from "./decide.ts";
import { streamResponse, textResponse } from "./documents.ts";
import { fullText } from "./full.ts";
import { readInBackground } from "./background.ts";
import { listedPages, siteFacts } from "./listing.ts";
import { outlineOf, type Outline } from "./outline.ts";
import { PageReader } from "./page-facts.ts";
import { crawlOf, type DiscoveryPolicy } from "./policy.ts";
import { Site } from "./site.ts";
import { SiteOrigin } from "./site-origin.ts";
import { writeFile, writeRoot } from "./write.ts";

/** What the stage needs from outside. */
export interface DiscoveryStageOptions {
  readonly store: Store;
  /** What was purged: of `/llms.txt`, all that is known of a site. @default nothing ever is */
  readonly generations?: Generations | undefined;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly log: { info(event: string, facts: Readonly<Record<string, unknown>>): void };
  /** Undefined where the origin can't be asked: then nothing is made. */
  readonly askOrigin: OwnOriginClient | undefined;
  /** Whether the origin server is told the public host, and so may serve several sites. */
  readonly isHostSent: boolean;
  readonly originServer: string | undefined;
  /** Milliseconds for which work may go on after an answer. */
  readonly backgroundLimit: number;
  /** A page as the proxy sends it as markdown. */
  readonly render: (target: string, from: Exchange) => Promise<Answer | undefined>;
  /** Whether anyone gets a page as markdown at its address. */
  readonly servesMarkdown: (page: URL) => boolean;
}

/** Sites that are held in memory. */
const SITES = 8;

/** Makes the lists of pages that agents look for, where the origin has none of its own. */
export function discovery(options: DiscoveryStageOptions): Stage<DiscoveryPolicy> {
  const { askOrigin, now } = options;
  const sites = new LRUCache<string, Site>({ max: SITES });

  return {
    name: "discovery",
    feature: "discovery",
    varyOn: [],

    onRequest(exchange, policy) {
      const request = decideDiscoveryRequest(exchange.method, exchange.target, policy);
      if (request.kind === "ineligible") return request;
      if (askOrigin === undefined) return { kind: "ineligible", reason: "no-origin-client" };
      if (request.kind === "document") return { kind: "declined", reason: "origin-is-asked-first" };
      return isToBeRead(exchange, policy, request.path)
        ? { kind: "forward", reason: "to-be-read", reads: true }
        : { kind: "ineligible", reason: "not-to-be-read" };
    },

    async onResponse({ status, fields }, exchange, policy): Promise<ResponseOutcome> {
      const request = decideDiscoveryRequest(exchange.method, exchange.target, policy);
      if (request.kind === "ineligible" || askOrigin === undefined) {
        return { kind: "ineligible", reason: "not-ours" };
      }
      const type = parseMediaType(fields.get("content-type"));
      if (request.kind === "document") {
        const decision = decideDocument(status, type?.essence);
        if (decision.kind === "declined") return decision;
        // Watching must not make the origin any work.
        if (policy.mode !== "enforce") return { kind: "declined", reason: "watched-only" };
        return document(request, exchange, policy, new SiteOrigin(askOrigin, exchange.host));
      }
      if (!isListed(status, fields) || fields.get("set-cookie") !== undefined) {
        return { kind: "ineligible", reason: "not-listed" };
      }
      const { catalog } = siteOf(exchange, generationOf(exchange));
      return {
        kind: "amend",
        reason: "read",
        fields: {},
        keep: {
          maxBytes: MAX_PAGE,
          done(content) {
            const page = new PageReader(type?.charset, type?.essence !== "text/html", false);
            page.push(content);
            catalog?.update(toPage(request.path, page.end(), now()));
          },
        },
      };
    },
  };

  function generationOf(exchange: Exchange): Awaitable<string> {
    return options.generations?.of({ url: `${originOf(exchange)}/llms.txt` }) ?? "0";
  }

  function siteOf({ host }: Exchange, generation: Awaitable<string>): Site {
    // Whatever host a client names, an origin that does not hear of it is one site.
    const whole = options.isHostSent ? host : "site";
    const isPurged = !(generation instanceof Promise) && generation !== "0";
    const name = isPurged ? `${whole}/${generation}` : whole;
    let site = sites.get(name);
    if (site === undefined) {
      site = new Site(name, options.store);
      sites.set(name, site);
    }
    return site;
  }

  /** A listed page that passes by is read where nothing in the request makes it somebody's own. */
  function isToBeRead(exchange: Exchange, policy: DiscoveryPolicy, path: string): boolean {
    const crawlPolicy = crawlOf(policy);
    const page = siteOf(exchange, generationOf(exchange)).catalog?.get(path);
    if (page === undefined || crawlPolicy === undefined) return false;
    if (page.readAt > now() - crawlPolicy.refresh) return false;
    const personal = [
      "authorization",
      "cookie",
      "range",
      "if-none-match",
      "if-modified-since",
      "available-dictionary",
    ];
    if (personal.some((name) => exchange.field(name) !== undefined)) return false;
    return !prefersMarkdown(exchange.field("accept"));
  }

  async function document(
    { document, path }: { readonly document: "llms" | "full"; readonly path: string },
    exchange: Exchange,
    policy: DiscoveryPolicy,
    origin: SiteOrigin,
  ): Promise<ResponseOutcome> {
    const site = siteOf(exchange, await generationOf(exchange));
    const known = new Set([exchange.url.origin, options.originServer ?? exchange.url.origin]);
    const catalog = await site.ready(origin, {
      sitemaps: policy.sitemaps,
      known,
      maxPages: policy.maxPages,
      refresh: parseDuration(policy.refresh) ?? 0,
      now: now(),
      background: (work) => exchange.background(work),
    });
    exchange.background(readInBackground(site, catalog, policy, origin, options));
    const outline = await outlined(site, catalog, exchange, policy);
    const facts = siteFacts(catalog, exchange.url, policy);
    if (document === "full") {
      const directory = path.slice(0, -"llms-full.txt".length);
      const pages = listed(catalog, exchange, policy).filter((page) =>
        page.path.startsWith(directory),
      );
      if (pages.length === 0) return { kind: "declined", reason: "no-such-directory" };
      const targets = pages.map(({ url }) => new URL(url)).map((url) => url.pathname + url.search);
      const render = (target: string) => options.render(target, exchange);
      const text = fullText(`# ${facts.title}\n`, targets, render, policy.fullMaxBytes);
      return { kind: "respond", reason: "made", response: streamResponse(text) };
    }
    const file = outline.files.find((each) => each.path === path);
    if (path !== "/llms.txt" && file === undefined) {
      return { kind: "declined", reason: "no-such-directory" };
    }
    const text = file === undefined ? writeRoot(facts, outline) : writeFile(facts, file);
    return { kind: "respond", reason: "made", response: await textResponse(exchange, text) };
  }

  function listed(catalog: Catalog, { url }: Exchange, policy: DiscoveryPolicy) {
    return listedPages(catalog, policy, url.origin, (path) =>
      options.servesMarkdown(new URL(url.origin + path)),
    );
  }

  async function outlined(
    site: Site,
    catalog: Catalog,
    exchange: Exchange,
    policy: DiscoveryPolicy,
  ): Promise<Outline> {
    const form = new TextEncoder().encode(JSON.stringify([exchange.url.origin, policy]));
    const key = toHex(await sha256(form));
    const last = site.outlined;
    // Laying out a large site takes its time: once in a millisecond a page is often enough.
    if (last?.key === key && Date.now() - last.at < catalog.size) return last.outline;
    const outline = outlineOf(listed(catalog, exchange, policy), policy.maxChars);
    site.outlined = { key, at: Date.now(), outline };
    return outline;
  }
}
