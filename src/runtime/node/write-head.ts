import { STATUS_CODES } from "node:http";
import { reasonPhrase } from "../../http/reason-phrase.ts";
import { isHttp2, type ClientResponse } from "./message.ts";

/**
 * Writes the head of a final response. Replaces a reason phrase that HTTP/1.1 can't carry, and
 * removes such fields. Throws if the head is written already, or the status is not a final one.
 *
 * @param phrase one character for each byte
 * @param fields flat: name, value, …
 */
export function writeHead(
  outgoing: ClientResponse,
  status: number,
  phrase: string | undefined,
  fields: readonly string[],
): void {
  if (outgoing.headersSent) throw new TypeError("the head is written already");
  if (!isFinalStatus(status)) throw new RangeError(`not the status of a final response: ${status}`);
  const carried = phrase === undefined ? undefined : reasonPhrase(phrase);
  // Always set: a failed attempt leaves its phrase.
  const text = carried ?? STATUS_CODES[status] ?? "Unknown";
  try {
    outgoing.writeHead(status, text, fields as string[]);
  } catch {
    // Checks the fields only if Node has refused one.
    outgoing.writeHead(status, text, carriedFields(fields));
  }
}

/** Three digits (RFC 9112 §4), and not an interim response; codes above 599 are in use. */
export function isFinalStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 200 && status <= 999;
}

/** RFC 9110 §5.6.2: a token. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** RFC 9110 §5.5: any character except HTAB, SP, VCHAR and obs-text. */
const UNFIT = /[^\t\x20-\x7e\x80-\xff]/;

/** Whether a field line is valid in HTTP (RFC 9110 §5.5). */
export function isCarried(name: string, value: string): boolean {
  return TOKEN.test(name) && !UNFIT.test(value);
}

/**
 * Makes a flat field section (name, value, …) valid in HTTP/1.1 (RFC 9110 §5.5): drops lines whose
 * name is no token or whose value has characters above U+00FF; writes SP for control characters.
 */
export function carriedFields(flat: readonly string[]): string[] {
  const carried: string[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [name, value] = [String(flat[i]), String(flat[i + 1])];
    if (!TOKEN.test(name) || /[\u0100-\uffff]/.test(value)) continue;
    carried.push(name, value.replaceAll(new RegExp(UNFIT, "g"), " "));
  }
  return carried;
}

/**
 * Bytes of content, at most, that are written as one text with the head; to copy more does not pay.
 */
const ONE_PIECE = 8192;

/** Ends a response with its last bytes. */
export function endWith(outgoing: ClientResponse, last: Uint8Array): void {
  // HTTP/2 frames head and content apart.
  if (last.length > ONE_PIECE || isHttp2(outgoing.req)) outgoing.end(last);
  else {
    const { buffer, byteOffset, byteLength } = last;
    outgoing.end(Buffer.from(buffer, byteOffset, byteLength).toString("latin1"), "latin1");
  }
}
