import { readCandidate } from "./candidate.ts";
import { LIMITS } from "./gate.ts";
import { verifyBytes } from "./keys.ts";
import type { KeySet } from "./directory.ts";
import type { SignedResponse } from "./message.ts";
import { buildSignatureBase } from "./signature-base.ts";
import { toOctets } from "./octets.ts";
import { parseDictionary } from "./structured-field.ts";
import { toBase64 } from "./thumbprint.ts";

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
  return `sha-256=:${await digest("SHA-256", bytes)}:`;
}

function isBinding(input: { readonly kind: string; readonly text: string }): boolean {
  return (
    input.kind === "inner-list" &&
    input.text.includes('"@authority";req') &&
    input.text.includes('"content-digest"')
  );
}

async function digestMatches(
  field: string | null,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const digests = parseDictionary(field ?? "", LIMITS.labels, 0);
  if (digests.kind === "fault") return false;
  let known = 0;
  for (const [name, member] of digests.value) {
    const algorithm = name === "sha-256" ? "SHA-256" : name === "sha-512" ? "SHA-512" : undefined;
    if (algorithm === undefined) continue;
    known++;
    if (member.text !== `:${await digest(algorithm, bytes)}:`) return false;
  }
  return known > 0;
}

async function digest(algorithm: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return toBase64(new Uint8Array(await crypto.subtle.digest(algorithm, bytes)));
}
