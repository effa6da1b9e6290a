/** A response that a client has read from its connection. */
export interface Read {
  readonly status: number;
  /** Of the request that the origin server answered; undefined if the proxy answered itself. */
  readonly id: number | undefined;
  /** Whether it says why: a problem document, or one of the answers that need no reason. */
  readonly isReasoned: boolean;
  /** Whether all of its content has come. */
  readonly isWhole: boolean;
  readonly closes: boolean;
}

const LINE = /^HTTP\/1\.1 (\d{3}) [\t\u0020-\u007e\u0080-\u00ff]*$/;
const FIELD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+: ?[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** What has been read of a connection: whole responses, and perhaps one that is still under way. */
export interface Reading {
  readonly responses: readonly Read[];
  /** Why this is no sequence of responses, by RFC 9112. */
  readonly fault: string | undefined;
}

/**
 * Reads what a server sent, strictly.
 *
 * @param text the bytes as characters of one byte each
 * @param methods of the requests, in order: a response to HEAD has no content
 */
export function readResponses(text: string, methods: readonly string[], ended: boolean): Reading {
  const responses: Read[] = [];
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf("\r\n\r\n", at);
    if (end === -1) return { responses, fault: ended ? "a head breaks off" : undefined };
    const [line = "", ...fields] = text.slice(at, end).split("\r\n");
    const status = Number(LINE.exec(line)?.[1]);
    if (!(status >= 100)) return { responses, fault: `no status line: ${line.slice(0, 80)}` };
    const wrong = fields.find((field) => !FIELD.test(field));
    if (wrong !== undefined) return { responses, fault: `no field line: ${wrong.slice(0, 80)}` };
    at = end + 4;
    if (status < 200 && status !== 101) continue;
    const value = (name: string): string | undefined =>
      fields
        .find((field) => field.toLowerCase().startsWith(`${name}:`))
        ?.slice(name.length + 1)
        .trim();
    const method = methods[responses.length] ?? "GET";
    const closes = /close/i.test(value("connection") ?? "");
    const isHead =
      method === "HEAD" || (method === "HEAD?" && !(closes && value("x-id") === undefined));
    const framed = contentEnd(text, at, status, isHead, value);
    if (typeof framed === "string") return { responses, fault: framed };
    const id = value("x-id");
    const type = value("content-type") ?? "";
    responses.push({
      status,
      id: id === undefined ? undefined : Number(id),
      // A problem document is JSON, or by the client's wish HTML or markdown.
      isReasoned: /problem\+json|html|markdown/.test(type) || isHead || status < 400,
      isWhole: framed.isWhole || (ended && framed.toTheEnd),
      closes,
    });
    at = framed.end;
  }
  return { responses, fault: undefined };
}

interface Framed {
  readonly end: number;
  readonly isWhole: boolean;
  /** Whether the end of the connection is that of the content. */
  readonly toTheEnd: boolean;
}

function contentEnd(
  text: string,
  start: number,
  status: number,
  isHead: boolean,
  value: (name: string) => string | undefined,
): Framed | string {
  if (isHead || status === 204 || status === 304) {
    return { end: start, isWhole: true, toTheEnd: false };
  }
  if (value("transfer-encoding") !== undefined) {
    if (value("content-length") !== undefined) return "a length beside a transfer coding";
    return chunksEnd(text, start);
  }
  const length = value("content-length");
  if (length === undefined) return { end: text.length, isWhole: false, toTheEnd: true };
  if (!/^\d+$/.test(length)) return `no length: ${length}`;
  const end = start + Number(length);
  return { end: Math.min(end, text.length), isWhole: end <= text.length, toTheEnd: false };
}

function chunksEnd(text: string, start: number): Framed | string {
  const open = { end: text.length, isWhole: false, toTheEnd: false };
  for (let at = start; ;) {
    const line = text.indexOf("\r\n", at);
    if (line === -1) return open;
    const size = text.slice(at, line);
    if (!/^[0-9a-f]+$/i.test(size)) return `no chunk size: ${size.slice(0, 40)}`;
    const next = line + 2 + Number.parseInt(size, 16) + 2;
    if (next > text.length) return open;
    if (text.slice(next - 2, next) !== "\r\n") return "no end of a chunk";
    if (Number.parseInt(size, 16) === 0) return { end: next, isWhole: true, toTheEnd: false };
    at = next;
  }
}
