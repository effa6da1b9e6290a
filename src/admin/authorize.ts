import { problem, type ProblemName } from "../http/problem.ts";
import type { Exchange } from "../pipeline/exchange.ts";
import type { OwnResponse } from "../pipeline/stage.ts";
import { decideBearer } from "./bearer.ts";

/** Refuses a request to one of our endpoints, and records that. */
export function refuseRequest(
  exchange: Exchange,
  name: ProblemName,
  detail: string,
  error?: unknown,
): OwnResponse {
  exchange.record?.refused(name, "endpoint", error);
  return problem(name, detail, exchange.field("accept"));
}

/** The refusal of a request without one of the tokens; undefined if it has one. */
export function refuseStranger(
  exchange: Exchange,
  tokens: readonly (string | undefined)[],
  detail: string,
): OwnResponse | undefined {
  const verdict = decideBearer(exchange.field("authorization"), ...tokens);
  if (verdict === "valid") return undefined;
  // RFC 6750 §3
  const challenge = `Bearer realm="wayleave"${verdict === "invalid" ? ', error="invalid_token"' : ""}`;
  const refused = refuseRequest(exchange, "token-required", detail);
  return { ...refused, fields: [...refused.fields, ["www-authenticate", challenge]] };
}
