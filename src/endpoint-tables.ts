import { accountWarnings } from "./admin/account-warning.ts";
import type { Tokens } from "./admin/bearer.ts";
import { ownEndpoints, type EndpointsOptions } from "./admin/endpoints.ts";
import { describeHealth, describeSources, type HealthDetails } from "./admin/health.ts";
import { loginState, operatorPages } from "./admin/operator-pages.ts";
import { operatorLedger } from "./admin/operator-ledger.ts";
import { ownTargets } from "./admin/own-target.ts";
import { dashboardPages } from "./admin/dashboard/pages.ts";
import type { Identification } from "./agent/identification.ts";
import type { FeatureParts } from "./feature/parts.ts";
import { ownDocuments } from "./own-documents.ts";
import type { Answer, Exchange } from "./pipeline/exchange.ts";
import { answerOurs, type OurDocument, type OwnDocuments } from "./pipeline/own-documents.ts";
import type { Warm } from "./pipeline/warm.ts";
import type { Canaries } from "./pipeline/canary/canaries.ts";
import type { FeatureStage } from "./pipeline/stage.ts";
import { processMemory } from "./memory/budget.ts";
import type { Platform, Settings } from "./platform.ts";
import { readHealth } from "./rules/origin-schema.ts";
import type { SharedGenerations } from "./store/generations.ts";
import type { OriginState } from "./admin/origin-state.ts";
import type { Conditions } from "./telemetry/conditions.ts";

interface EndpointParts {
  readonly settings: Settings;
  readonly platform: Platform;
  readonly generations: SharedGenerations;
  readonly identification: Identification;
  readonly stages: readonly FeatureStage[];
  readonly origin: OriginState;
  readonly conditions: Conditions;
  readonly canaries: Pick<Canaries, "describe">;
  readonly lasting: FeatureParts["lasting"];
  /** Prepares addresses; undefined if the runtime sends no requests of its own. */
  readonly warm: Warm | undefined;
}

/** Our own endpoints, on the site's listener and on the operator's. */
export interface EndpointTables {
  readonly site: OwnDocuments;
  /** Responds on the operator's listener. */
  readonly operator: (exchange: Exchange) => Promise<Answer>;
}

/** Creates the tables of our own endpoints, which the site's listener shares with other own documents. */
export function endpointTables(parts: EndpointParts): EndpointTables {
  const { settings, platform, stages } = parts;
  const health = readHealth(settings.rules.health);
  const isReserved = ownTargets({ health: health.paths, paths: settings.rules.paths });
  const options = endpointOptions(parts, health);
  const isApart = platform.hasOperatorListener === true;
  const onSite = isApart ? { ...options, ...OPERATOR_ONLY } : options;
  const tableOf = (each: EndpointsOptions): OwnDocuments =>
    ownDocuments(ownEndpoints(each), isReserved, stages, settings, platform.now);
  const site = tableOf(onSite);
  // Without a public origin, the URLs of a purge have another host than the operator's listener.
  const ofAllHosts = settings.rules.publicOrigin === undefined;
  const { purge, warm } = options;
  const own = isApart
    ? tableOf({
        ...options,
        purge: purge && { ...purge, ofAllHosts },
        warm: warm && { ...warm, ofAllHosts },
      })
    : site;
  return {
    site,
    operator: (exchange) => {
      const document = exchange.target === "/" ? TO_HOME : own(exchange.target);
      return answerOurs(document?.owner === "ours" ? document : NOTHING, exchange);
    },
  };
}

/** The endpoints that only the operator's listener has, if there is one. */
const OPERATOR_ONLY = {
  decideViewer: undefined,
  pages: undefined,
  purge: undefined,
  warm: undefined,
  ledger: undefined,
  metrics: undefined,
  agents: undefined,
};

const NOTHING: OurDocument = { owner: "ours", methods: "any", make: () => undefined };

const TO_HOME: OurDocument = {
  owner: "ours",
  make: () => ({ status: 303, fields: [["location", "/.wayleave/"]], content: null }),
};

function endpointOptions(
  parts: EndpointParts,
  health: ReturnType<typeof readHealth>,
): EndpointsOptions {
  const { settings, platform, generations, identification, stages, origin, conditions } = parts;
  const { dev } = settings;
  const tokens: Tokens = { admin: platform.adminToken, purge: platform.purgeToken };
  const startedAt = platform.now();
  const rulesState = platform.rulesState ?? (() => ({ version: undefined, since: startedAt }));
  const mayPurge = tokens.admin !== undefined || tokens.purge !== undefined;
  const own = (): HealthDetails => ({
    ...describeHealth(rulesState(), processMemory),
    ...describeSources(identification.describe()),
    origin: origin.describe(),
    origins: platform.describeOrigins?.() ?? [],
    ...conditions.describe(),
    telemetry: platform.describeTelemetry?.() ?? {},
    clients: platform.describeClients?.() ?? null,
    canaries: parts.canaries.describe(),
    ...(Object.assign({}, ...stages.map((stage) => stage.describe?.())) as object),
  });
  const describe = platform.siblings?.health(own) ?? own;
  return {
    ...operatorParts(parts, describe),
    health: health.paths,
    isOriginUp: health.origin ? origin.isUp : undefined,
    isDraining: platform.isDraining ?? (() => false),
    describe,
    rulesState,
    purge: mayPurge ? { ...platform, generations, tokens } : undefined,
    warm: mayPurge && parts.warm ? { tokens, warm: parts.warm, log: platform.log } : undefined,
    ledger: ledgerParts(platform, settings),
    metrics: metricsParts(platform, settings),
    agents: dev ? () => identification.describe() : undefined,
  };
}

/** The endpoints of the ledger; none without a token. */
function ledgerParts(
  { adminToken, accounts, now, log }: Platform,
  { bots }: Settings,
): EndpointsOptions["ledger"] {
  if (adminToken === undefined) return undefined;
  const ledger = accounts && operatorLedger({ accounts, now, warningOf: accountWarnings(bots) });
  return { adminToken, ledger, now, log };
}

/** The endpoint of metrics, if the runtime counts, the rules want it, and a token allows to read it. */
function metricsParts(
  { metrics, adminToken }: Platform,
  { rules }: Settings,
): EndpointsOptions["metrics"] {
  if (metrics === undefined || adminToken === undefined) return undefined;
  return rules.telemetry.metrics ? { metrics, adminToken } : undefined;
}

/** The operator's pages; none without a token. */
function operatorParts(
  { settings, platform, lasting }: EndpointParts,
  describe: EndpointsOptions["describe"],
): Pick<EndpointsOptions, "pages" | "decideViewer"> {
  const { adminToken, now, services, log, figures, siblings } = platform;
  if (adminToken === undefined) return {};
  const { rules } = settings;
  return operatorPages({
    ...lasting("operator", () => loginState(adminToken, now, siblings)),
    adminToken,
    rules: rules.admin,
    trustedProxyHops: rules.agents.trustedProxyHops,
    services,
    now,
    log,
    dashboard: dashboardPages({ figures, describe, now, log }),
  });
}
