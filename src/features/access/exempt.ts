import { ROBOTS, WELL_KNOWN_DIRECTORY } from "../../http/known-paths.ts";
import { parseMediaType } from "../../http/media-type.ts";
import { isPublicDocument, mayBeSitemap } from "../../http/public-documents.ts";
import { splitTarget } from "../../http/target.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { Mode } from "../../pipeline/policy.ts";
import type { Awaitable } from "../../pipeline/stage.ts";
import { andThen } from "../../timing/and-then.ts";
import { PublicSitemaps, type DocumentParts } from "./sitemaps.ts";

/** Documents that rules refuse to nobody, unless they name them. */
export class ExemptDocuments {
  readonly #parts: DocumentParts;
  readonly #sitemaps: PublicSitemaps;

  constructor(parts: DocumentParts) {
    this.#parts = parts;
    this.#sitemaps = new PublicSitemaps(parts);
  }

  /** Why a request is for such a document; undefined if it is not. */
  has(exchange: Exchange, mode: Mode): Awaitable<"public-document" | "key-directory" | undefined> {
    const { method, target } = exchange;
    if (method !== "GET" && method !== "HEAD") return undefined;
    // Every server that verifies our own agents' signatures must be able to fetch their keys.
    const isKeys = target === WELL_KNOWN_DIRECTORY;
    const isKnown = isKeys || isPublicDocument(target) || this.#parts.policies.isPublished(target);
    // A rule that only observes causes no request to the origin server.
    const mayAsk = mode === "enforce" && mayBeSitemap(splitTarget(target).path);
    if ((!isKnown && !mayAsk) || this.#parts.policies.isNamed("access", exchange)) return undefined;
    if (isKeys) return "key-directory";
    if (isKnown) return "public-document";
    return andThen(this.#sitemaps.has(exchange), (is) => (is ? "public-document" : undefined));
  }

  /** Whether the response to a request for such a document is a document and no page. */
  isDocument(contentType: string | undefined, target: string): boolean {
    const type = parseMediaType(contentType)?.essence ?? "";
    return (
      isDocument(contentType, target) ||
      (this.#parts.policies.isPublished(target) && OF_SITE.test(type))
    );
  }
}

/** The types of documents that rules publish, besides those below. */
const OF_SITE = /^application\/(?:json|yaml|[\w.-]+\+(?:json|xml))$/;

/** The types of robots.txt, sitemaps, llms.txt and security.txt. */
const DOCUMENT_TYPES = new Set([
  "text/plain",
  "text/markdown",
  "text/xml",
  "application/xml",
  "application/rss+xml",
  "application/atom+xml",
  "application/gzip",
  "application/x-gzip",
]);

/** Whether a response is a document and no page; some servers give robots.txt no type. */
function isDocument(contentType: string | undefined, target: string): boolean {
  const type = parseMediaType(contentType)?.essence;
  if (type === undefined) return target === ROBOTS;
  // Some servers know no type for a packed sitemap.
  return (
    DOCUMENT_TYPES.has(type) || (type === "application/octet-stream" && target.endsWith(".gz"))
  );
}
