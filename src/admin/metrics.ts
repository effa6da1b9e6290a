import { problem } from "../http/problem.ts";
import type { Exchange } from "../pipeline/exchange.ts";
import type { OwnResponse } from "../pipeline/stage.ts";
import { decideBearer } from "./bearer.ts";

/** The parts that the endpoint of metrics needs. */
export interface MetricsOptions {
  /** Secret: only requests with it get the metrics. */
  readonly adminToken: string;
  /** The text in the format of Prometheus, version 0.0.4. */
  readonly metrics: () => Promise<string>;
}

/** Responds to `GET /.wayleave/metrics`. */
export async function metricsEndpoint(
  exchange: Exchange,
  { adminToken, metrics }: MetricsOptions,
): Promise<OwnResponse> {
  const verdict = decideBearer(exchange.field("authorization"), adminToken);
  if (verdict !== "valid") {
    exchange.record?.refused("token-required", "endpoint");
    // RFC 6750 §3
    const challenge = `Bearer realm="wayleave"${verdict === "invalid" ? ', error="invalid_token"' : ""}`;
    const detail = "Send the proxy's ADMIN_TOKEN as Authorization: Bearer.";
    const refused = problem("token-required", detail, exchange.field("accept"));
    return { ...refused, fields: [...refused.fields, ["www-authenticate", challenge]] };
  }
  return {
    status: 200,
    fields: [
      ["content-type", "text/plain; version=0.0.4; charset=utf-8"],
      ["cache-control", "no-store"],
    ],
    content: await metrics(),
  };
}
