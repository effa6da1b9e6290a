import type { Agent } from "../agent/agent.ts";
import { createApp } from "../app.ts";
import { summarize, type Summary } from "../telemetry/trace/summary.ts";
import type { Trace } from "../telemetry/trace/trace.ts";
import type { OnTrace } from "../telemetry/trace/tracer.ts";
import { FieldList } from "../http/fields.ts";
import { MadeBody } from "../pipeline/body.ts";
import type { OriginRequest, OriginResponse } from "../pipeline/exchange.ts";
import type { LoadedRules } from "../rules/load.ts";
import { nodeDeltaCodecs } from "../runtime/node/delta-codecs.ts";
import { nodePlainCodecs } from "../runtime/node/plain-codecs.ts";
import { NODE_DECODABLE } from "../runtime/node/content-decoder.ts";
import { publicOrigins } from "../runtime/public-url.ts";
import { streamEngine } from "../features/markdown/stream/index.ts";
import { memoryStore } from "../store/memory.ts";
import type { Store } from "../store/store.ts";
import { FactExchange } from "./exchange.ts";
import type { RequestFacts, ResponseFacts } from "./facts.ts";
import type { LoadTurndown } from "../features/markdown/engines.ts";
import type { FeatureList } from "../feature/define.ts";
import { settingOf } from "../rules/feature-settings.ts";
import type { RulesFile } from "../rules/schema.ts";

/** A trace, and what became of the request by each feature in words. */
export interface Traced {
  readonly trace: Trace;
  readonly summaries: readonly Summary[];
}

/** Puts a trace into words. */
export function toTraced(...[trace, about]: Parameters<OnTrace>): Traced {
  const summaries = about.features.flatMap((definition) => {
    const { policy } = about.effectiveOf(definition.key);
    const found = trace.features.find(({ feature }) => feature === definition.key);
    return found === undefined
      ? []
      : [summarize(definition, found, { agent: about.agent, policy })];
  });
  return { trace, summaries };
}

/** What a run needs besides the facts. */
export interface OfflineOptions extends LoadedRules {
  /** The text of an address list that the bot table names as a file. */
  readonly readList?: (path: string) => string | undefined;
  /** The store of a proxy, which is only read. @default an empty one */
  readonly store?: Store | undefined;
  /** Whose data in the store counts. @default the rules' origin */
  readonly originServer?: string | undefined;
  /** Certificates in PEM that a real origin server's has to descend from. @default the public authorities' */
  readonly originCa?: string | undefined;
  /** Loads the markdown engine on turndown. @default every page is converted by the other engine */
  readonly loadTurndown?: LoadTurndown | undefined;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/**
 * Takes a request through the whole proxy in memory: the origin answers what is given, nothing is
 * stored, and nobody is asked over the network.
 */
export async function runOffline(
  options: OfflineOptions,
  request: RequestFacts,
  response: ResponseFacts,
): Promise<Traced> {
  const { rules, bots, features, now, originServer = rules.origin } = options;
  let traced: Traced | undefined;
  const { pipeline, generations } = createApp(
    { rules, bots, features, dev: false, originServer },
    {
      store:
        options.store === undefined
          ? memoryStore({ now, maxEntries: 256 })
          : readOnlyStore(options.store),
      engine: streamEngine,
      loadTurndown: options.loadTurndown,
      codecs: nodeDeltaCodecs(),
      plain: nodePlainCodecs(),
      decodable: NODE_DECODABLE,
      fetchDirectory: () => Promise.reject(new Error("nobody is asked offline")),
      readList: options.readList,
      askOrigin: async (asked) => answerOwn(asked, response),
      ...(request.agent === undefined ? {} : { identify: () => request.agent as Agent }),
      onTrace: (...told) => (traced = toTraced(...told)),
      now,
      log: { info: () => {}, warn: () => {} },
    },
  );
  // Known from the start, so that the variant key has it.
  await generations.of({});
  const { publicOrigin, agents } = rules;
  const find = publicOrigins({ publicOrigin, trustedProxyHops: agents.trustedProxyHops });
  const { scheme, host } = request;
  const seenAs = find({ scheme, host, field: () => undefined });
  const exchange = new FactExchange(request, seenAs ?? { origin: `${scheme}://${host}`, host });
  const answer = await pipeline(exchange, async (asked) => answerWith(asked, response));
  answer.body?.release();
  if (traced === undefined) throw new Error("no trace was made");
  return traced;
}

/** A HEAD gets no content, and neither does a status that has none. */
function answerWith({ method }: OriginRequest, response: ResponseFacts): OriginResponse {
  const { status, content } = response;
  const fields = FieldList.from(response.fields.flat());
  const isEmpty = status === 204 || status === 304;
  if (!isEmpty && fields.get("content-length") === undefined) {
    fields.set("content-length", String(content.length));
  }
  return { status, fields, body: isEmpty || method === "HEAD" ? null : new MadeBody(content) };
}

/** What we ask for on our own account (robots.txt, sitemaps) is not there; every page is the one given. */
function answerOwn(asked: OriginRequest, response: ResponseFacts): OriginResponse {
  if (!/\.(?:txt|xml|gz)$/.test(asked.target)) return answerWith(asked, response);
  return { status: 404, fields: FieldList.from([]), body: null };
}

const drop = async (): Promise<void> => {};

/** A store that can be looked into: what is written is dropped, and nobody else's work is taken. */
export function readOnlyStore(store: Store): Store {
  return {
    blobs: { get: (hash) => store.blobs.get(hash), put: drop, delete: drop },
    index: { get: (key) => store.index.get(key), put: drop },
    ledger: { read: (group) => store.ledger.read(group), change: drop, claim: async () => false },
    close: () => store.close?.(),
  };
}

/** The rules with everything enforced that they only observe: what would differ if they did. */
export function withEnforce(file: RulesFile, features: FeatureList): RulesFile {
  return {
    ...file,
    defaults: enforce(file.defaults, features),
    rules: file.rules.map((rule) => enforce(rule, features)),
  };
}

function enforce<Part extends object>(part: Part, features: FeatureList): Part {
  const changed: Record<string, unknown> = {};
  for (const { key: feature } of features) {
    const setting = settingOf(part, feature);
    if (setting === "observe") changed[feature] = true;
    else if (typeof setting === "object" && setting.mode !== "off") {
      // A share of agents is observed, too.
      changed[feature] = { ...setting, mode: "enforce", percentage: 100 };
    }
  }
  return { ...part, ...changed };
}
