import type { ProblemName } from "../http/problem.ts";
import { OriginError, type OriginFault } from "./exchange.ts";

/** Bytes of the largest header section that the proxy accepts from the origin server. */
export const MAX_RESPONSE_HEAD = 64 * 1024;

interface OriginProblem {
  readonly name: ProblemName;
  readonly detail: string;
}

const UNREACHABLE = "No connection to the origin server could be made.";
const BROKEN_OFF = "The origin server closed the connection before its response was complete.";

/** The problems that clients get; none contains address, name or certificate of the origin server. */
const PROBLEMS: Readonly<Record<OriginFault, OriginProblem>> = {
  dns: { name: "origin-unreachable", detail: UNREACHABLE },
  refused: { name: "origin-unreachable", detail: UNREACHABLE },
  unreachable: { name: "origin-unreachable", detail: UNREACHABLE },
  unknown: { name: "origin-unreachable", detail: UNREACHABLE },
  reset: { name: "origin-unreachable", detail: BROKEN_OFF },
  closed: { name: "origin-unreachable", detail: BROKEN_OFF },
  tls: { name: "origin-unreachable", detail: "TLS failure between proxy and origin server." },
  "timeout-connect": {
    name: "origin-timeout",
    detail: "The origin server took too long to accept a connection.",
  },
  "timeout-head": {
    name: "origin-timeout",
    detail: "The origin server took too long to respond.",
  },
  "timeout-idle": {
    name: "origin-timeout",
    detail: "The origin server stopped in the middle of its response.",
  },
  malformed: {
    name: "origin-malformed",
    detail: "The origin server's response is not well-formed HTTP.",
  },
  "head-too-large": {
    name: "origin-malformed",
    detail: `The header section of the origin server's response is larger than ${MAX_RESPONSE_HEAD / 1024} KB.`,
  },
  "transfer-coding": {
    name: "origin-malformed",
    detail: "The origin server's response has a transfer coding other than chunked.",
  },
  "redirect-loop": {
    name: "origin-malformed",
    detail: "The origin server redirects this URL to itself.",
  },
};

/** The problem for the client; an error of our own is never reported as the origin server's. */
export function problemOfOrigin(error: unknown): OriginProblem {
  return error instanceof OriginError
    ? PROBLEMS[error.code]
    : { name: "internal", detail: "The proxy failed before it had the origin server's response." };
}
