/** A message as it stood on the wire, its framing undone (RFC 9112). */
export interface RawMessage {
  readonly startLine: string;
  /** Lines in order, names as spelt. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly content: Buffer;
}

/** What has arrived of a message, and what is left behind it. */
export type Parsed =
  | { readonly kind: "whole"; readonly message: RawMessage; readonly rest: Buffer }
  | { readonly kind: "open" };

/**
 * Reads a message from the start of what has arrived, strictly.
 *
 * @param bodiless whether it has no content whatever its fields say (HEAD, 204, 304)
 * @param ended whether nothing more will arrive
 */
export function parseMessage(
  bytes: Buffer,
  { bodiless = false, ended = false }: { bodiless?: boolean; ended?: boolean } = {},
): Parsed {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) return { kind: "open" };
  const [startLine = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const fields = lines.map((line) => {
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error(`not a field line: ${line}`);
    return [line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "")] as const;
  });
  const value = (name: string): string | undefined =>
    fields.find(([each]) => each.toLowerCase() === name)?.[1];
  const body = bytes.subarray(end + 4);
  const whole = (content: Buffer, rest: Buffer): Parsed => ({
    kind: "whole",
    message: { startLine, fields, content: Buffer.from(content) },
    rest,
  });
  if (bodiless) return whole(Buffer.alloc(0), body);
  if (value("transfer-encoding") !== undefined) {
    const chunked = parseChunks(body);
    return chunked === undefined ? { kind: "open" } : whole(chunked.content, chunked.rest);
  }
  const length = value("content-length");
  if (length !== undefined) {
    const size = Number(length);
    return body.length < size
      ? { kind: "open" }
      : whole(body.subarray(0, size), body.subarray(size));
  }
  if (!startLine.startsWith("HTTP/")) return whole(Buffer.alloc(0), body);
  return ended ? whole(body, Buffer.alloc(0)) : { kind: "open" };
}

function parseChunks(body: Buffer): { content: Buffer; rest: Buffer } | undefined {
  const pieces: Buffer[] = [];
  let at = 0;
  for (;;) {
    const line = body.indexOf("\r\n", at);
    if (line === -1) return undefined;
    const size = Number.parseInt(body.toString("latin1", at, line), 16);
    at = line + 2;
    if (size === 0) {
      const end = body.indexOf("\r\n", at);
      if (end === -1) return undefined;
      if (end !== at) throw new Error("trailers are not looked for");
      return { content: Buffer.concat(pieces), rest: body.subarray(end + 2) };
    }
    if (body.length < at + size + 2) return undefined;
    pieces.push(body.subarray(at, at + size));
    at += size + 2;
  }
}

/** Writes content in chunks of the given sizes, the rest in one. */
export function chunked(content: Buffer, sizes: readonly number[] = []): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const size of [...sizes, content.length]) {
    const piece = content.subarray(at, at + size);
    if (piece.length === 0) continue;
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n"));
    at += piece.length;
  }
  return Buffer.concat([...pieces, Buffer.from("0\r\n\r\n")]);
}
