import type { SignedMessage, SignedResponse } from "./message.ts";
import { deriveComponent, type TargetSource } from "./derived-components.ts";
import { fieldComponent } from "./field-components.ts";
import type { TargetReading } from "./target-readings.ts";
import { UNAVAILABLE, UNSUPPORTED, type Component, type ComponentAbsent } from "./component.ts";

/**
 * Builds the signature base (RFC 9421 §2.5).
 *
 * @param signatureParams the serialised Inner List
 * @param reading the spelling of the request's target @default as received
 */
export function buildSignatureBase(
  message: SignedMessage | SignedResponse,
  components: readonly Component[],
  signatureParams: string,
  reading?: TargetReading,
): string | ComponentAbsent {
  let text = "";
  const request = "status" in message ? message.request : message;
  let parsed: URL | null | undefined;
  const url = (): URL | null => (parsed === undefined ? (parsed = URL.parse(request.url)) : parsed);
  const source = { url, reading };
  for (const component of components) {
    const found = componentValue(message, component, source);
    if (typeof found !== "string") return found;
    // RFC 9421 §2.5: a line break in a value would let it pose as another component.
    if (found.includes("\n") || found.includes("\r")) return UNAVAILABLE;
    text += `${component.text}: ${found}\n`;
  }
  return `${text}"@signature-params": ${signatureParams}`;
}

function componentValue(
  message: SignedMessage | SignedResponse,
  { name, params }: Component,
  target: TargetSource,
): string | ComponentAbsent {
  // RFC 9421 §2.4: `;req` takes the component from the request that the response answers.
  const fromRequest = params.has("req");
  if (fromRequest && (!("status" in message) || params.get("req")?.value !== true)) {
    return UNSUPPORTED;
  }
  const source = fromRequest && "status" in message ? message.request : message;
  if (name.startsWith("@")) return deriveComponent(source, name, params, target);
  return fieldComponent(source.field(name), name, params);
}
