import { errors } from "undici";

/** The facts about the origin connection on which a request was sent. */
export interface SentOn {
  /** Whether the connection had a request before this one. */
  readonly isReused: boolean;
  /** Whether any byte has arrived since the request was dispatched. */
  readonly hasBytes: boolean;
}

const LOST: ReadonlySet<string> = new Set(["ECONNRESET", "ECONNABORTED", "EPIPE"]);

/**
 * Whether only the connection may be at fault, so that the request may succeed on a new one (RFC
 * 9112 §9.3.1): it closed before the response, or had bytes that an earlier response left.
 */
export function isOfConnection(error: unknown, { isReused, hasBytes }: SentOn): boolean {
  if (error instanceof errors.HTTPParserError) return isReused;
  return !hasBytes && isLoss(error);
}

/** Whether a connection or an HTTP/2 stream was closed or reset (RFC 9113 §7, §8.7). */
export function isLoss(error: unknown): boolean {
  if (error instanceof errors.SocketError) return !error.message.startsWith("bad ");
  if (isStreamReset(error)) return true;
  return error instanceof Error && LOST.has((error as NodeJS.ErrnoException).code ?? "");
}

const RESET = /NGHTTP2_(?:NO_ERROR|REFUSED_STREAM|ENHANCE_YOUR_CALM|CANCEL|INTERNAL_ERROR)\b/;

/** Whether an HTTP/2 server ended a stream or the connection without a protocol error. */
export function isStreamReset(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code = "" } = error as NodeJS.ErrnoException;
  return code.startsWith("ERR_HTTP2_") && RESET.test(error.message);
}
