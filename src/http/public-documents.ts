import { ROBOTS, SITEMAP } from "./known-paths.ts";
import { readPath } from "./path-readings.ts";

/** Documents that tell crawlers and agents what they may read, and people whom to tell of a hole. */
export const PUBLIC_DOCUMENTS: ReadonlySet<string> = new Set([
  ROBOTS,
  SITEMAP,
  "/llms.txt",
  "/.well-known/security.txt",
  "/security.txt",
]);

/** The llms.txt of a top-level directory; a name with a dot may be a program that gets a path. */
const OF_DIRECTORY = /^\/[^/.]+\/llms\.txt$/;

/**
 * Whether a path is that of a document which must stay open to everyone, in its one spelling: a
 * crawler reads a refusal of robots.txt as "no rules" (RFC 9309 §2.3.1.3).
 */
export function isPublicDocument(path: string): boolean {
  if (PUBLIC_DOCUMENTS.has(path)) return true;
  if (!OF_DIRECTORY.test(path)) return false;
  const { paths, isComplete } = readPath(path, { isWary: true });
  return isComplete && paths.length === 1;
}

/** Whether a path looks like that of a sitemap, which only robots.txt can tell. */
export function mayBeSitemap(path: string): boolean {
  return /sitemap/i.test(path) || /\.(?:xml|rss|atom)(?:\.gz)?$/i.test(path);
}
