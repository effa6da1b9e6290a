import type { FeatureParts } from "../../feature/parts.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import { parseMediaType } from "../../http/media-type.ts";
import { originOf, type Exchange } from "../../pipeline/exchange.ts";
import type { StageDocument } from "../../pipeline/own-documents.ts";
import type {
  Awaitable,
  RequestOutcome,
  ResponseHead,
  ResponseOutcome,
  Stage,
} from "../../pipeline/stage.ts";
import { secondsOf } from "../../timing/duration.ts";
import { HourlyCount } from "../../timing/allowance.ts";
import { BYTES_A_TURN, nextTurn } from "../../timing/turns.ts";
import { ifThere } from "../../timing/and-then.ts";
import { isListed, MAX_PAGE, toPage } from "./crawl.ts";
import { DocumentMaker, FULL, LLMS } from "./document-maker.ts";
import { linkLines } from "./links.ts";
import { PageReader } from "./page-facts.ts";
import { crawlOf, type DocumentsPolicy } from "./policy.ts";
import { mayBeArtifact, siteFiles, untransformed } from "./site-files.ts";
import { Site } from "./site.ts";
import { isForEveryone, isPlainRequest } from "./public-pages.ts";
import type { DocumentsReason } from "./reasons.ts";

/** The most sites in memory. */
const SITES = 8;

/** The targets of a sitemap that the proxy writes. */
const SITEMAP_XML = /^\/sitemap\.xml(?:\?part=\d{1,2})?$/;

function whyOff(at: RegExp, policy: DocumentsPolicy, hasSitemap: boolean) {
  if (at === SITEMAP_XML) return policy.sitemap || hasSitemap ? undefined : "no-sitemap";
  if (!policy.lists) return "lists-are-off";
  return at === FULL && !policy.full ? "full-is-off" : undefined;
}

/** The outcome for an artifact of the origin server, or for what else is in its folder. */
function artifactOutcome({ status, fields }: ResponseHead): ResponseOutcome<DocumentsReason> {
  const set = [["cache-control", untransformed(fields.get("cache-control"))] as const];
  return status === 200
    ? { kind: "amend", reason: "untransformed", fields: { set } }
    : { kind: "declined", reason: "nothing-to-announce" };
}

/** Serves the documents of the rules, and lists of pages for agents, if the origin server has none. */
export class DocumentsStage implements Stage<DocumentsPolicy, DocumentsReason> {
  readonly #options: FeatureParts;
  readonly #sites = new BoundedCache<Site>({
    name: "documents",
    max: SITES,
    sizeOf: ({ bytes }) => bytes,
  });
  readonly documents: Stage<DocumentsPolicy, DocumentsReason>["documents"];

  constructor(options: FeatureParts) {
    const { own, now } = options;
    this.#options = options;
    const spending = options.lasting("spending", () => new HourlyCount(now));
    const files = siteFiles(options.siteDocuments);
    if (own !== undefined) {
      const maker = new DocumentMaker({ ...options, own, spending });
      this.documents = [...files, ...this.#lists(maker)];
    } else if (files.length > 0) this.documents = files;
  }

  /** The documents that are made from the site's pages. */
  #lists(maker: DocumentMaker): readonly StageDocument<DocumentsPolicy, DocumentsReason>[] {
    const options = this.#options;
    return [LLMS, FULL, SITEMAP_XML].map((at) => ({
      at,
      owner: "origin-first",
      isMissing: (exchange) => this.#siteWithout(exchange) !== undefined,
      make: async (exchange, policy) => {
        const off = whyOff(at, policy, options.hasSitemap);
        if (off !== undefined) return { kind: "declined", reason: off };
        const known = this.#siteWithout(exchange);
        if (known !== undefined) return maker.make(exchange, policy, known);
        if (options.isHostSent && !(await maker.isSite(exchange))) {
          return { kind: "declined", reason: "unknown-host" };
        }
        await this.#generationOf(exchange);
        const name = this.#nameOf(exchange);
        const site = this.#sites.getOrMake(name, () => new Site(name, options.store));
        site.absent.add(exchange.target, secondsOf(policy.keepFor));
        return maker.make(exchange, policy, site);
      },
    }));
  }

  onRequest(
    exchange: Exchange,
    policy: DocumentsPolicy,
  ): Awaitable<RequestOutcome<DocumentsReason>> {
    const { target, method } = exchange;
    if (mayBeArtifact(target)) return { kind: "declined", reason: "artifact" };
    const isHome = target === "/" && policy.links;
    if (method === "GET" && this.#isToBeRead(exchange, policy)) {
      return { kind: "forward", reason: "to-be-read", reads: true };
    }
    if (isHome) return { kind: "declined", reason: "home" };
    if (this.documents === undefined) return { kind: "ineligible", reason: "no-origin-client" };
    if (method !== "GET") return { kind: "ineligible", reason: "not-ours" };
    return { kind: "ineligible", reason: "not-to-be-read" };
  }

  onResponse(
    head: ResponseHead,
    exchange: Exchange,
    policy: DocumentsPolicy,
  ): ResponseOutcome<DocumentsReason> {
    const { target } = exchange;
    if (mayBeArtifact(target)) return artifactOutcome(head);
    if (target !== "/" || !policy.links || head.status !== 200) return this.#read(head, exchange);
    const lists = policy.lists && this.#options.own !== undefined && this.#hasList(exchange);
    const own = head.fields.get("link");
    const append = linkLines(this.#options.siteDocuments, originOf(exchange), lists, own);
    if (append.length === 0) return { kind: "declined", reason: "nothing-to-announce" };
    const read = this.#isToBeRead(exchange, policy) ? this.#read(head, exchange) : undefined;
    const keep = read?.kind === "amend" ? read.keep : undefined;
    return { kind: "amend", reason: "announced", fields: { append }, keep };
  }

  /** Whether the rules let the proxy serve an llms.txt. */
  #hasList(exchange: Exchange): boolean {
    const url = new URL("/llms.txt", originOf(exchange));
    const { mode, policy } = this.#options.policies.policyAt("documents", url, exchange);
    return mode === "enforce" && (policy as DocumentsPolicy).lists;
  }

  /** Reads a page for the lists while it is sent. */
  #read({ status, fields }: ResponseHead, exchange: Exchange): ResponseOutcome<DocumentsReason> {
    if (!isListed(status, fields) || !isForEveryone(status, fields, exchange)) {
      return { kind: "ineligible", reason: "not-listed" };
    }
    const type = parseMediaType(fields.get("content-type"));
    const catalog = this.#sites.get(this.#nameOf(exchange))?.catalog;
    return {
      kind: "amend",
      reason: "read",
      fields: {},
      keep: {
        maxBytes: MAX_PAGE,
        done: async (content) => {
          const page = new PageReader(type?.charset, type?.essence !== "text/html", false);
          for (let at = 0; at < content.length; at += BYTES_A_TURN) {
            page.push(content.subarray(at, at + BYTES_A_TURN));
            await nextTurn();
          }
          catalog?.update(toPage(exchange.target, page.end(), this.#options.now(), fields));
        },
      },
    };
  }

  /** The site of an exchange, if its origin server has lately had no document at the target. */
  #siteWithout(exchange: Exchange): Site | undefined {
    if (ifThere(this.#generationOf(exchange)) === undefined) return undefined;
    const site = this.#sites.get(this.#nameOf(exchange));
    return site?.absent.has(exchange.target) === true ? site : undefined;
  }

  #generationOf(exchange: Exchange): Awaitable<string> {
    return this.#options.generations.of({ url: `${originOf(exchange)}/llms.txt` });
  }

  #nameOf(exchange: Exchange): string {
    // An origin server that does not receive the client's host is one site under every host.
    const whole = this.#options.isHostSent
      ? originOf(exchange)
      : (this.#options.publicOrigin ?? "site");
    const known = ifThere(this.#generationOf(exchange)) ?? "0";
    return known === "0" ? whole : `${whole}/${known}`;
  }

  /** Whether to read a page while it is sent: it is listed, and not for this client only. */
  #isToBeRead(exchange: Exchange, policy: DocumentsPolicy): boolean {
    const { target } = exchange;
    // A host for which no list was requested has no site, and gets none from this.
    const site = this.#sites.get(this.#nameOf(exchange));
    const page = site?.catalog?.get(target);
    if (page === undefined) return false;
    const refresh = crawlOf(policy)?.refresh;
    if (refresh === undefined || page.readAt > this.#options.now() - refresh) return false;
    return isPlainRequest(exchange) && this.#options.policies.isOpen(exchange.host, target);
  }
}
