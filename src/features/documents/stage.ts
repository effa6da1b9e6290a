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
import { secondsOf } from "../../timing/duration.ts";
import { HourlyCount } from "../../timing/allowance.ts";
import { BYTES_A_TURN, nextTurn } from "../../timing/turns.ts";
import { ifThere } from "../../timing/and-then.ts";
import { isListed, MAX_PAGE, toPage } from "./crawl.ts";
import { DocumentMaker, FULL, LLMS } from "./document-maker.ts";
import { PageReader } from "./page-facts.ts";
import { crawlOf, type DocumentsPolicy } from "./policy.ts";
import { Site } from "./site.ts";
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
  readonly documents: Stage<DocumentsPolicy, DocumentsReason>["documents"];

  constructor(options: FeatureParts) {
    const { own, now } = options;
    this.#options = options;
    const spending = options.lasting("spending", () => new HourlyCount(now));
    if (own === undefined) return;
    const maker = new DocumentMaker({ ...options, own, spending });
    this.documents = [LLMS, FULL].map((at) => ({
      at,
      owner: "origin-first",
      isMissing: (exchange) => this.#siteWithout(exchange) !== undefined,
      make: async (exchange, policy) => {
        if (at === FULL && !policy.full) return { kind: "declined", reason: "full-is-off" };
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
    if (this.documents === undefined) return { kind: "ineligible", reason: "no-origin-client" };
    if (exchange.method !== "GET") return { kind: "ineligible", reason: "not-ours" };
    return this.#isToBeRead(exchange, policy)
      ? { kind: "forward", reason: "to-be-read", reads: true }
      : { kind: "ineligible", reason: "not-to-be-read" };
  }

  onResponse(
    { status, fields }: ResponseHead,
    exchange: Exchange,
  ): ResponseOutcome<DocumentsReason> {
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
          catalog?.update(toPage(exchange.target, page.end(), this.#options.now()));
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
