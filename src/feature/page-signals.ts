import { ExchangeValue } from "../pipeline/exchange-value.ts";

/**
 * True if the response's Content-Signal is what the page itself states: a rule's signals are then
 * added to it, whereas a field of the origin server takes precedence as a whole.
 */
export const isSignalOfPage = new ExchangeValue<boolean>();
