import type { Component } from "./component.ts";
import { CRYPTO, type Algorithm } from "./keys.ts";
import { invalid, type InvalidReason, type Refusal } from "./reasons.ts";
import type { BareItem, InnerList, Item, Member } from "./structured-field.ts";

/** A well-formed signature with the tag of Web Bot Auth, not yet verified. */
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

/** Reads one label: its covered components, the parameters of the profile and the signature. */
export function readCandidate(
  label: string,
  input: Member,
  signature: Member | undefined,
): Candidate | Refusal {
  if (!isInput(input)) return invalid("malformed-signature-input", { label });
  const components = readComponents(input);
  if (typeof components === "string") return invalid(components, { label });
  const { params } = input;
  for (const name of ["tag", "created", "expires", "keyid"]) {
    if (!params.has(name)) return invalid("missing-parameter", { label });
  }
  const names = ["created", "expires", "keyid", "alg", "nonce", "tag"];
  const [created, expires, keyid, algorithm, nonce, tag] = names.map((name) => params.get(name));
  // RFC 9421 §2.3: Integers and Strings; other parameters are signed, and mean nothing to us.
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
  // RFC 9421 §4.2: a label in one field but not in the other is an error.
  if (signature === undefined) return invalid("label-mismatch", subject);
  if (!isSignature(signature)) return invalid("malformed-signature", subject);
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

// RFC 9421 §4.1
export function isInput(member: Member): member is InnerList {
  return member.kind === "inner-list";
}

// RFC 9421 §4.2: a Byte Sequence, of which no parameter is defined.
export function isSignature(
  member: Member,
): member is Item & { readonly value: Extract<BareItem, { type: "bytes" }> } {
  return member.kind === "item" && member.value.type === "bytes" && member.params.size === 0;
}

function readComponents(input: InnerList): readonly Component[] | InvalidReason {
  const components: Component[] = [];
  const seen = new Set<string>();
  for (const { value, params, text } of input.items) {
    // RFC 9421 §2.1: component names are Strings, and field names lower-case.
    if (value.type !== "string" || !isComponentName(value.value))
      return "malformed-signature-input";
    const identity = params.size < 2 ? text : identityOf(value.text, params);
    // RFC 9421 §2: each component identifier occurs once, in any order of its parameters.
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
  return Object.values(CRYPTO).some(({ algorithm }) => algorithm === name);
}
