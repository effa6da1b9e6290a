import { ALGORITHMS, type Algorithm } from "./keys.ts";
import type { SignedMessage } from "./message.ts";
import { invalid, unverified, type InvalidReason, type Refusal } from "./reasons.ts";
import type { Component } from "./component.ts";
import { parseSignatureAgent, type SignatureAgentField } from "./signature-agent.ts";
import { parseDictionary, type FieldFault, type Member } from "./structured-field.ts";

/** The `tag` of the Web Bot Auth profile. */
export const WEB_BOT_AUTH_TAG = "web-bot-auth";

/** Bounds that hold before any parsing, cryptography or fetch. */
export const LIMITS = { fieldBytes: 4096, labels: 8, candidates: 2, components: 16 } as const;

/** One signature that claims to be a Web Bot Auth signature, well-formed but not yet believed. */
export interface Candidate {
  readonly label: string;
  readonly components: readonly Component[];
  /** The strict serialisation of the Inner List: the value of `@signature-params`. */
  readonly signatureParams: string;
  readonly created: number;
  readonly expires: number;
  readonly keyid: string;
  readonly algorithm: Algorithm | undefined;
  readonly nonce: string | undefined;
  readonly signature: Uint8Array<ArrayBuffer>;
}

export interface Candidates {
  readonly kind: "candidates";
  readonly candidates: readonly (Candidate | Refusal)[];
  readonly agents: SignatureAgentField | undefined;
}

/** Reads the three signature fields; a Refusal speaks of the whole message, one in the list of one label. */
export function readCandidates(
  message: SignedMessage,
  signatureInput: string,
): Candidates | Refusal {
  const signature = message.field("signature");
  const signatureAgent = message.field("signature-agent");
  for (const text of [signatureInput, signature, signatureAgent]) {
    if (text !== undefined && text.length > LIMITS.fieldBytes) return invalid("field-too-large");
  }
  const inputs = parseDictionary(signatureInput, LIMITS.labels, LIMITS.components);
  if (inputs.kind === "fault")
    return invalid(faultReason(inputs.fault, "malformed-signature-input"));
  const tagged = [...inputs.value].filter(
    ([, member]) => member.params.get("tag")?.value === WEB_BOT_AUTH_TAG,
  );
  if (tagged.length === 0) return unverified("no-web-bot-auth-signature");
  if (tagged.length > LIMITS.candidates) return invalid("too-many-candidates");
  if (signature === undefined) return invalid("missing-signature");
  const signatures = parseDictionary(signature, LIMITS.labels, LIMITS.components);
  if (signatures.kind === "fault")
    return invalid(faultReason(signatures.fault, "malformed-signature"));
  const agents =
    signatureAgent === undefined ? undefined : parseSignatureAgent(signatureAgent, LIMITS.labels);
  if (typeof agents === "string") return invalid(agents);
  const candidates = tagged.map(([label, input]) =>
    readCandidate(label, input, signatures.value.get(label)),
  );
  return { kind: "candidates", candidates, agents };
}

/** Reads one label: its covered components, the parameters of the profile and the signature. */
export function readCandidate(
  label: string,
  input: Member,
  signature: Member | undefined,
): Candidate | Refusal {
  if (input.kind !== "inner-list") return invalid("malformed-signature-input", { label });
  const components = readComponents(input);
  if (typeof components === "string") return invalid(components, { label });
  const { params } = input;
  for (const name of ["tag", "created", "expires", "keyid"]) {
    if (!params.has(name)) return invalid("missing-parameter", { label });
  }
  const [created, expires, keyid, algorithm, nonce, tag] = [
    params.get("created"),
    params.get("expires"),
    params.get("keyid"),
    params.get("alg"),
    params.get("nonce"),
    params.get("tag"),
  ];
  // RFC 9421 §2.3: Integers, Integers and Strings; other parameters are signed over and mean nothing to us.
  if (
    created?.type !== "integer" ||
    expires?.type !== "integer" ||
    keyid?.type !== "string" ||
    tag?.type !== "string" ||
    (nonce !== undefined && nonce.type !== "string") ||
    (algorithm !== undefined && algorithm.type !== "string") ||
    !isThumbprint(keyid.value)
  ) {
    return invalid("malformed-parameter", { label });
  }
  const subject = { label, keyid: keyid.value };
  const alg = algorithm?.value;
  if (alg !== undefined && !isAlgorithm(alg)) return invalid("unsupported-algorithm", subject);
  if (signature === undefined) return invalid("missing-signature", subject);
  if (signature.kind !== "item" || signature.value.type !== "bytes") {
    return invalid("malformed-signature", subject);
  }
  return {
    ...subject,
    components,
    signatureParams: input.text,
    created: created.value,
    expires: expires.value,
    algorithm: alg,
    nonce: nonce?.value,
    signature: signature.value.value,
  };
}

function readComponents(
  input: Extract<Member, { kind: "inner-list" }>,
): readonly Component[] | InvalidReason {
  const components: Component[] = [];
  const seen = new Set<string>();
  for (const { value, params, text } of input.items) {
    // RFC 9421 §2.1: component names are Strings, and field names lower-case.
    if (value.type !== "string" || !isComponentName(value.value))
      return "malformed-signature-input";
    const identity = params.size < 2 ? text : identityOf(value.text, params);
    // RFC 9421 §2: each component identifier occurs once, whatever the order of its parameters.
    if (seen.has(identity)) return "duplicate-component";
    seen.add(identity);
    components.push({ name: value.value, params, text });
  }
  return components;
}

function identityOf(name: string, params: Member["params"]): string {
  const parts = [...params].map(([key, { text }]) => `${key}=${text}`);
  return [name, ...parts.sort()].join(";");
}

function isComponentName(name: string): boolean {
  return name !== "@signature-params" && /^@?[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name);
}

// RFC 7638: a SHA-256 thumbprint in base64url has 43 characters.
function isThumbprint(keyid: string): boolean {
  return keyid.length === 43 && /^[\w-]+$/.test(keyid);
}

function isAlgorithm(name: string): name is Algorithm {
  return (ALGORITHMS as readonly string[]).includes(name);
}

function faultReason(fault: FieldFault, malformed: InvalidReason): InvalidReason {
  switch (fault) {
    case "duplicate-key":
      return "duplicate-label";
    case "duplicate-parameter":
      return "duplicate-parameter";
    case "too-many-members":
      return "too-many-labels";
    case "too-many-items":
      return "too-many-components";
    case "syntax":
      return malformed;
  }
}
