import type { Dispatcher } from "undici";
import { FieldList } from "../../http/fields.ts";
import { hopByHop } from "../../http/hop-by-hop.ts";
import { isKnownTransferCoding } from "../../http/transfer-coding.ts";
import { OriginError } from "../../pipeline/exchange.ts";

type RawFields = Dispatcher.DispatchController["rawHeaders"];

/** The error for a malformed response that the parser has accepted. */
export function malformed(why: string): OriginError {
  return new OriginError("malformed", "head", new Error(why));
}

/** The only length that a head states; undefined if there is none. */
export function lengthOf(raw: RawFields): number | undefined {
  const values = valuesOf(raw, "content-length");
  return values.length === 1 ? Number(values[0]) : undefined;
}

function valuesOf(raw: RawFields, name: string): string[] {
  const flat = flatFields(raw);
  return flat.filter((_, i) => i % 2 === 1 && flat[i - 1]?.toLowerCase() === name);
}

/** The fields of a response that becomes a WebSocket (RFC 6455 §4.1). Throws an OriginError. */
export function upgradedFields(
  controller: Dispatcher.DispatchController,
  status: number,
): FieldList {
  if (status !== 101) throw malformed("It switches protocols without a 101.");
  const protocols = valuesOf(controller.rawHeaders, "upgrade");
  if (protocols.length !== 1 || protocols[0]?.trim().toLowerCase() !== "websocket") {
    throw malformed("It switches to a protocol that was not requested.");
  }
  return fieldsOf(controller.rawHeaders);
}

/** The response's fields without those for one connection. Throws an OriginError. */
export function fieldsOf(raw: RawFields): FieldList {
  const flat = flatFields(raw);
  let connection: string | undefined;
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string;
    if (name.length !== 10 && name.length !== 17) continue;
    const lower = name.toLowerCase();
    const value = flat[i + 1] as string;
    if (lower === "connection") {
      connection = connection === undefined ? value : `${connection}, ${value}`;
    } else if (lower === "transfer-encoding" && !isKnownTransferCoding(value)) {
      // RFC 9112 §6.1: the proxy can't decode it, and must not forward the field.
      throw new OriginError("transfer-coding", "head");
    }
  }
  return FieldList.from(flat, hopByHop(connection));
}

/** Flattens undici's fields: bytes in order for HTTP/1.1, an object for HTTP/2. */
function flatFields(raw: RawFields): string[] {
  if (!Array.isArray(raw)) {
    return Object.entries(raw ?? {}).flatMap(([name, value]) =>
      [value ?? []].flat().flatMap((line) => [name, line]),
    );
  }
  const text = textOf(raw);
  return raw.map((each: Buffer | string) =>
    withoutSpace(typeof each === "string" ? each : text(each)),
  );
}

/** Bytes of a head that is decoded as a whole; parts of a larger one use too much memory. */
const SMALL_HEAD = 4096;

/** Decodes parts of a head as Latin-1: from one text, if all are in the same memory. */
function textOf(raw: readonly (Buffer | string)[]): (part: Buffer) => string {
  const [first, last] = [raw[0], raw.at(-1)];
  if (first instanceof Buffer && last instanceof Buffer && first.buffer === last.buffer) {
    const { buffer, byteOffset: start } = first;
    const length = last.byteOffset + last.length - start;
    if (length > 0 && length <= SMALL_HEAD) {
      const text = Buffer.from(buffer, start, length).toString("latin1");
      return (part) => {
        const at = part.byteOffset - start;
        return part.buffer === buffer ? text.slice(at, at + part.length) : part.toString("latin1");
      };
    }
  }
  return (part) => part.toString("latin1");
}

/** Removes whitespace after a value, which the parser leaves there (RFC 9112 §5). */
function withoutSpace(text: string): string {
  let end = text.length;
  while (end > 0 && (text.charCodeAt(end - 1) === 0x20 || text.charCodeAt(end - 1) === 0x09)) end--;
  return end === text.length ? text : text.slice(0, end);
}
