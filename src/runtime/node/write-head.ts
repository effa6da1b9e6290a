import { STATUS_CODES, type ServerResponse } from "node:http";
import { carriedFields } from "../../http/carried-fields.ts";
import { reasonPhrase } from "../../http/reason-phrase.ts";

/**
 * Writes the head of a final response, whatever is in it: a phrase that HTTP/1.1 can't carry is
 * replaced by the status code's own, fields by what of them it can carry. Throws if the head was
 * written before, or the status is none of a final response.
 *
 * @param phrase one character a byte
 * @param fields flat: name, value, …
 */
export function writeHead(
  outgoing: ServerResponse,
  status: number,
  phrase: string | undefined,
  fields: readonly string[],
): void {
  if (outgoing.headersSent) throw new TypeError("the head was written before");
  if (!isFinalStatus(status)) throw new RangeError(`no status of a final response: ${status}`);
  const carried = phrase === undefined ? undefined : reasonPhrase(phrase);
  // Always given: an attempt that failed leaves its phrase behind.
  const text = carried ?? STATUS_CODES[status] ?? "Unknown";
  try {
    outgoing.writeHead(status, text, fields as string[]);
  } catch {
    // Node has looked at every field by then; only a faulty one is looked at again.
    outgoing.writeHead(status, text, carriedFields(fields));
  }
}

/** Three digits (RFC 9112 §4), and not an interim response; codes above 599 are in use. */
export function isFinalStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 200 && status <= 999;
}
