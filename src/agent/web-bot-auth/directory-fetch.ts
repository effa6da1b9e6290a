import { readBounded } from "../../http/gather.ts";
import { parseJson } from "../../http/json.ts";
import { parseAgentCard, type AgentCard } from "./agent-card.ts";
import { parseDirectory, type KeySet } from "./directory.ts";
import { checkDirectorySignatures } from "./directory-signature.ts";
import type { DirectoryLocation } from "./directory-url.ts";
import { freshFor } from "./directory-lifetime.ts";
import type { UnverifiedReason } from "./reasons.ts";
import { within } from "../../timing/timeout.ts";

/** A `fetch` that sends no cookies, follows no redirects and obeys the signal. */
export type DirectoryFetch = (
  url: string,
  init: {
    readonly method: "GET";
    readonly redirect: "manual";
    readonly headers: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
  },
) => Promise<Response>;

export interface FetchRules {
  readonly fetch: DirectoryFetch;
  /** Seconds since the epoch. */
  now(): number;
  /** Milliseconds for everything, bodies included. */
  readonly deadline: number;
  readonly allowTestKeys: boolean;
  mayFollow(card: URL, jwksUri: URL): boolean;
}

export type FetchedDirectory =
  | {
      readonly kind: "directory";
      readonly keys: KeySet;
      /** Seconds. */
      readonly freshFor: number;
      readonly card: AgentCard | undefined;
    }
  | { readonly kind: "failed"; readonly reason: UnverifiedReason };

const MOST_BYTES = 64 * 1024;
/** The types that a request for a directory accepts. */
export const DIRECTORY_TYPES =
  "application/http-message-signatures-directory+json, application/jwk-set+json;q=0.9, application/json;q=0.8";
const UNAVAILABLE = { kind: "failed", reason: "directory-unavailable" } as const;
const MALFORMED = { kind: "failed", reason: "directory-malformed" } as const;

/** Fetches the keys at a location, within bounds of time and size; never throws. */
export async function fetchDirectory(
  location: DirectoryLocation,
  rules: FetchRules,
): Promise<FetchedDirectory> {
  const abort = new AbortController();
  try {
    // The deadline applies to a `fetch` that ignores its signal, too.
    return await within(rules.deadline, load(location, rules, abort.signal), () => {
      abort.abort();
      return UNAVAILABLE;
    });
  } catch {
    return UNAVAILABLE;
  }
}

async function load(
  location: DirectoryLocation,
  rules: FetchRules,
  signal: AbortSignal,
): Promise<FetchedDirectory> {
  const fetched = await fetchDocument(location.url, rules, signal);
  if (fetched === undefined) return UNAVAILABLE;
  // At any other path than the well-known one, the file may be a user's upload.
  if (location.type !== "directory" && !isJson(fetched.fields)) return MALFORMED;
  if (location.type !== "cimd") return readDirectory(location.url, fetched, rules);

  const card = parseAgentCard(fetched.document, location.url);
  if (card === undefined) return MALFORMED;
  if (card.jwks !== undefined) {
    const keys = await parseDirectory(card.jwks, rules);
    if (keys === undefined) return MALFORMED;
    // The keys are cached already.
    const shown = { ...card, jwks: undefined };
    return { kind: "directory", keys, freshFor: fetched.freshFor, card: shown };
  }
  const jwksUri = card.jwksUri;
  if (jwksUri === undefined || !rules.mayFollow(location.url, jwksUri)) return MALFORMED;
  const keys = await fetchDocument(jwksUri, rules, signal);
  if (keys === undefined) return UNAVAILABLE;
  const read = await readDirectory(jwksUri, keys, rules);
  if (read.kind === "failed") return read;
  return { ...read, freshFor: Math.min(read.freshFor, fetched.freshFor), card };
}

interface Fetched {
  /** Undefined if it is no JSON. */
  readonly document: unknown;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly fields: Headers;
  readonly freshFor: number;
}

async function readDirectory(
  url: URL,
  fetched: Fetched,
  rules: FetchRules,
): Promise<FetchedDirectory> {
  const keys = await parseDirectory(fetched.document, rules);
  if (keys === undefined) return MALFORMED;
  const sound = await checkDirectorySignatures(url, fetched, keys, rules.now());
  if (!sound) return { kind: "failed", reason: "directory-signature-invalid" };
  return { kind: "directory", keys, freshFor: fetched.freshFor, card: undefined };
}

async function fetchDocument(
  url: URL,
  rules: FetchRules,
  signal: AbortSignal,
): Promise<Fetched | undefined> {
  const response = await rules.fetch(url.href, {
    method: "GET",
    redirect: "manual",
    headers: { accept: DIRECTORY_TYPES },
    signal,
  });
  const declared = Number(response.headers.get("content-length") ?? 0);
  if (response.status !== 200 || declared > MOST_BYTES) {
    await response.body?.cancel();
    return undefined;
  }
  const { body } = response;
  const bytes = body === null ? new Uint8Array() : await readBounded(body, MOST_BYTES);
  if (bytes === undefined) return undefined;
  return {
    document: parseJson(new TextDecoder().decode(bytes)),
    bytes,
    fields: response.headers,
    freshFor: freshFor(response.headers, rules.now()),
  };
}

/** Whether the type is JSON; live directories without a type are tolerated. */
function isJson(fields: Headers): boolean {
  const [type = ""] = (fields.get("content-type") ?? "application/json").split(";", 1);
  const essence = type.trim().toLowerCase();
  return essence === "application/json" || essence.endsWith("+json");
}
