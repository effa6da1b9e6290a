import { decodeHTML, decodeHTMLAttribute } from "entities/decode";

/** Decodes the character references of a text (HTML §13.2.5.72). */
export function decodeText(text: string): string {
  return text.includes("&") ? decodeHTML(text) : text;
}

/** Decodes those of an attribute's value, in which `&copy=1` is none. */
export function decodeAttribute(value: string): string {
  return value.includes("&") ? decodeHTMLAttribute(value) : value;
}
