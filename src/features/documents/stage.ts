import type { FeatureParts } from "../../feature/parts.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import { parseMediaType } from "../../http/media-type.ts";
import { originOf, type Exchange } from "../../pipeline/exchange.ts";
import type {
  Awaitable,
  RequestOutcome,
  ResponseHead,
  ResponseOutcome,
  Stage,
} from "../../pipeline/stage.ts";
import { ifThere } from "../../timing/and-then.ts";
import { isListed, MAX_PAGE, toPage } from "./crawl.ts";
import { decideDocumentsRequest, decideDocument } from "./decide.ts";
import { DocumentMaker } from "./document-maker.ts";
import { PageReader } from "./page-facts.ts";
import { crawlOf, type DocumentsPolicy } from "./policy.ts";
import { Site } from "./site.ts";
import { Spending } from "./spending.ts";
import { isForEveryone, isPlainRequest } from "./public-pages.ts";
import type { DocumentsReason } from "./reasons.ts";

/** The most sites in memory. */
const SITES = 8;

/** Serves lists of pages for agents, if the origin server has none. */
export class DocumentsStage implements Stage<DocumentsPolicy, DocumentsReason> {
  readonly #options: FeatureParts;
  readonly #sites = new BoundedCache<Site>({
    name: "documents",
    max: SITES,
    sizeOf: ({ bytes }) => bytes,
  });
  readonly #maker: DocumentMaker | undefined;

  constructor(options: FeatureParts) {
    const { own, now } = options;
    this.#options = options;
    const spending = options.lasting("spending", () => new Spending(now));
    this.#maker = own && new DocumentMaker({ ...options, own, spending });
  }

  onRequest(
    exchange: Exchange,
    policy: DocumentsPolicy,
  ): Awaitable<RequestOutcome<DocumentsReason>> {
    const request = decideDocumentsRequest(exchange.method, exchange.target, policy);
    if (request.kind === "ineligible") return request;
    if (this.#maker === undefined) return { kind: "ineligible", reason: "no-origin-client" };
    if (request.kind === "page") {
      return this.#isToBeRead(exchange, policy, request.path)
        ? { kind: "forward", reason: "to-be-read", reads: true }
        : { kind: "ineligible", reason: "not-to-be-read" };
    }
    const declined = { kind: "declined", reason: "origin-is-asked-first" } as const;
    const generation = ifThere(this.#generationOf(exchange));
    if (policy.mode !== "enforce" || generation === undefined) return declined;
    const site = this.#sites.get(this.#nameOf(exchange, generation));
    // The origin server has lately shown that it has no such document.
    if (site === undefined || !site.absent.has(request.path)) return declined;
    return this.#maker
      .make(request, exchange, policy, site)
      .then((made) => (made.kind === "respond" ? made : declined));
  }

  async onResponse(
    { status, fields }: ResponseHead,
    exchange: Exchange,
    policy: DocumentsPolicy,
  ): Promise<ResponseOutcome<DocumentsReason>> {
    const request = decideDocumentsRequest(exchange.method, exchange.target, policy);
    if (request.kind === "ineligible" || this.#maker === undefined) {
      return { kind: "ineligible", reason: "not-ours" };
    }
    const type = parseMediaType(fields.get("content-type"));
    if (request.kind === "document") {
      const decision = decideDocument(status, type?.essence);
      if (decision.kind === "declined") return decision;
      // An observing rule must not cause requests to the origin server.
      if (policy.mode !== "enforce") return { kind: "declined", reason: "watched-only" };
      if (this.#options.isHostSent && !(await this.#maker.isSite(exchange))) {
        return { kind: "declined", reason: "unknown-host" };
      }
      const site = this.#siteOf(exchange, await this.#generationOf(exchange));
      this.#maker.noteAbsent(site, request.path, policy);
      return this.#maker.make(request, exchange, policy, site);
    }
    if (!isListed(status, fields) || !isForEveryone(status, fields, exchange)) {
      return { kind: "ineligible", reason: "not-listed" };
    }
    const catalog = this.#sites.get(this.#nameOf(exchange, this.#generationOf(exchange)))?.catalog;
    return {
      kind: "amend",
      reason: "read",
      fields: {},
      keep: {
        maxBytes: MAX_PAGE,
        done: (content) => {
          const page = new PageReader(type?.charset, type?.essence !== "text/html", false);
          page.push(content);
          catalog?.update(toPage(request.path, page.end(), this.#options.now()));
        },
      },
    };
  }

  #generationOf(exchange: Exchange): Awaitable<string> {
    return this.#options.generations.of({ url: `${originOf(exchange)}/llms.txt` });
  }

  #nameOf(exchange: Exchange, generation: Awaitable<string>): string {
    // An origin server that does not receive the client's host is one site under every host.
    const whole = this.#options.isHostSent
      ? originOf(exchange)
      : (this.#options.publicOrigin ?? "site");
    const known = ifThere(generation) ?? "0";
    return known === "0" ? whole : `${whole}/${known}`;
  }

  #siteOf(exchange: Exchange, generation: Awaitable<string>): Site {
    const name = this.#nameOf(exchange, generation);
    let site = this.#sites.get(name);
    if (site === undefined) {
      site = new Site(name, this.#options.store);
      this.#sites.set(name, site);
    }
    return site;
  }

  /** Whether to read a page while it is sent: it is listed, and the request is for no page of this client only. */
  #isToBeRead(exchange: Exchange, policy: DocumentsPolicy, path: string): boolean {
    const crawlPolicy = crawlOf(policy);
    // A host for which no list was requested has no site, and gets none from this.
    const site = this.#sites.get(this.#nameOf(exchange, this.#generationOf(exchange)));
    const page = site?.catalog?.get(path);
    if (page === undefined || crawlPolicy === undefined) return false;
    if (page.readAt > this.#options.now() - crawlPolicy.refresh) return false;
    return isPlainRequest(exchange) && this.#options.policies.isOpen(exchange.host, path);
  }
}
