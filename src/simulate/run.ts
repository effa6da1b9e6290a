import type { Agent } from "../agent/agent.ts";
import { createApp } from "../app.ts";
import { summarize, type Summary } from "../telemetry/trace/summary.ts";
import type { Trace } from "../telemetry/trace/trace.ts";
import type { OnTrace } from "../telemetry/trace/tracer.ts";
import { FieldList } from "../http/fields.ts";
import { INVENTED } from "../http/known-paths.ts";
import { isOwnField } from "../http/request-fields.ts";
import { MadeBody } from "../pipeline/body.ts";
import type { Exchange, OriginRequest, OriginResponse } from "../pipeline/exchange.ts";
import type { LoadedRules } from "../rules/load.ts";
import { nodeContentParts } from "../runtime/node/codecs.ts";
import { RequestExchange } from "../runtime/exchange.ts";
import { publicOrigins, type PublicOrigin } from "../runtime/public-url.ts";
import { silentLog } from "../telemetry/log.ts";
import { memoryStore } from "../store/memory.ts";
import type { Store } from "../store/store.ts";
import type { RequestFacts, ResponseFacts } from "./facts.ts";
import type { LoadTurndown } from "../features/markdown/engines.ts";
import type { FeatureList } from "../feature/define.ts";
import { settingOf } from "../rules/feature-settings.ts";
import type { RulesFile } from "../rules/schema.ts";

/** A trace, with the result of each feature in words. */
export interface Traced {
  readonly trace: Trace;
  readonly summaries: readonly Summary[];
}

/** Summarizes a trace in words. */
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

/** Options of a simulation. */
export interface OfflineOptions extends LoadedRules {
  /** Reads an address list that the bot table names as a file. */
  readonly readList?: (path: string) => string | undefined;
  /** The store of a proxy, which is only read. @default an empty store */
  readonly store?: Store | undefined;
  /** The origin server whose stored data is used. @default the rules' origin */
  readonly originServer?: string | undefined;
  /** CA certificates in PEM for a real origin server. @default the public authorities */
  readonly originCa?: string | undefined;
  /** Those of the named origin servers, by name. */
  readonly originCas?: Readonly<Record<string, string>>;
  /** Loads the markdown engine that uses turndown. @default the other engine converts every page */
  readonly loadTurndown?: LoadTurndown | undefined;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/**
 * Runs a request through the whole proxy in memory. The origin server sends the given response;
 * nothing is stored, and no network is used.
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
      ...nodeContentParts(),
      loadTurndown: options.loadTurndown,
      fetchDirectory: () => Promise.reject(new Error("no requests are sent offline")),
      readList: options.readList,
      askOrigin: async (asked) => answerOwn(asked, response),
      ...(request.agent === undefined ? {} : { identify: () => request.agent as Agent }),
      onTrace: (...told) => (traced = toTraced(...told)),
      now,
      log: silentLog,
    },
  );
  // Read in advance, so that the variant key contains it.
  await generations.of({});
  const { scheme, host } = request;
  const seenAs = publicOrigins(rules)({ scheme, host, field: () => undefined });
  const exchange = new FactExchange(request, seenAs ?? { origin: `${scheme}://${host}`, host });
  const answer = await pipeline(exchange, async (asked) => answerWith(asked, response));
  answer.body?.release();
  if (traced === undefined) throw new Error("no trace was made");
  return traced;
}

/** The exchange of a simulated request. */
export class FactExchange extends RequestExchange implements Exchange {
  readonly method: string;
  readonly clientAddress: string | undefined;
  readonly country: string | undefined;
  /** Work after the response. */
  readonly work: Promise<unknown>[] = [];
  readonly #fields: FieldList;

  constructor(facts: RequestFacts, publicOrigin: PublicOrigin) {
    super(facts.target, publicOrigin);
    this.method = facts.method;
    this.clientAddress = facts.address;
    this.country = facts.country;
    this.#fields = FieldList.from(facts.fields.flat());
  }

  field(name: string): string | undefined {
    return this.#fields.get(name);
  }

  forwardable(): FieldList {
    return FieldList.from(this.#fields.flat(), isOwnField);
  }

  background(work: Promise<unknown>): void {
    this.work.push(work.catch(() => {}));
  }
}

/** The given response, without content for HEAD and for a status that has none. */
function answerWith({ method }: OriginRequest, response: ResponseFacts): OriginResponse {
  const { status, content } = response;
  const fields = FieldList.from(response.fields.flat());
  const isEmpty = status === 204 || status === 304;
  if (!isEmpty && fields.get("content-length") === undefined) {
    fields.set("content-length", String(content.length));
  }
  return { status, fields, body: isEmpty || method === "HEAD" ? null : new MadeBody(content) };
}

/**
 * The response to our own requests: 404 for robots.txt, sitemaps and addresses that the proxy
 * invents, else the given response.
 */
function answerOwn(asked: OriginRequest, response: ResponseFacts): OriginResponse {
  const isMissing = /\.(?:txt|xml|gz)$/.test(asked.target) || asked.target.includes(INVENTED);
  if (!isMissing) return answerWith(asked, response);
  return { status: 404, fields: FieldList.from([]), body: null };
}

const drop = async (): Promise<void> => {};

/** Wraps a store so that it is only read: writes are dropped, and claims fail. */
function readOnlyStore(store: Store): Store {
  return {
    blobs: { get: (hash) => store.blobs.get(hash), put: drop, delete: drop },
    index: { get: (key) => store.index.get(key), put: drop },
    ledger: { read: (group) => store.ledger.read(group), change: drop, claim: async () => false },
    close: () => store.close?.(),
  };
}

/** The rules with `observe` changed to `enforce`. */
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
      // For the other agents, a percentage observes.
      changed[feature] = { ...setting, mode: "enforce", percentage: 100 };
    }
  }
  return { ...part, ...changed };
}
