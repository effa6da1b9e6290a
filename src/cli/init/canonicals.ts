import type { SitePage } from "../../audit/further/pages.ts";
import {
  linksOfFields,
  parameterMatcher,
  type Canonical,
} from "../../features/canonical-redirect/canonical.ts";
import { HeadScanner } from "../../features/canonical-redirect/head-scan.ts";
import { decidePageCanonical } from "../../features/canonical-redirect/page-canonical.ts";
import { PAGE_PARAMETERS } from "../../features/canonical-redirect/policy.ts";
import { isXml, parseMediaType } from "../../http/media-type.ts";

/** Bytes of content that the proxy searches for a canonical, by default. */
const MAX_SCAN = 262_144;

/** Decides the canonical of a page as the proxy would. @param equivalents origins of the same site */
export function canonicalOfPage(
  { target, reply }: SitePage,
  publicOrigin: string,
  equivalents: ReadonlySet<string>,
): Canonical {
  const { fields, content } = reply;
  const type = parseMediaType(fields.get("content-type"));
  const isInField = linksOfFields(fields).length > 0;
  const scanner = new HeadScanner(type?.charset, isXml(type), isInField);
  if (!scanner.push(content.subarray(0, MAX_SCAN))) scanner.end();
  return decidePageCanonical(
    new URL(publicOrigin + target),
    fields,
    scanner.facts(content.length > MAX_SCAN),
    {
      sameness: { equivalents, isIgnored: () => false },
      countsPages: parameterMatcher(PAGE_PARAMETERS),
    },
  );
}
