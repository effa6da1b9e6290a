import type { SignedMessage, SignedResponse } from "./message.ts";
import { deriveComponent } from "./derived-components.ts";
import { fieldComponent } from "./field-components.ts";
import { UNAVAILABLE, UNSUPPORTED, type Component, type ComponentAbsent } from "./component.ts";

/** Builds the signature base (RFC 9421 §2.5). @param signatureParams the serialised Inner List */
export function buildSignatureBase(
  message: SignedMessage | SignedResponse,
  components: readonly Component[],
  signatureParams: string,
): string | ComponentAbsent {
  let text = "";
  const request = "status" in message ? message.request : message;
  let parsed: URL | null | undefined;
  const url = (): URL | null => (parsed === undefined ? (parsed = URL.parse(request.url)) : parsed);
  for (const component of components) {
    const found = componentValue(message, component, url);
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
  url: () => URL | null,
): string | ComponentAbsent {
  // RFC 9421 §2.4: `;req` takes the component from the request that the response answers.
  const fromRequest = params.has("req");
  if (fromRequest && (!("status" in message) || params.get("req")?.value !== true)) {
    return UNSUPPORTED;
  }
  const source = fromRequest && "status" in message ? message.request : message;
  if (name.startsWith("@")) return deriveComponent(source, name, params, url);
  return fieldComponent(source.field(name), name, params);
}
