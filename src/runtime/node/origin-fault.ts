import { errors } from "undici";
import { OriginError, type OriginFault, type OriginPhase } from "../../pipeline/exchange.ts";

/** Faults by the code of a system, resolver or undici error. */
const FAULTS: ReadonlyMap<string, OriginFault> = new Map([
  ["ENOTFOUND", "dns"],
  ["EAI_AGAIN", "dns"],
  ["EAI_FAIL", "dns"],
  ["ENODATA", "dns"],
  ["ECONNREFUSED", "refused"],
  ["EHOSTUNREACH", "unreachable"],
  ["ENETUNREACH", "unreachable"],
  ["EHOSTDOWN", "unreachable"],
  ["EADDRNOTAVAIL", "unreachable"],
  ["ETIMEDOUT", "timeout-connect"],
  ["UND_ERR_CONNECT_TIMEOUT", "timeout-connect"],
  ["UND_ERR_HEADERS_TIMEOUT", "timeout-head"],
  ["UND_ERR_BODY_TIMEOUT", "timeout-idle"],
  ["ECONNRESET", "reset"],
  ["ECONNABORTED", "reset"],
  ["EPIPE", "reset"],
  ["UND_ERR_HEADERS_OVERFLOW", "head-too-large"],
  ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "closed"],
  ["UND_ERR_INFO", "closed"],
]);

/** Codes of OpenSSL's verdicts on a certificate and of Node's TLS errors. */
const TLS =
  /^(?:ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|PATH_LENGTH_EXCEEDED|INVALID_PURPOSE|HOSTNAME_MISMATCH)/;

/** Converts undici's error to an OriginError; returns an error of our own code unchanged. */
export function originErrorOf(error: unknown, phase: OriginPhase): OriginError | Error {
  if (error instanceof OriginError) return error;
  const fault = isOtherLength(error) && phase === "head" ? "malformed" : faultOf(error);
  if (fault !== undefined) return new OriginError(fault, phaseOf(fault, phase), error);
  return error instanceof Error ? error : new Error(String(error));
}

/** undici's code for every fault in or after a Content-Length, such as a second one. */
const isOtherLength = (error: unknown): boolean =>
  error instanceof errors.ResponseContentLengthMismatchError;

function faultOf(error: unknown): OriginFault | undefined {
  // If a name has several addresses, each attempt has an error.
  if (error instanceof AggregateError && error.errors.length > 0) return faultOf(error.errors[0]);
  if (error instanceof errors.HTTPParserError) return "malformed";
  if (!(error instanceof Error)) return undefined;
  const { code = "" } = error as NodeJS.ErrnoException;
  if (error instanceof errors.SocketError) {
    // undici's message for an unrequested response or an unexpected 101.
    return error.message.startsWith("bad ") ? "malformed" : "closed";
  }
  if (TLS.test(code)) return "tls";
  if (code.startsWith("ERR_HTTP2_")) return isStreamReset(error) ? "reset" : "malformed";
  return FAULTS.get(code);
}

/** The phase of a fault; some faults occur in one phase only. */
function phaseOf(fault: OriginFault, phase: OriginPhase): OriginPhase {
  switch (fault) {
    case "dns":
    case "refused":
    case "unreachable":
    case "tls":
    case "timeout-connect":
      return "connect";
    case "timeout-head":
    case "head-too-large":
      return "head";
    case "timeout-idle":
      return "content";
    default:
      return phase;
  }
}

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
function isStreamReset(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code = "" } = error as NodeJS.ErrnoException;
  return code.startsWith("ERR_HTTP2_") && RESET.test(error.message);
}
