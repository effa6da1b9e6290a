import type { IdentityState } from "../agent/identification.ts";
import { PROBLEMS } from "../http/problem.ts";
import { processMemory } from "../memory/budget.ts";
import type { Exchange } from "../pipeline/exchange.ts";
import { jsonResponse } from "../pipeline/own-answer.ts";
import type { OwnDocument } from "../pipeline/own-documents.ts";
import type { OwnResponse } from "../pipeline/stage.ts";
import { decideBearer } from "./bearer.ts";
import { describeHealth, type RulesState } from "./health.ts";
import { purgeEndpoint, type PurgeOptions } from "./purge.ts";

export interface EndpointsOptions {
  /** Whether `/healthz` and `/readyz` are ours too. */
  readonly health: boolean;
  readonly rulesState: () => RulesState;
  /** Whether the origin server can be reached, if the rules say that this counts. */
  readonly isOriginUp?: (() => Promise<boolean>) | undefined;
  /** Whether the proxy is about to end. */
  readonly isDraining: () => boolean;
  /** Secret: shows more than the bare status. @default nobody is shown more */
  readonly adminToken?: string | undefined;
  /** Undefined if nobody may purge. */
  readonly purge: PurgeOptions | undefined;
  /** Shown in development only: to strangers it would tell whom a site believes. */
  readonly agents: (() => IdentityState) | undefined;
}

/** Our own endpoints, by path. */
export function ownEndpoints(options: EndpointsOptions): Map<string, OwnDocument> {
  const { health, rulesState, isOriginUp, isDraining, purge, agents, adminToken } = options;
  /** Anyone sees the status alone. */
  const tell = (exchange: Exchange, status: object, code: 200 | 503): OwnResponse => {
    const isHolder = decideBearer(exchange.field("authorization"), adminToken) === "valid";
    return jsonResponse(
      { ...status, ...(isHolder && describeHealth(rulesState(), processMemory)) },
      code,
    );
  };
  const healthy = ours((exchange) => {
    const isMissing = rulesState().isMissing === true;
    return tell(exchange, { status: isMissing ? "no-rules" : "ok" }, 200);
  });
  const ready = ours(async (exchange) => {
    const isUp = isOriginUp === undefined || (await isOriginUp());
    const hasRules = rulesState().isMissing !== true;
    const isReady = hasRules && isUp && !isDraining();
    if (!isReady) exchange.record?.refused("not-ready", "endpoint");
    return tell(exchange, { ready: isReady }, isReady ? 200 : 503);
  });
  const endpoints = new Map([
    ["/.wayleave/ready", ready],
    ["/.wayleave/health", healthy],
  ]);
  if (health) endpoints.set("/readyz", ready).set("/healthz", healthy);
  if (agents !== undefined)
    endpoints.set(
      "/.wayleave/agents",
      ours(() => jsonResponse(agents())),
    );
  if (purge !== undefined) {
    const make = (exchange: Exchange) => purgeEndpoint(exchange, purge);
    endpoints.set("/.wayleave/purge", { owner: "ours", methods: ["POST"], make });
  }
  for (const [name, about] of Object.entries(PROBLEMS)) {
    endpoints.set(
      `/.wayleave/problems/${name}`,
      ours(() => jsonResponse({ name, ...about })),
    );
  }
  return endpoints;
}

function ours(make: OwnDocument["make"]): OwnDocument {
  return { owner: "ours", make };
}
