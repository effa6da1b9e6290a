import { STATUS_CODES, type ServerResponse } from "node:http";
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

/** RFC 9110 §5.6.2: a token. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** RFC 9110 §5.5: whatever is no HTAB, SP, VCHAR or obs-text. */
const UNFIT = /[^\t\x20-\x7e\x80-\xff]/g;

/**
 * A flat field section (name, value, …) as HTTP/1.1 can carry it: a line whose name is no token, or
 * whose value has characters of more than a byte, is left out; control characters become SP
 * (RFC 9110 §5.5).
 */
export function carriedFields(flat: readonly string[]): string[] {
  const carried: string[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [name, value] = [String(flat[i]), String(flat[i + 1])];
    if (!TOKEN.test(name) || /[\u0100-\uffff]/.test(value)) continue;
    carried.push(name, value.replaceAll(UNFIT, " "));
  }
  return carried;
}
