import { maxHeaderSize, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { problem, type ProblemName } from "../../http/problem.ts";
import type { ClientResponse } from "./message.ts";
import { noteSocketRefusal, recordOf } from "./watch-requests.ts";
import { writeHead } from "./write-head.ts";

/** Responds with a problem document and closes the connection; ignores further bytes. */
export function refuse(outgoing: ClientResponse, name: ProblemName, detail: string): void {
  if (outgoing.headersSent || outgoing.destroyed) return;
  recordOf(outgoing.req)?.refused(name, "admission");
  // A defect may be anywhere: its problem has the plainest format.
  const accept = name === "internal" ? undefined : outgoing.req.headers.accept;
  const { status, fields, content } = problem(name, detail, accept);
  outgoing.shouldKeepAlive = false;
  const length = String(Buffer.byteLength(content));
  writeHead(outgoing, status, undefined, [...fields.flat(), "content-length", length]);
  outgoing.end(content);
}

/** Writes a refusal to a socket without a response object; the caller closes the socket. */
export function writeRefusal(socket: Duplex, name: ProblemName, detail: string): void {
  noteSocketRefusal(socket, name);
  const { status, fields, content } = problem(name, detail, undefined);
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Refused"}`,
    ...fields.map(([field, value]) => `${field}: ${value}`),
    `content-length: ${Buffer.byteLength(content)}`,
    "connection: close",
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n${content}`);
}

/** The error of Node's parser for a malformed message. */
interface ParserError {
  readonly code?: string | undefined;
  readonly reason?: string;
  /** The bytes in which the parser found the fault, and the number of bytes that it had parsed. */
  readonly rawPacket?: Buffer;
  readonly bytesParsed?: number;
}

/** The problem for an error code of Node's HTTP parser. */
export function problemOf(error: ParserError): { name: ProblemName; detail: string } {
  switch (error.code) {
    case "HPE_HEADER_OVERFLOW":
      return {
        name: "fields-too-large",
        detail: `The header section is larger than ${maxHeaderSize} bytes.`,
      };
    case "HPE_INVALID_VERSION":
      // The parser has the same code for a line without a CR at its end.
      if (error.reason !== "Invalid HTTP version") break;
      return { name: "version-not-supported", detail: ONLY_HTTP_1 };
    case "HPE_PAUSED_H2_UPGRADE":
      return { name: "version-not-supported", detail: ONLY_HTTP_1 };
    case "HPE_INVALID_METHOD":
      // RFC 9110 §9.1: an unknown method gets 501.
      if (!isRequestLine(error)) break;
      return { name: "not-implemented", detail: "The proxy does not know this method." };
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return { name: "content-too-large", detail: "The chunk extensions are too large." };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { name: "request-timeout", detail: "The request did not arrive in time." };
  }
  return { name: "bad-request", detail: "The request is not well-formed HTTP/1.1." };
}

/** Whether the parser stopped at the method of an otherwise valid request line. */
function isRequestLine({ rawPacket, bytesParsed = 0 }: ParserError): boolean {
  if (rawPacket === undefined) return false;
  const start = bytesParsed === 0 ? 0 : rawPacket.lastIndexOf("\n", bytesParsed - 1) + 1;
  const line = rawPacket.toString("latin1", start, start + 8192).split("\r\n", 1)[0] ?? "";
  const [method = "", target, version, ...others] = line.split(" ");
  const isWhole = target !== undefined && others.length === 0;
  return isWhole && /^HTTP\/1\.[01]$/.test(version ?? "") && /^[\w!#$%&'*+.^`|~-]+$/.test(method);
}

/** The detail of the problem for an unsupported version of HTTP. */
export const ONLY_HTTP_1 = "This server supports only HTTP/1.0 and HTTP/1.1.";
