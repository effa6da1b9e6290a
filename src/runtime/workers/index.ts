import { now } from "../../timing/duration.ts";
import type { ExecutionContext } from "@cloudflare/workers-types";
import { createApp, type App } from "../../app.ts";
import { problem, type ProblemName } from "../../http/problem.ts";
import { dnsOverHttps } from "../../agent/dns-over-https.ts";
import type { LoadedRules } from "../../rules/load.ts";
import type { RulesFile } from "../../rules/schema.ts";
import { streamEngine } from "../../features/markdown/stream/index.ts";
import { createRecorder, type Recorder, type RequestRecord } from "../../telemetry/record.ts";
import type { Tokens } from "../../admin/bearer.ts";
import { tokenSearch, type TokenSearch } from "../../admin/token-search.ts";
import { decideAdmission, OPTIONS_ANSWER, showsToken, tooLong } from "../admit.ts";
import { publicOrigins, type FindPublicOrigin, type PublicOrigin } from "../public-url.ts";
import { clientAddress } from "../client-address.ts";
import type { Answer } from "../../pipeline/exchange.ts";
import { WebExchange } from "../web/exchange.ts";
import { WebRequest } from "../web/request.ts";
import { andThen, type Awaitable } from "../../timing/and-then.ts";
import { askOrigin } from "../web/origin-client.ts";
import { WebOrigins } from "../web/origin-routes.ts";
import { reviveByFetch, toResponse } from "../web/respond.ts";
import { watchAnswer, watchRequest, watchResponse } from "../web/watch-response.ts";
import { objectAccounts } from "./accounts-object.ts";
import { bucketDeltas } from "./built-deltas.ts";
import { contentParts, DECODABLE, decoderOf } from "./codings.ts";
import type { Env } from "./env.ts";
import { clientFacts, withoutTokens } from "./incoming.ts";
import { Invocation } from "./invocation.ts";
import { Isolate, type Shared } from "./isolate.ts";
import { chosen } from "./operator-entry.ts";
import { isAlwaysOpen } from "../unruled.ts";
import { objectRates, rateBindingOf } from "./rates-object.ts";
import { objectReplay } from "./replay-object.ts";
import { analyticsFigures } from "./analytics-figures.ts";
import { workerServices } from "./services.ts";
import { settingsOf, tokenOf } from "./settings.ts";

export type { Env } from "./env.ts";
export { Accounts, Ledger, Rates, ReplayGuard } from "./objects.ts";
export { useFeatures, useTurndown } from "./operator-entry.ts";

const SHARED = { decodable: DECODABLE, decoderOf };

/** The proxy under one version of the rules. */
interface RunningProxy {
  readonly app: App;
  readonly rules: RulesFile;
  readonly origins: WebOrigins;
  readonly findPublicOrigin: FindPublicOrigin;
  readonly search: TokenSearch | undefined;
  readonly recorder: Recorder | undefined;
}

/** The state of this isolate, whose bindings never change. */
let isolate: Isolate<RunningProxy> | undefined;

export default {
  fetch(raw: Request, env: Env, context: ExecutionContext): Awaitable<Response> {
    const invocation = new Invocation(raw, context);
    if (isolate === undefined) {
      isolate = new Isolate(env, now, start, chosen.features);
      if (env.CHECK_ORIGIN === "1") invocation.waitUntil(isolate.running.app.isOriginUp());
    }
    const started = isolate;
    const starting = started.refreshInBackground(invocation);
    return starting === undefined
      ? serve(raw, env, invocation, started)
      : starting.then(() => serve(raw, env, invocation, started));
  },

  /** The cron trigger: fetches address lists for all isolates, and may log the sums of the day before. */
  async scheduled(event: { readonly scheduledTime?: number }, env: Env): Promise<void> {
    isolate ??= new Isolate(env, now, start, chosen.features);
    await isolate.refreshLists();
    await isolate.logDayBefore(analyticsFigures(env)?.().reader, event.scheduledTime);
  },
};

interface Received {
  readonly request: WebRequest;
  readonly invocation: Invocation;
  readonly facts: ReturnType<typeof clientFacts>;
  readonly record: RequestRecord | undefined;
  /** Seconds for Retry-After if the proxy is closed for lack of valid rules. */
  readonly closedFor: number | undefined;
}

function serve(
  raw: Request,
  env: Env,
  invocation: Invocation,
  { running, unruled, refresh }: Isolate<RunningProxy>,
): Awaitable<Response> {
  const request = new WebRequest(raw);
  const facts = clientFacts(request, env.LOCAL === "1");
  const known = { version: facts.version, address: facts.peer };
  const record = watchRequest(request, known, running.recorder);
  const closedFor = unruled === "closed" ? refresh : undefined;
  const received: Received = { request, invocation, facts, record, closedFor };
  const failed = (error: unknown): Response => {
    record?.defect(error);
    return refuse(received, "internal", "The proxy failed on this request.");
  };
  try {
    return respond(running, received, failed);
  } catch (error) {
    return failed(error);
  }
}

/** @param failed responds if the proxy fails later */
function respond(
  running: RunningProxy,
  given: Received,
  failed: (error: unknown) => Response,
): Awaitable<Response> {
  const { app, rules, search, findPublicOrigin, origins } = running;
  const { invocation, facts, record, closedFor } = given;
  const request = withoutTokens(given.request, search);
  const received = request === given.request ? given : { ...given, request };
  const { field } = request;
  const { scheme, host, target } = request.parts;
  // workerd writes the target "*" directly after the host.
  const named = host.endsWith("*") ? host.slice(0, -1) : host;
  const publicOrigin = findPublicOrigin({ scheme, host: named, field });
  if (publicOrigin === undefined) {
    const detail = "The request does not name a valid host.";
    return refuse(received, "bad-request", detail);
  }
  if (closedFor !== undefined && !isAlwaysOpen(target) && !app.owns(target)) {
    const detail = "The operator must correct the rules; try again later.";
    const closed = refuse(received, "rules-faulty", detail);
    closed.headers.set("retry-after", String(closedFor));
    return closed;
  }
  const shown = showsToken({ host, target }, search);
  if (shown !== undefined) return refuse(received, shown.problem, shown.detail);
  const refused = admit(received, target, rules);
  if (refused !== undefined) return refused;
  if (record !== undefined) record.origin = origins.originServer;
  const exchange = exchangeOf(received, publicOrigin, rules, received === given);
  const answer = app.pipeline(exchange, (asked) =>
    askOrigin(request, asked, {
      origins,
      onAddress: (url, name) => {
        record?.sentTo(url, name);
      },
      rules,
      search,
      publicOrigin,
      facts,
      decoderOf,
      contentCheck: exchange.contentCheck,
      signal: invocation.signal,
    }),
  );
  const send = (sent: Answer): Response => {
    try {
      return toResponse(watchAnswer(sent, record));
    } catch (error) {
      return failed(error);
    }
  };
  return andThen(answer, send, failed);
}

/** @param isWhole whether no field was removed */
function exchangeOf(
  { request, facts, record, invocation }: Received,
  publicOrigin: PublicOrigin,
  { agents, forwarded }: RulesFile,
  isWhole: boolean,
): WebExchange {
  const hops = agents.trustedProxyHops;
  return new WebExchange(request, publicOrigin, {
    acceptEncoding: isWhole ? facts.acceptEncoding : undefined,
    trustsForwarded: hops > 0 && forwarded !== "none",
    upgrades: true,
    clientAddress: clientAddress(facts.peer, request.field("x-forwarded-for"), hops),
    // With another proxy in front, the platform sees the country of that.
    country: hops === 0 ? facts.country : undefined,
    platformVerdict: facts.verdict,
    record,
    background: (work) => invocation.waitUntil(work),
  });
}

/** Responds to a request that is not forwarded; undefined if it is. */
function admit(received: Received, target: string, { paths }: RulesFile): Response | undefined {
  const { request, record } = received;
  const long = tooLong(target, paths);
  if (long !== undefined) return refuse(received, long.problem, long.detail);
  const { method, hasContent, field } = request;
  const asterisk = request.url.endsWith(`//${field("host")}*`);
  const admission = decideAdmission({ method, asterisk, isOld: false, field });
  if (admission.kind === "refuse") {
    return refuse(received, admission.problem, admission.detail);
  }
  if (admission.kind === "answer") {
    const { status, fields } = OPTIONS_ANSWER;
    return watchResponse(
      new Response(null, { status, headers: Object.fromEntries(fields) }),
      record,
    );
  }
  const isBodiless = method === "GET" || method === "HEAD";
  if (isBodiless && hasContent && field("content-length") === undefined) {
    const detail = "Content of GET or HEAD needs a Content-Length.";
    return refuse(received, "length-required", detail);
  }
  return undefined;
}

function refuse({ request, record }: Received, name: ProblemName, detail: string): Response {
  record?.refused(name, "admission");
  const { status, fields, content } = problem(name, detail, request.field("accept"));
  const headers = fields as [string, string][];
  return watchResponse(new Response(content, { status, headers }), record);
}

function start(env: Env, loaded: LoadedRules, shared: Shared, before?: RunningProxy): RunningProxy {
  const { log } = shared;
  const { rules } = loaded;
  const origin = env.ORIGIN_URL ?? rules.origin;
  if (origin === undefined) throw new Error("no origin: set ORIGIN_URL or `origin` in the rules");
  if (rules.originHost === "public") {
    // fetch() sets Host from the URL and ignores the field.
    log.warn("origin-host-unsupported", { sent: new URL(origin).host, public: "X-Forwarded-Host" });
  }
  const tokens: Tokens = {
    admin: tokenOf("ADMIN_TOKEN", env, log),
    purge: tokenOf("PURGE_TOKEN", env, log),
  };
  const search = tokenSearch(tokens);
  const lists = JSON.parse(env.IP_RANGES ?? "{}") as Readonly<Record<string, string>>;
  const limit = env.ORIGIN_TIMEOUT === undefined ? undefined : Number(env.ORIGIN_TIMEOUT);
  const origins =
    before?.origins.suits(rules, origin, limit) === true
      ? before.origins
      : new WebOrigins({ rules, originServer: origin, originTimeout: limit, ...SHARED, log });
  const app = createApp(
    { ...settingsOf(env, loaded, origins), rulesVersion: shared.version },
    {
      ...shared,
      adminToken: tokens.admin,
      purgeToken: tokens.purge,
      engine: streamEngine,
      loadTurndown: chosen.loadTurndown,
      ...contentParts(),
      // The bucket has one set of deltas, whatever folder the rules name.
      builtIn: () => env.BLOBS && bucketDeltas(env.BLOBS, { now, log }),
      decodable: DECODABLE,
      cache: { revive: reviveByFetch(decoderOf), hasCodedBytes: false },
      fetchDirectory: (url, init) => fetch(url, init),
      accounts: env.ACCOUNTS && objectAccounts(env.ACCOUNTS),
      services: workerServices(env),
      figures: analyticsFigures(env),
      askOrigin: origins.askOwn,
      describeOrigins: () => origins.describe(),
      // fetch() sets Host from the URL.
      sendsHost: false,
      // waitUntil allows 30 seconds after the response.
      backgroundLimit: 25_000,
      // KV takes up to 60 seconds more, and each read costs.
      rereadAfter: env.INDEX === undefined ? undefined : 25,
      fetchList: (url, init) => fetch(url, init),
      readList: (path) => (Object.hasOwn(lists, path) ? lists[path] : undefined),
      dns: (service = CLOUDFLARE_DNS) => dnsOverHttps(service, (url, init) => fetch(url, init)),
      replay: env.REPLAY === undefined ? undefined : objectReplay(env.REPLAY),
      rates: env.RATES === undefined ? undefined : objectRates(env.RATES),
      rateBinding: (name) => rateBindingOf(env, name),
      now,
    },
    before?.app,
  );
  return {
    app,
    rules,
    search,
    findPublicOrigin: publicOrigins(rules),
    origins,
    recorder: createRecorder(shared.sinks, log, search, () => app.events),
  };
}

const CLOUDFLARE_DNS = "https://cloudflare-dns.com/dns-query";
