import type { IdentityState } from "../agent/identification.ts";
import { HEALTHZ, METRICS, OWN_FOLDER, PURGE, READYZ, WARM } from "../http/known-paths.ts";
import { PROBLEMS } from "../http/problem.ts";
import type { Exchange } from "../pipeline/exchange.ts";
import { jsonResponse } from "../pipeline/own-answer.ts";
import type { OurDocument } from "../pipeline/own-documents.ts";
import type { Awaitable, OwnResponse } from "../pipeline/stage.ts";
import type { DecideViewer } from "./access/viewer.ts";
import type { HealthDetails, RulesState } from "./health.ts";
import { ledgerEndpoints, type LedgerOptions } from "./ledger.ts";
import { metricsEndpoint, type MetricsOptions } from "./metrics.ts";
import { purgeEndpoint, type PurgeOptions } from "./purge.ts";
import { warmEndpoint, type WarmOptions } from "./warm.ts";

export interface EndpointsOptions {
  /** Whether we also serve `/healthz` and `/readyz`. */
  readonly health: boolean;
  readonly rulesState: () => RulesState;
  /** Whether the origin server is reachable; given only if readiness depends on that. */
  readonly isOriginUp?: (() => Promise<boolean>) | undefined;
  readonly isDraining: () => boolean;
  /** The details. */
  readonly describe: () => Awaitable<HealthDetails>;
  /** Decides if a client gets details besides the status. @default nobody does */
  readonly decideViewer?: DecideViewer | undefined;
  /** Undefined if no token allows purges. */
  readonly purge: PurgeOptions | undefined;
  /** Undefined if no token allows it, or the runtime sends no requests of its own. */
  readonly warm: WarmOptions | undefined;
  /** Undefined without a token that allows to read and change the accounts of agents. */
  readonly ledger: LedgerOptions | undefined;
  /** The operator's pages. @default none */
  readonly pages?: Iterable<readonly [path: string, page: OurDocument]> | undefined;
  /** Undefined if the rules or the runtime have none, or no token allows to read them. */
  readonly metrics?: MetricsOptions | undefined;
  /** In development only: it would show strangers which directories and lists a site trusts. */
  readonly agents: (() => IdentityState) | undefined;
}

/** Our own endpoints, by path. */
export function ownEndpoints(options: EndpointsOptions): Map<string, OurDocument> {
  const { health, rulesState, isOriginUp, isDraining, purge, ledger, agents } = options;
  const { describe, decideViewer } = options;
  /** Responds with the status, and with details if the request has the token. */
  const respond = async (
    exchange: Exchange,
    status: object,
    code: 200 | 503,
  ): Promise<OwnResponse> => {
    const verdict = await decideViewer?.(exchange);
    if (verdict?.kind !== "granted") return jsonResponse(status, code);
    return jsonResponse({ ...status, ...(await describe()) }, code);
  };
  const healthy = ours((exchange) => {
    const isMissing = rulesState().isMissing === true;
    return respond(exchange, { status: isMissing ? "no-rules" : "ok" }, 200);
  });
  const ready = ours(async (exchange) => {
    const isUp = isOriginUp === undefined || (await isOriginUp());
    const hasRules = rulesState().isMissing !== true;
    const isReady = hasRules && isUp && !isDraining();
    if (!isReady) exchange.record?.refused("not-ready", "endpoint");
    return respond(exchange, { ready: isReady }, isReady ? 200 : 503);
  });
  const endpoints = new Map<string, OurDocument>([
    ...(ledger === undefined ? [] : ledgerEndpoints(ledger)),
    [`${OWN_FOLDER}/ready`, ready],
    [`${OWN_FOLDER}/health`, healthy],
    ...(options.pages ?? []),
  ]);
  if (health) endpoints.set(READYZ, ready).set(HEALTHZ, healthy);
  if (agents !== undefined) {
    const make = () => jsonResponse(agents());
    endpoints.set(`${OWN_FOLDER}/agents`, ours(make));
  }
  if (purge !== undefined) {
    const make = (exchange: Exchange) => purgeEndpoint(exchange, purge);
    endpoints.set(PURGE, { owner: "ours", methods: ["POST"], make });
  }
  const { metrics, warm } = options;
  if (warm !== undefined) {
    const make = (exchange: Exchange) => warmEndpoint(exchange, warm);
    endpoints.set(WARM, { owner: "ours", methods: ["POST"], make });
  }
  if (metrics !== undefined) {
    endpoints.set(
      METRICS,
      ours((exchange) => metricsEndpoint(exchange, metrics)),
    );
  }
  for (const [name, about] of Object.entries(PROBLEMS)) {
    const make = () => jsonResponse({ name, ...about });
    endpoints.set(`${OWN_FOLDER}/problems/${name}`, ours(make));
  }
  return endpoints;
}

function ours(make: OurDocument["make"]): OurDocument {
  return { owner: "ours", make };
}
