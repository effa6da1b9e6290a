import { readCandidate } from "./candidate.ts";
import { digestOf, hasDigests, parseContentDigest } from "./content-digest.ts";
import { LIMITS } from "./gate.ts";
import { verifyBytes } from "./keys.ts";
import type { KeySet } from "./directory.ts";
import type { SignedResponse } from "./message.ts";
import { buildSignatureBase } from "./signature-base.ts";
import { toOctets } from "./octets.ts";
import { parseDictionary } from "./structured-field.ts";

/** The `tag` of a signature on a key directory. */
export const DIRECTORY_TAG = "http-message-signatures-directory";

/** By how many seconds the clock of the directory's server may be ahead. */
const SKEW = 60;

/**
 * Whether every signature with the directory tag on a directory's response is valid. Signatures
 * that do not cover the requested authority and the content's digest are ignored.
 */
export async function checkDirectorySignatures(
  url: URL,
  response: { readonly fields: Headers; readonly bytes: Uint8Array<ArrayBuffer> },
  keys: KeySet,
  now: number,
): Promise<boolean> {
  const { fields, bytes } = response;
  const signatureInput = fields.get("signature-input");
  if (signatureInput === null) return true;
  const signature = fields.get("signature") ?? "";
  if (signatureInput.length > LIMITS.fieldBytes || signature.length > 2 * LIMITS.fieldBytes) {
    return false;
  }
  const inputs = parseDictionary(signatureInput, LIMITS.labels, LIMITS.components);
  const signatures = parseDictionary(signature, LIMITS.labels, LIMITS.components);
  if (inputs.kind === "fault" || signatures.kind === "fault") return false;
  const message: SignedResponse = {
    status: 200,
    request: { method: "GET", url: url.href, field: () => undefined },
    field: (name) => fields.get(name) ?? undefined,
  };
  for (const [label, input] of inputs.value) {
    if (input.params.get("tag")?.value !== DIRECTORY_TAG || !isBinding(input)) continue;
    const candidate = readCandidate(label, input, signatures.value.get(label));
    if ("verdict" in candidate) return false;
    const key = keys.get(candidate.keyid);
    if (key === undefined || (candidate.algorithm ?? key.algorithm) !== key.algorithm) return false;
    if (candidate.created > now + SKEW || candidate.expires < now) return false;
    const base = buildSignatureBase(message, candidate.components, candidate.signatureParams);
    const data = typeof base === "string" ? toOctets(base) : undefined;
    if (data === undefined || !(await verifyBytes(key, candidate.signature, data))) return false;
    if (!(await digestMatches(fields.get("content-digest"), bytes))) return false;
  }
  return true;
}

/** `Content-Digest` of these octets (RFC 9530 §2). */
export async function contentDigest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return `sha-256=:${await digestOf("SHA-256", bytes)}:`;
}

function isBinding(input: { readonly kind: string; readonly text: string }): boolean {
  return (
    input.kind === "inner-list" &&
    input.text.includes('"@authority";req') &&
    input.text.includes('"content-digest"')
  );
}

/** Whether a field has digests of known algorithms, and the content has all of them. */
async function digestMatches(
  field: string | null,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const digests = parseContentDigest(field ?? "");
  return digests !== undefined && digests.length > 0 && hasDigests(bytes, digests);
}
