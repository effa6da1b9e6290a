import type { Component } from "./component.ts";
import { parseDictionary } from "./structured-field.ts";
import { toBase64 } from "./thumbprint.ts";

/** A digest that content must have, in base64. */
export interface ContentDigest {
  readonly algorithm: "SHA-256" | "SHA-512";
  readonly value: string;
}

/** The active algorithms (RFC 9530 §5); a recipient ignores others. */
const ALGORITHMS = new Map([
  ["sha-256", "SHA-256"],
  ["sha-512", "SHA-512"],
] as const);
const MOST_DIGESTS = 8;

/** Parses Content-Digest (RFC 9530 §2); undefined if it is malformed. */
export function parseContentDigest(field: string): readonly ContentDigest[] | undefined {
  const members = parseDictionary(field, MOST_DIGESTS, 0);
  if (members.kind === "fault") return undefined;
  const digests: ContentDigest[] = [];
  for (const [name, { text, params, ...member }] of members.value) {
    const algorithm = ALGORITHMS.get(name as "sha-256");
    if (algorithm === undefined) continue;
    if (member.kind !== "item" || member.value.type !== "bytes" || params.size > 0)
      return undefined;
    digests.push({ algorithm, value: text.slice(1, -1) });
  }
  return digests;
}

/**
 * The digests that a signature covers, as the whole field or by member; none if it covers none, and
 * undefined if they are malformed.
 */
export function coveredDigests(
  field: string | undefined,
  components: readonly Component[],
): readonly ContentDigest[] | undefined {
  const covering = components.filter(({ name }) => name === "content-digest");
  if (covering.length === 0 || field === undefined) return [];
  const digests = parseContentDigest(field);
  if (covering.some(({ params }) => !params.has("key"))) return digests;
  const keys = new Set(covering.map(({ params }) => params.get("key")?.value));
  return digests?.filter(({ algorithm }) => keys.has(algorithm.toLowerCase()));
}

/** Whether the content has all of these digests. */
export async function hasDigests(
  content: Uint8Array<ArrayBuffer>,
  digests: readonly ContentDigest[],
): Promise<boolean> {
  for (const { algorithm, value } of digests) {
    if ((await digestOf(algorithm, content)) !== value) return false;
  }
  return true;
}

/** The digest of content, in base64. */
export async function digestOf(
  algorithm: ContentDigest["algorithm"],
  content: Uint8Array<ArrayBuffer>,
): Promise<string> {
  return toBase64(new Uint8Array(await crypto.subtle.digest(algorithm, content)));
}
