import { sha256, toHex } from "../../http/digest.ts";
import { API_CATALOG } from "../../http/discovery/kinds.ts";
import { SKILLS_INDEX, withDigests } from "../../http/discovery/skills.ts";
import type { DiscoveryDocument, DiscoveryDocuments } from "../../http/discovery/document.ts";
import { parseMediaType } from "../../http/media-type.ts";
import { exactDocument } from "../../pipeline/exact-document.ts";
import { originOf, type Exchange } from "../../pipeline/exchange.ts";
import type { StageDocument } from "../../pipeline/own-documents.ts";
import type { OwnResponse } from "../../pipeline/stage.ts";
import type { DocumentsPolicy } from "./policy.ts";
import type { DocumentsReason } from "./reasons.ts";

/** Seconds for which a document is fresh. */
const FRESH = 3600;

type Lines = OwnResponse["fields"];

/** Any site may read the documents: agents in browsers are there too (SEP-2127, ARD). */
const FOR_ALL_SITES: Lines = [
  ["access-control-allow-origin", "*"],
  ["access-control-expose-headers", "ETag, Link"],
  ["x-content-type-options", "nosniff"],
];

/** Documents that the rules give the site, each at its path. */
export function siteFiles(
  documents: DiscoveryDocuments,
): readonly StageDocument<DocumentsPolicy, DocumentsReason>[] {
  const digests = new Map<string, string>();
  return [...documents.values()].map((document) => ({
    owner: "origin-first",
    at: { test: (target) => target === document.path },
    isMissing: () => document.precedence === "rules",
    make: async (exchange) => {
      const content = await contentOf(document, documents, digests, exchange);
      const fields = fieldsOf(document, exchange);
      const response = await exactDocument(exchange, content, document.type, FRESH, fields);
      return { kind: "respond", reason: "site-document", response };
    },
  }));
}

/** The content; that of the index of skills has the digests of the bytes that the proxy serves. */
async function contentOf(
  { path, content }: DiscoveryDocument,
  documents: DiscoveryDocuments,
  digests: Map<string, string>,
  exchange: Exchange,
): Promise<string> {
  if (path !== SKILLS_INDEX) return content;
  for (const artifact of documents.values()) {
    if (!artifact.isArtifact || digests.has(artifact.path)) continue;
    const bytes = new TextEncoder().encode(artifact.content);
    digests.set(artifact.path, toHex(await sha256(bytes)));
  }
  return withDigests(content, originOf(exchange), digests);
}

function fieldsOf({ path, type, isArtifact }: DiscoveryDocument, exchange: Exchange): Lines {
  const isHtml = parseMediaType(type)?.essence === "text/html";
  return [
    ...(isHtml ? [] : FOR_ALL_SITES),
    // RFC 9111 §5.2.2.6: a transformation would break the digest in the index.
    ...(isArtifact ? [["cache-control", `public, max-age=${FRESH}, no-transform`] as const] : []),
    // RFC 9727 §2: the catalog names itself, to HEAD too.
    ...(path === API_CATALOG
      ? [["link", `<${originOf(exchange)}${path}>; rel="api-catalog"`] as const]
      : []),
  ];
}

/** Folders of artifacts whose digests an index of the origin server may have. */
const ARTIFACTS = ["/.well-known/agent-skills/", "/.well-known/skills/"];

/** Whether a target is in a folder of artifacts. */
export function mayBeArtifact(target: string): boolean {
  return ARTIFACTS.some((folder) => target.startsWith(folder));
}

/** The Cache-Control of an artifact of the origin server, which no cache and no feature may transform. */
export function untransformed(cacheControl: string | undefined): string {
  return cacheControl === undefined ? "no-transform" : `${cacheControl}, no-transform`;
}
