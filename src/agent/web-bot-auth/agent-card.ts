import { isObject } from "../../http/json.ts";

/** A signature agent card, an agent's description of itself. Its keys are used, the rest shown. */
export interface AgentCard {
  readonly clientId: string;
  readonly name: string | undefined;
  readonly contacts: readonly string[];
  readonly jwks: unknown;
  readonly jwksUri: URL | undefined;
  /** Further members in the agent's own words: expected user agent, purpose, and so on. */
  readonly claims: Readonly<Record<string, string>>;
}

const LONGEST_CLAIM = 256;
const MOST_CLAIMS = 16;

/**
 * Reads a card fetched from `url`; undefined if its `client_id` is another URL, or not exactly one
 * member names keys.
 */
export function parseAgentCard(document: unknown, url: URL): AgentCard | undefined {
  if (!isObject(document)) return undefined;
  const { client_id: clientId, client_name: name, contacts, jwks, jwks_uri: jwksUri } = document;
  // draft-ietf-oauth-client-id-metadata-document §4.1: client_id is the document's own URL.
  if (typeof clientId !== "string" || URL.parse(clientId)?.href !== url.href) return undefined;
  if ((jwks === undefined) === (jwksUri === undefined)) return undefined;
  const keysAt = typeof jwksUri === "string" ? (URL.parse(jwksUri) ?? undefined) : undefined;
  if (jwks === undefined && keysAt === undefined) return undefined;
  return {
    clientId,
    name: isClaim(name) ? name : undefined,
    contacts: Array.isArray(contacts) ? contacts.filter(isClaim).slice(0, MOST_CLAIMS) : [],
    jwks,
    jwksUri: keysAt,
    claims: readClaims(document["web_bot_auth"]),
  };
}

function readClaims(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) return {};
  const claims = Object.entries(value).filter((claim): claim is [string, string] =>
    claim.every(isClaim),
  );
  return Object.fromEntries(claims.slice(0, MOST_CLAIMS));
}

function isClaim(value: unknown): value is string {
  return typeof value === "string" && value.length <= LONGEST_CLAIM;
}
