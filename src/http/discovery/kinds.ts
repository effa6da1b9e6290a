import { fault, type DocumentIssue } from "./issue.ts";
import {
  checkAgentCard,
  checkAiCatalog,
  checkApiCatalog,
  checkAuthorizationServer,
  checkFormerAgentCard,
  checkObject,
  checkProtectedResource,
  PROTECTED_RESOURCE,
  type DocumentPlace,
  type JsonCheck,
} from "./json-kinds.ts";
import { checkSecurityTxt } from "./security-txt.ts";
import { checkServerCard, checkServerCards } from "./server-card.ts";
import { checkFormerSkillsIndex, checkSkillsIndex, SKILLS_INDEX } from "./skills.ts";

/** The path of an API catalog (RFC 9727 §2). */
export const API_CATALOG = "/.well-known/api-catalog";

const JSON_TYPE = "application/json";

/** A kind of document: how it is served, and its check. */
interface DocumentKind {
  readonly type: string;
  readonly json?: JsonCheck;
}

/** The kinds at paths of their own. */
const AT: Readonly<Record<string, DocumentKind>> = {
  [API_CATALOG]: {
    type: 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"',
    json: checkApiCatalog,
  },
  [SKILLS_INDEX]: { type: JSON_TYPE, json: checkSkillsIndex },
  "/.well-known/skills/index.json": { type: JSON_TYPE, json: checkFormerSkillsIndex },
  "/.well-known/mcp/server-card.json": { type: JSON_TYPE, json: checkServerCard },
  "/.well-known/mcp.json": { type: JSON_TYPE, json: checkServerCard },
  "/.well-known/mcp/server-cards.json": { type: JSON_TYPE, json: checkServerCards },
  "/.well-known/ai-catalog.json": { type: JSON_TYPE, json: checkAiCatalog },
  "/.well-known/ard.json": { type: JSON_TYPE, json: checkAiCatalog },
  "/.well-known/agent-card.json": { type: JSON_TYPE, json: checkAgentCard },
  "/.well-known/agent.json": { type: JSON_TYPE, json: checkFormerAgentCard },
  "/.well-known/openid-configuration": { type: JSON_TYPE, json: checkAuthorizationServer },
};

/** The kinds whose paths continue with that of a resource or an issuer. */
const BELOW: readonly (readonly [path: string, kind: DocumentKind])[] = [
  [PROTECTED_RESOURCE, { type: JSON_TYPE, json: checkProtectedResource }],
  ["/.well-known/oauth-authorization-server", { type: JSON_TYPE, json: checkAuthorizationServer }],
];

/** Paths of security.txt (RFC 9116 §3). */
const SECURITY = new Set(["/.well-known/security.txt", "/security.txt"]);

/** Media types by the end of the path. */
const BY_END: readonly (readonly [end: string, kind: DocumentKind])[] = [
  ["/server-card", { type: "application/mcp-server-card+json", json: checkServerCard }],
  [".json", { type: JSON_TYPE, json: checkObject }],
  [".md", { type: "text/markdown; charset=utf-8" }],
  [".txt", { type: "text/plain; charset=utf-8" }],
  [".yaml", { type: "application/yaml" }],
  [".yml", { type: "application/yaml" }],
  [".xml", { type: "application/xml" }],
  [".html", { type: "text/html; charset=utf-8" }],
];

function kindOf(path: string): DocumentKind | undefined {
  const at = Object.hasOwn(AT, path) ? AT[path] : undefined;
  if (at !== undefined) return at;
  const below = BELOW.find(([base]) => path === base || path.startsWith(`${base}/`));
  return (below ?? BY_END.find(([end]) => path.endsWith(end)))?.[1];
}

/** The media type of the document at a path; undefined if the path does not tell. */
export function typeOf(path: string, content: string): string | undefined {
  const type = kindOf(path)?.type;
  const isLicense = type === "application/xml" && content.includes("https://rslstandard.org/rsl");
  return isLicense ? "application/rsl+xml" : type;
}

/** Finds the faults of a document by the specification of its place. @param now milliseconds since the epoch */
export function checkDocument(
  content: string,
  place: DocumentPlace,
  now: number,
): readonly DocumentIssue[] {
  if (content.includes("\uFFFD")) return [fault("it is not text in UTF-8")];
  if (SECURITY.has(place.path)) return checkSecurityTxt(content, now);
  const { json } = kindOf(place.path) ?? {};
  if (json === undefined) return [];
  try {
    return json(JSON.parse(content), place);
  } catch (error) {
    return [fault(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`)];
  }
}
