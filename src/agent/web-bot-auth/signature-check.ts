import type { Candidate } from "./candidate.ts";
import { UNAVAILABLE, type ComponentAbsent } from "./component.ts";
import { verifyBytes, type VerificationKey } from "./keys.ts";
import type { SignedMessage } from "./message.ts";
import { toOctets } from "./octets.ts";
import { buildSignatureBase } from "./signature-base.ts";
import {
  coversTargetText,
  MOST_OTHER_READINGS,
  targetReadings,
  targetOf,
  type TargetReading,
} from "./target-readings.ts";

/** The octets that a signature covers, as the request was received. */
export interface SignedOctets {
  readonly base: string;
  readonly octets: Uint8Array<ArrayBuffer>;
}

/**
 * The result of the comparison. "rewritten": the signature does not match, but the runtime may have
 * rewritten the target that it covers.
 */
export type CheckResult = "valid" | "mismatch" | "rewritten";

/** Builds the octets that a signature covers. */
export function signedOctets(
  message: SignedMessage,
  { components, signatureParams }: Candidate,
  reading?: TargetReading,
): SignedOctets | ComponentAbsent {
  const base = buildSignatureBase(message, components, signatureParams, reading);
  if (typeof base !== "string") return base;
  const octets = toOctets(base);
  return octets === undefined ? UNAVAILABLE : { base, octets };
}

/**
 * Compares a signature with its request: as received, then in the other readings of the target.
 *
 * @param resolvesDots whether the origin server gets the target with its dot segments resolved
 */
export async function checkSignature(
  key: VerificationKey,
  signed: SignedOctets,
  message: SignedMessage,
  candidate: Candidate,
  resolvesDots: boolean,
): Promise<CheckResult> {
  const result = await compare(key, signed, message, candidate, resolvesDots);
  const dotted = result === "valid" ? undefined : withFinalDot(message);
  const other = dotted && signedOctets(dotted, candidate);
  if (dotted === undefined || other === undefined || "reason" in other) return result;
  const again = await compare(key, other, dotted, candidate, resolvesDots);
  return again === "valid" ? again : result;
}

/** The request with the dot that ends the name in Host, which the public origin does not have. */
function withFinalDot(message: SignedMessage): SignedMessage | undefined {
  if (!/\.(?::\d*)?$/.test(message.field("host") ?? "")) return undefined;
  const url = URL.parse(message.url);
  if (url === null || url.hostname.endsWith(".")) return undefined;
  url.hostname += ".";
  const { method, rawTarget = targetOf(message, url), isRewritten = false } = message;
  return { method, url: url.href, rawTarget, isRewritten, field: (name) => message.field(name) };
}

async function compare(
  key: VerificationKey,
  { base, octets }: SignedOctets,
  message: SignedMessage,
  candidate: Candidate,
  resolvesDots: boolean,
): Promise<CheckResult> {
  const { components, signature } = candidate;
  if (await verifyBytes(key, signature, octets)) return "valid";
  const url = coversTargetText(components) ? URL.parse(message.url) : null;
  if (url === null) return "mismatch";
  const tried = new Set([base]);
  for (const reading of targetReadings(targetOf(message, url), components, resolvesDots)) {
    if (tried.size > MOST_OTHER_READINGS) break;
    const other = signedOctets(message, candidate, reading);
    if ("reason" in other || tried.has(other.base)) continue;
    tried.add(other.base);
    if (await verifyBytes(key, signature, other.octets)) return "valid";
  }
  // RFC 9421 §2.2.2 covers the target as sent, which the runtime does not have.
  return message.isRewritten === true ? "rewritten" : "mismatch";
}
