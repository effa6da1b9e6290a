import type { SignedMessage, SignedResponse } from "./message.ts";
import { deriveComponent } from "./derived-components.ts";
import { fieldComponent } from "./field-components.ts";
import {
  UNAVAILABLE,
  UNSUPPORTED,
  type Component,
  type ComponentAbsent,
  type ComponentValue,
} from "./component.ts";

export type SignatureBase = { readonly kind: "base"; readonly text: string } | ComponentAbsent;

/** Builds the signature base (RFC 9421 §2.5); `signatureParams` is the Inner List, strictly serialised. */
export function buildSignatureBase(
  message: SignedMessage | SignedResponse,
  components: readonly Component[],
  signatureParams: string,
): SignatureBase {
  let text = "";
  for (const component of components) {
    const found = componentValue(message, component);
    if (found.kind === "fault") return found;
    // RFC 9421 §2.5: a line break in a value would let it pose as another component.
    if (found.value.includes("\n") || found.value.includes("\r")) return UNAVAILABLE;
    text += `${component.text}: ${found.value}\n`;
  }
  return { kind: "base", text: `${text}"@signature-params": ${signatureParams}` };
}

function componentValue(
  message: SignedMessage | SignedResponse,
  { name, params }: Component,
): ComponentValue {
  // RFC 9421 §2.4: `;req` takes the component from the request that the response answers.
  const fromRequest = params.has("req");
  if (fromRequest && (!("status" in message) || params.get("req")?.value !== true)) {
    return UNSUPPORTED;
  }
  const source = fromRequest && "status" in message ? message.request : message;
  if (name.startsWith("@")) return deriveComponent(source, name, params);
  return fieldComponent(source.field(name), name, params);
}

const encoder = new TextEncoder();

/** The bytes that are signed: a field's characters stand for the octets on the wire (RFC 9110 §5.5). */
export function toOctets(base: string): Uint8Array<ArrayBuffer> | undefined {
  const octets = encoder.encode(base);
  if (octets.length === base.length) return octets;
  const latin1 = new Uint8Array(base.length);
  for (let at = 0; at < base.length; at++) {
    const code = base.charCodeAt(at);
    if (code > 0xff) return undefined;
    latin1[at] = code;
  }
  return latin1;
}
