import type { TokenSearch } from "../admin/token-search.ts";
import { parseMaxForwards } from "../http/max-forwards.ts";
import type { ProblemName } from "../http/problem.ts";

type ForwardingDecision =
  | { readonly kind: "forward" }
  | { readonly kind: "refuse"; readonly problem: ProblemName; readonly detail: string }
  /** An OPTIONS request that the proxy itself answers. */
  | { readonly kind: "answer" };

/** Decides by a request's framing and method, before the rest is read. */
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
    // RFC 9112 §6.1: another recipient may frame such an HTTP/1.0 message differently.
    if (isOld) return refuse("bad-request", "An HTTP/1.0 message has no Transfer-Encoding.");
    if (transferEncoding.trim().toLowerCase() !== "chunked") {
      return refuse("not-implemented", "The only supported transfer coding is chunked.");
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
  return { kind: "forward" };
}

/** The response to OPTIONS for the proxy itself: the forwarded methods (RFC 9110 §9.3.7). */
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

/** The problem of a request whose URL has a token of the operator; undefined if it has none. */
export function showsToken(
  { host, target }: { readonly host: string; readonly target: string },
  search: TokenSearch | undefined,
) {
  if (search === undefined || !(search.has(target) || search.has(host))) return undefined;
  return refuse(
    "bad-request",
    "The URL has a token of the operator, and URLs are stored and passed on. Send it in the field Authorization or Wayleave-Token.",
  );
}

function refuse(problem: ProblemName, detail: string) {
  return { kind: "refuse", problem, detail } as const;
}
