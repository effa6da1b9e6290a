import type { DirectoryLocation } from "./directory-url.ts";
import type { Candidate } from "./candidate.ts";
import { innerComponents, verdictOf, type Inputs } from "./chain.ts";
import { coveredDigests, hasDigests } from "./content-digest.ts";
import { readCandidates } from "./gate.ts";
import type { Awaitable } from "../../timing/and-then.ts";
import type { KeyLookup, KeySource } from "./key-source.ts";
import type { VerificationKey } from "./keys.ts";
import type { SignedMessage } from "./message.ts";
import { invalid, unverified, type Refusal, type SignatureVerdict } from "./reasons.ts";
import { checkSignature, signedOctets } from "./signature-check.ts";
import { coveredAgent, type AgentForm, type SignatureAgentField } from "./signature-agent.ts";
import { isTestKey } from "./test-keys.ts";

export interface VerifyOptions {
  /** Seconds since the epoch. */
  readonly now: number;
  /** The longest time from `created` to `expires`, in seconds. @default 86400 */
  readonly maxAge?: number;
  /** By how many seconds the signer's clock may be ahead of ours. @default 60 */
  readonly skew?: number;
  /** For how many seconds a signature is still valid after `expires`. @default 0 */
  readonly expiresGrace?: number;
  /** Accepts published test keys, for development. @default false */
  readonly allowTestKeys?: boolean;
  /** Whether keys from this URL are allowed; called before any look-up. */
  isAllowed(directory: URL): boolean;
  /** Whether the URL may be fetched if only a request names it; see `isFetchable`. @default all */
  isFetchable?(directory: URL): boolean;
  /** Ignores signatures without a nonce, which a replay may have too. @default false */
  readonly requireNonce?: boolean;
  /** Ignores members of Signature-Agent that have parameters. @default false */
  readonly ignoresParameters?: boolean;
  /** Whether the origin server gets targets with their dot segments resolved. @default true */
  readonly resolvesDots?: boolean;
  /** Stores a valid signature and tells whether it was stored before; must be one atomic step. */
  isReplayed?(signature: ValidSignature): Awaitable<boolean>;
}

/** The facts about a valid signature that a replay store needs, until `expires` plus the grace. */
export interface ValidSignature {
  readonly agent: string;
  readonly keyid: string;
  readonly created: number;
  readonly expires: number;
  readonly nonce: string | undefined;
}

/** Verifies the Web Bot Auth signatures of a request (RFC 9421 §3.2 with the profile). */
export async function verifyMessage(
  message: SignedMessage,
  keys: KeySource,
  options: VerifyOptions,
): Promise<SignatureVerdict> {
  const signatureInput = message.field("signature-input");
  if (signatureInput === undefined) return unverified("no-signature");
  const read = readCandidates(message, signatureInput);
  if ("verdict" in read) return read;
  const { candidates, agents, inputs } = read;
  // In parallel: two slow directories take the time of one.
  const verdicts = await Promise.all(
    candidates.map(async (candidate) => {
      if ("verdict" in candidate) return candidate;
      const named = agents && directoryOf(agents, candidate, inputs, options);
      return verifyCandidate(message, candidate, named, keys, options);
    }),
  );
  return verdictOf(verdicts, candidates);
}

type NamedAgent = DirectoryLocation & { readonly form: AgentForm };

/** The identifier of a key that has no URL (RFC 9278). */
const THUMBPRINT_URI = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:";

async function verifyCandidate(
  message: SignedMessage,
  candidate: Candidate,
  named: NamedAgent | Refusal | undefined,
  keys: KeySource,
  options: VerifyOptions,
): Promise<SignatureVerdict> {
  const { label, keyid, components } = candidate;
  const signer = { label, keyid };
  if (!components.some(({ name, params }) => coversTarget(name) && params.size === 0)) {
    return invalid("target-not-covered", signer);
  }
  const untimely = timeFault(candidate, options);
  if (untimely !== undefined) return invalid(untimely, signer);
  if (options.allowTestKeys !== true && isTestKey(keyid)) return invalid("test-key", signer);

  if (options.requireNonce === true && candidate.nonce === undefined) {
    return unverified("nonce-required", signer);
  }

  const pinned = await keys.findPinned?.(keyid);
  if (
    named !== undefined &&
    "verdict" in named &&
    (pinned === undefined || named.verdict === "invalid")
  ) {
    return named;
  }
  const agent = pinned === undefined ? named?.agent : THUMBPRINT_URI + keyid;
  const subject = agent === undefined ? signer : { ...signer, agent };
  const data = signedOctets(message, candidate);
  if ("reason" in data) return invalid(data.reason, subject);

  const lookup =
    pinned === undefined
      ? await findKey(keys, named as DirectoryLocation | undefined, keyid)
      : ({ kind: "found", key: pinned } as const);
  if (lookup.kind === "missing") return unverified(lookup.reason, subject);
  const unfit = keyFault(lookup.key, candidate, options);
  if (unfit !== undefined) return invalid(unfit, subject);
  const { resolvesDots = true } = options;
  const checked = await checkSignature(lookup.key, data, message, candidate, resolvesDots);
  if (checked === "mismatch") return invalid("signature-mismatch", subject);
  if (checked === "rewritten") return unverified("target-rewritten", subject);
  const digests = coveredDigests(message.field("content-digest"), components);
  const { content } = message;
  if (digests === undefined || (content && !(await hasDigests(content, digests)))) {
    return invalid("content-digest-mismatch", subject);
  }
  const { created, expires, nonce } = candidate;
  // After verification, so that a forged signature can't use up a nonce.
  if (await options.isReplayed?.({ agent: agent ?? "", keyid, created, expires, nonce })) {
    return invalid("replayed", subject);
  }
  const open = content === undefined && digests.length > 0 ? { digests } : {};
  const shape = named !== undefined && "form" in named ? { form: named.form } : {};
  const { signature } = candidate;
  const proof = { keyid, created, nonce, signature, covers: components.map(({ text }) => text) };
  const valid = { verdict: "verified", reason: "ok", label, keyid, agent: agent ?? "" } as const;
  return { ...valid, ...shape, ...open, proof };
}

/** The directory of the agent that this signature covers, if keys may come from there. */
function directoryOf(
  agents: SignatureAgentField,
  candidate: Candidate,
  inputs: Inputs,
  options: VerifyOptions,
): NamedAgent | Refusal {
  const { label, keyid, components } = candidate;
  const covered = coveredAgent(
    agents,
    components,
    innerComponents(candidate, inputs),
    options.ignoresParameters,
  );
  if (covered.kind === "refused") return invalid(covered.reason, { label, keyid });
  if (covered.kind === "unlocated") {
    return unverified(covered.reason, { label, keyid, agent: covered.agent });
  }
  const { location } = covered;
  const subject = { label, keyid, agent: location.agent };
  if (options.isFetchable?.(location.url) === false) {
    // The drafts: a member's value must have the scheme https. Other addresses are our own limits.
    return location.url.protocol === "https:"
      ? unverified("directory-url-refused", subject)
      : invalid("signature-agent-not-https", subject);
  }
  if (!options.isAllowed(location.url)) return unverified("directory-not-allowed", subject);
  return { ...location, form: covered.form };
}

function coversTarget(name: string): boolean {
  return name === "@authority" || name === "@target-uri";
}

function findKey(
  keys: KeySource,
  location: DirectoryLocation | undefined,
  keyid: string,
): Awaitable<KeyLookup> {
  if (location !== undefined) return keys.find(location, keyid);
  return keys.findForAnyAgent?.(keyid) ?? { kind: "missing", reason: "no-signature-agent" };
}

function timeFault(
  { created, expires }: Candidate,
  { now, maxAge = 86_400, skew = 60, expiresGrace = 0 }: VerifyOptions,
) {
  if (created > now + skew) return "created-in-future";
  if (expires <= created) return "expires-before-created";
  if (expires - created > maxAge) return "lifetime-too-long";
  if (now > expires + expiresGrace) return "expired";
  return undefined;
}

function keyFault(
  key: VerificationKey,
  candidate: Candidate,
  { now, skew = 60, allowTestKeys }: VerifyOptions,
) {
  if (allowTestKeys !== true && isTestKey(key.thumbprint)) return "test-key";
  // RFC 9421 §3.2, step 6: the key determines the algorithm; the parameter must agree.
  if (candidate.algorithm !== undefined && candidate.algorithm !== key.algorithm) {
    return "algorithm-mismatch";
  }
  const early = key.notBefore !== undefined && now + skew < key.notBefore;
  const late = key.notAfter !== undefined && now - skew > key.notAfter;
  return early || late ? "key-outside-validity" : undefined;
}
