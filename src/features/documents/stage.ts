import type { FeatureParts } from "../../feature/parts.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import { parseMediaType } from "../../http/media-type.ts";
import { originOf, type Exchange } from "../../pipeline/exchange.ts";
import type { Awaitable, ResponseOutcome, Stage } from "../../pipeline/stage.ts";
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
export function documents(options: FeatureParts): Stage<DocumentsPolicy, DocumentsReason> {
  const { own, now, policies } = options;
  const sites = new BoundedCache<Site>({
    name: "documents",
    max: SITES,
    sizeOf: ({ bytes }) => bytes,
  });
  const spending = options.lasting("spending", () => new Spending(now));
  const maker = own === undefined ? undefined : new DocumentMaker({ ...options, own, spending });

  return {
    onRequest(exchange, policy) {
      const request = decideDocumentsRequest(exchange.method, exchange.target, policy);
      if (request.kind === "ineligible") return request;
      if (maker === undefined) return { kind: "ineligible", reason: "no-origin-client" };
      if (request.kind === "page") {
        return isToBeRead(exchange, policy, request.path)
          ? { kind: "forward", reason: "to-be-read", reads: true }
          : { kind: "ineligible", reason: "not-to-be-read" };
      }
      const declined = { kind: "declined", reason: "origin-is-asked-first" } as const;
      const generation = ifThere(generationOf(exchange));
      if (policy.mode !== "enforce" || generation === undefined) return declined;
      const site = sites.get(nameOf(exchange, generation));
      // The origin server has lately shown that it has no such document.
      if (site === undefined || !site.absent.has(request.path)) return declined;
      return maker
        .make(request, exchange, policy, site)
        .then((made) => (made.kind === "respond" ? made : declined));
    },

    async onResponse(
      { status, fields },
      exchange,
      policy,
    ): Promise<ResponseOutcome<DocumentsReason>> {
      const request = decideDocumentsRequest(exchange.method, exchange.target, policy);
      if (request.kind === "ineligible" || maker === undefined) {
        return { kind: "ineligible", reason: "not-ours" };
      }
      const type = parseMediaType(fields.get("content-type"));
      if (request.kind === "document") {
        const decision = decideDocument(status, type?.essence);
        if (decision.kind === "declined") return decision;
        // An observing rule must not cause requests to the origin server.
        if (policy.mode !== "enforce") return { kind: "declined", reason: "watched-only" };
        if (options.isHostSent && !(await maker.isSite(exchange))) {
          return { kind: "declined", reason: "unknown-host" };
        }
        const site = siteOf(exchange, await generationOf(exchange));
        maker.noteAbsent(site, request.path, policy);
        return maker.make(request, exchange, policy, site);
      }
      if (!isListed(status, fields) || !isForEveryone(status, fields, exchange)) {
        return { kind: "ineligible", reason: "not-listed" };
      }
      const catalog = sites.get(nameOf(exchange, generationOf(exchange)))?.catalog;
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
    return options.generations.of({ url: `${originOf(exchange)}/llms.txt` });
  }

  function nameOf(exchange: Exchange, generation: Awaitable<string>): string {
    // An origin server that does not receive the client's host is one site under every host.
    const whole = options.isHostSent ? originOf(exchange) : (options.publicOrigin ?? "site");
    const known = ifThere(generation) ?? "0";
    return known === "0" ? whole : `${whole}/${known}`;
  }

  function siteOf(exchange: Exchange, generation: Awaitable<string>): Site {
    const name = nameOf(exchange, generation);
    let site = sites.get(name);
    if (site === undefined) {
      site = new Site(name, options.store);
      sites.set(name, site);
    }
    return site;
  }

  /** Whether to read a page while it is sent: it is listed, and the request is for no page of this client only. */
  function isToBeRead(exchange: Exchange, policy: DocumentsPolicy, path: string): boolean {
    const crawlPolicy = crawlOf(policy);
    // A host for which no list was requested has no site, and gets none from this.
    const site = sites.get(nameOf(exchange, generationOf(exchange)));
    const page = site?.catalog?.get(path);
    if (page === undefined || crawlPolicy === undefined) return false;
    if (page.readAt > now() - crawlPolicy.refresh) return false;
    return isPlainRequest(exchange) && policies.isOpen(exchange.host, path);
  }
}
