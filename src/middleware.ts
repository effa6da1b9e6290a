import type { Context, Hono, MiddlewareHandler } from "hono";
import type { Bot } from "./agent/bots.ts";
import type { PrivateJwk } from "./agent/web-bot-auth/index.ts";
import type { Pipeline } from "./pipeline/run.ts";
import { createApp } from "./app.ts";
import type { IdentityPlatform } from "./agent/identification.ts";
import type { DeltaCodec } from "./codecs/delta.ts";
import type { PlainCodec } from "./codecs/plain/codec.ts";
import { urlOnOrigin } from "./http/target.ts";
import type { OriginRequest } from "./pipeline/exchange.ts";
import type { FeatureList } from "./feature/define.ts";
import { FEATURES } from "./features.ts";
import { readRules, RulesError } from "./rules/load.ts";
import { logDeprecations } from "./runtime/rules-in-force.ts";
import type { RulesFileInput } from "./rules/schema.ts";
import { publicOrigins, type FindPublicOrigin } from "./runtime/public-url.ts";
import { ambientPlainCodecs } from "./runtime/web/plain-codecs.ts";
import type { ContentCheck } from "./pipeline/content-check.ts";
import { checkedBody } from "./runtime/web/origin-client.ts";
import { WebExchange } from "./runtime/web/exchange.ts";
import { toHeaders } from "./runtime/web/fields.ts";
import { WebRequest } from "./runtime/web/request.ts";
import { fromResponse, toResponse } from "./runtime/web/respond.ts";
import type { MarkdownEngine } from "./feature/parts.ts";
import type { LoadTurndown } from "./features/markdown/engines.ts";
import { streamEngine } from "./features/markdown/stream/index.ts";
import type { AccountStore } from "./store/accounts.ts";
import { memoryAccounts } from "./store/memory-accounts.ts";
import { memoryStore } from "./store/memory.ts";
import type { RateStore } from "./store/rates.ts";
import type { Store } from "./store/store.ts";
import { watchAnswer, watchRequest } from "./runtime/web/watch-response.ts";
import type { EventSink } from "./telemetry/event.ts";
import { createRecorder, type Recorder } from "./telemetry/record.ts";
import { jsonLog, type Log } from "./telemetry/log.ts";

export type { Bot } from "./agent/bots.ts";
export type { DeltaCodec } from "./codecs/delta.ts";
export type { PlainCodec } from "./codecs/plain/codec.ts";
export { FEATURES } from "./features.ts";

/** The rules, as in the rules file; your own features add their keys. */
export type RulesInput<Features extends FeatureList = typeof FEATURES> = RulesFileInput<Features>;
export type { RateStore } from "./store/rates.ts";
export type { Store } from "./store/store.ts";
export type { Log } from "./telemetry/log.ts";

/** The options of the Hono middleware. */
export interface WayleaveOptions<Features extends FeatureList = typeof FEATURES> {
  /** The rules, as in the rules file; `origin` has no effect. */
  readonly rules: RulesInput<Features>;
  /** The features in order, e.g. `[mine, ...FEATURES]`. @default FEATURES, the built-in ones */
  readonly features?: Features;
  /** The bot table, into which `rules.agents.bots` is merged. @default none */
  readonly bots?: readonly Bot[];
  /** The app that uses this middleware; with it, `…/index.md` is made from the route of `…/`. */
  readonly app?: Pick<Hono, "fetch">;
  /** Delta codecs, e.g. `nodeDeltaCodecs()` of `wayleave/node`. @default none, so no deltas */
  readonly codecs?: readonly DeltaCodec[];
  /**
   * Codecs of plain content codings. @default those of `node:zlib`, which Node has, and Workers with
   * `nodejs_compat`; none elsewhere
   */
  readonly plain?: readonly PlainCodec[];
  /** @default a store in memory */
  readonly store?: Store;
  /** Counts requests for limits, e.g. `redisStore(…).rates`. @default the memory of the process */
  readonly rates?: RateStore;
  readonly engine?: MarkdownEngine;
  /** Loads the engine for `"engine": "turndown"`, from `wayleave/turndown`. @default none, so `engine` converts */
  readonly loadTurndown?: LoadTurndown;
  readonly fetch?: typeof fetch;
  /** Seconds since the epoch. */
  readonly now?: () => number;
  readonly log?: Log;
  /** Receive the event of each request. @default one that logs failures and refusals */
  readonly sinks?: readonly EventSink[];
  /** Returns the client's address, from a source that you trust. @default unknown, so no network evidence */
  readonly clientAddress?: (context: Context) => string | undefined;
  /**
   * Returns the client's country in two letters, from a source that you trust. @default that of
   * `agents.countryField`, else unknown
   */
  readonly country?: (context: Context) => string | undefined;
  /**
   * How key directories are fetched; on Node, `nodeIdentity` refuses addresses that are not public.
   * @default `fetch`
   */
  readonly identity?: Partial<Omit<IdentityPlatform, "now" | "log">>;
  /**
   * The ledger of charges, e.g. `lastingSqliteAccounts` of `wayleave/store/sqlite`.
   * @default none, so that nobody can pay; in memory with `dev`
   */
  readonly accounts?: AccountStore;
  /** Returns a secret that the rules name, e.g. for an x402 facilitator. @default none */
  readonly secret?: (name: string) => string | undefined;
  /** Private keys of the site's own agents, whose key directory the middleware serves. @default none */
  readonly ownKeys?: readonly PrivateJwk[];
  /** Trusts test keys, and key directories on loopback. @default false */
  readonly dev?: boolean;
}

/** Creates wayleave as a Hono middleware, with the rest of the app as its origin. Throws if the rules have faults. */
export function wayleave<const Features extends FeatureList = typeof FEATURES>(
  options: WayleaveOptions<Features>,
): MiddlewareHandler {
  const now = options.now ?? (() => Math.floor(Date.now() / 1000));
  const features = options.features ?? FEATURES;
  const read = readOrThrow(options, features);
  const { rules } = read;
  const fetchFrom = options.fetch ?? fetch;
  const own = new WeakSet<Request>();
  const { app } = options;
  /** The `context.env` of handlers, the same for all requests of a process. */
  let bindings: Context["env"];
  const log = options.log ?? jsonLog((line) => console.warn(line));
  logDeprecations(read, log);
  const { pipeline, events } = createApp(
    { rules, features, bots: read.bots, dev: options.dev ?? false, ownKeys: options.ownKeys },
    {
      store: options.store ?? memoryStore(),
      rates: options.rates,
      engine: options.engine ?? streamEngine,
      loadTurndown: options.loadTurndown,
      codecs: options.codecs ?? [],
      plain: options.plain ?? ambientPlainCodecs(),
      // The middleware does not decode content that a handler has coded.
      decodable: new Set(),
      fetchDirectory: (url, init) => fetchFrom(url, init),
      askOrigin:
        app &&
        (async (request, host) => {
          const url = `http://${host}${request.target}`;
          const response = await askApp(app, own, bindings, url, request);
          return fromResponse(response, request.method, () => undefined);
        }),
      ...options.identity,
      accounts: options.accounts ?? (options.dev === true ? memoryAccounts() : undefined),
      services: {
        fetch: (url, init) => fetchFrom(url, init),
        secret: (name) => options.secret?.(name),
      },
      now,
      log,
      sinks: options.sinks,
    },
  );
  const recorder = createRecorder(options.sinks, log, undefined, () => events);
  const findPublicOrigin = publicOrigins(rules);

  const parts: Parts = { pipeline, own, recorder, findPublicOrigin, options };
  return (context, next) => {
    bindings ??= context.env;
    return handle(parts, context, next);
  };
}

interface Parts {
  readonly pipeline: Pipeline;
  /** Requests that the middleware itself sends into the app, and therefore passes on unchanged. */
  readonly own: WeakSet<Request>;
  readonly recorder: Recorder | undefined;
  readonly findPublicOrigin: FindPublicOrigin;
  readonly options: Pick<WayleaveOptions<FeatureList>, "app" | "clientAddress" | "country">;
}

async function handle(parts: Parts, context: Context, next: () => Promise<void>): Promise<void> {
  const { pipeline, own, recorder, findPublicOrigin, options } = parts;
  const { raw } = context.req;
  if (own.has(raw)) {
    await next();
    return;
  }
  const address = options.clientAddress?.(context);
  const request = new WebRequest(raw);
  const record = watchRequest(request, { version: "", address }, recorder);
  const { scheme, host } = request.parts;
  const publicOrigin = findPublicOrigin({ scheme, host, field: request.field });
  const exchange = new WebExchange(
    request,
    publicOrigin ?? { origin: `${scheme}://${host}`, host },
    {
      // The app gets the client's own forwarding fields.
      trustsForwarded: true,
      clientAddress: address,
      country: options.country?.(context),
      record,
      background: (work) => runInBackground(context, work),
    },
  );
  const answer = await pipeline(exchange, async (asked) => {
    const { target } = asked;
    const { app } = options;
    const response =
      target === exchange.target || app === undefined
        ? await askNext(context, own, next, asked, exchange.contentCheck)
        : await askApp(app, own, context.env, urlOnOrigin(target, new URL(raw.url)), asked);
    return fromResponse(response, asked.method, () => undefined);
  });
  // Without this, Hono would copy the old response's fields into the new one.
  context.res = undefined;
  context.res = toResponse(watchAnswer(answer, record));
}

function readOrThrow({ rules, bots = [] }: WayleaveOptions<FeatureList>, features: FeatureList) {
  const read = readRules(JSON.stringify(rules), JSON.stringify(bots), () => undefined, features);
  if (read.kind === "faulty") throw new RulesError("rules", read.faults);
  return read;
}

/** Sends a request into the app, which the middleware passes on unchanged. */
async function askApp(
  app: Pick<Hono, "fetch">,
  own: WeakSet<Request>,
  bindings: Context["env"],
  url: URL | string,
  { method, fields }: OriginRequest,
): Promise<Response> {
  const request = new Request(url, { method, headers: toHeaders(fields) });
  own.add(request);
  return app.fetch(request, bindings);
}

async function askNext(
  context: Context,
  own: WeakSet<Request>,
  next: () => Promise<void>,
  { fields }: OriginRequest,
  check: ContentCheck | undefined,
): Promise<Response> {
  const headers = toHeaders(fields);
  const host = context.req.raw.headers.get("host");
  if (host !== null) headers.set("host", host);
  const { raw } = context.req;
  const body = check === undefined ? {} : { body: checkedBody(raw, check), duplex: "half" };
  context.req.raw = new Request(raw, { headers, ...body });
  own.add(context.req.raw);
  await next();
  return context.res;
}

function runInBackground(context: Context, work: Promise<unknown>): void {
  try {
    context.executionCtx.waitUntil(work);
  } catch {
    // Node has no execution context, and needs none.
    work.catch(() => {});
  }
}
