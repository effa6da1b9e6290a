import { parseMaxForwards } from "../http/max-forwards.ts";
import type { ProblemName } from "../http/problem.ts";

/** Whether a request is one that this proxy forwards at all. */
export type ForwardingDecision =
  | { readonly kind: "forward" }
  | { readonly kind: "refuse"; readonly problem: ProblemName; readonly detail: string }
  /** OPTIONS that ends here. */
  | { readonly kind: "answer" };

const FORWARD: ForwardingDecision = { kind: "forward" };

/** The decision from a request's framing and method, before anything else of it is read. */
export function decideAdmission(request: {
  readonly method: string;
  readonly asterisk: boolean;
  /** Whether the message came as HTTP/1.0. */
  readonly isOld: boolean;
  field(name: string): string | undefined;
}): ForwardingDecision {
  const { method, asterisk, isOld } = request;
  const transferEncoding = request.field("transfer-encoding");
  if (transferEncoding !== undefined) {
    // RFC 9112 §6.1: what a 1.0 sender frames so, someone on the way frames differently.
    if (isOld) return refuse("bad-request", "An HTTP/1.0 message has no Transfer-Encoding.");
    if (transferEncoding.trim().toLowerCase() !== "chunked") {
      return refuse("not-implemented", "Only the transfer coding chunked is understood.");
    }
  }
  // RFC 9110 §9.3.8: TRACE would show a client's fields, cookies included, to scripts.
  if (method === "TRACE" || method === "CONNECT") {
    return refuse("not-implemented", `The method ${method} is not forwarded.`);
  }
  if (method === "OPTIONS") {
    if (asterisk || parseMaxForwards(request.field("max-forwards")).kind === "final") {
      return { kind: "answer" };
    }
  } else if (asterisk) {
    return refuse("bad-request", 'The target "*" is for OPTIONS alone.');
  }
  return FORWARD;
}

/** The response to an OPTIONS that ends here: what we forward (RFC 9110 §9.3.7). */
export const OPTIONS_ANSWER = {
  status: 204,
  fields: [["allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"]],
} as const;

/** The problem of a target whose path is longer than the rules allow; undefined if it is not. */
export function tooLong(target: string, { maxLength }: { readonly maxLength: number }) {
  if (target.length <= maxLength) return undefined;
  const query = target.indexOf("?");
  if (query !== -1 && query <= maxLength) return undefined;
  return refuse("target-too-long", `A path has at most ${maxLength} bytes here.`);
}

function refuse(problem: ProblemName, detail: string) {
  return { kind: "refuse", problem, detail } as const;
}
