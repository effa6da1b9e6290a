import { errors } from "undici";

/** The known facts about the origin connection that a request was sent on. */
export interface SentOn {
  /** Whether the connection had a request before this one. */
  readonly isReused: boolean;
  /** Whether any byte has come since the request was given to the connection. */
  readonly hasBytes: boolean;
}

const LOST: ReadonlySet<string> = new Set(["ECONNRESET", "ECONNABORTED", "EPIPE"]);

/**
 * Whether the fault may be that of a connection alone, so that a request without a response gets one
 * on another (RFC 9112 §9.3.1): it was closed before a byte of the response, or what came over a kept
 * connection is no HTTP, as bytes are that an earlier response has left behind.
 */
export function isOfConnection(error: unknown, { isReused, hasBytes }: SentOn): boolean {
  if (error instanceof errors.HTTPParserError) return isReused;
  return !hasBytes && isLoss(error);
}

/**
 * Whether a connection that stood, or a stream of HTTP/2, was closed or reset: servers refuse streams,
 * too, if a connection has many or takes much memory (RFC 9113 §7, §8.7).
 */
export function isLoss(error: unknown): boolean {
  if (error instanceof errors.SocketError) return !error.message.startsWith("bad ");
  if (isStreamReset(error)) return true;
  return error instanceof Error && LOST.has((error as NodeJS.ErrnoException).code ?? "");
}

const RESET = /NGHTTP2_(?:NO_ERROR|REFUSED_STREAM|ENHANCE_YOUR_CALM|CANCEL|INTERNAL_ERROR)\b/;

/** Whether an HTTP/2 server ended a stream or the connection, without a fault in what it sent. */
export function isStreamReset(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code = "" } = error as NodeJS.ErrnoException;
  return code.startsWith("ERR_HTTP2_") && RESET.test(error.message);
}
