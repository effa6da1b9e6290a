import { now } from "../../timing/duration.ts";
import type { ExecutionContext } from "@cloudflare/workers-types";
import { createApp, type App } from "../../app.ts";
import { problem, type ProblemName } from "../../http/problem.ts";
import { dnsOverHttps } from "../../agent/dns-over-https.ts";
import { readOwnKeys } from "../../agent/own-keys.ts";
import type { LoadedRules } from "../../rules/load.ts";
import type { RulesFile } from "../../rules/schema.ts";
import { streamEngine } from "../../features/markdown/stream/index.ts";
import type { Log } from "../../telemetry/log.ts";
import { createRecorder, type Recorder, type RequestRecord } from "../../telemetry/record.ts";
import { isToken, TOKEN_RULE, type Tokens } from "../../admin/bearer.ts";
import { tokenSearch, type TokenSearch } from "../../admin/token-search.ts";
import { decideAdmission, OPTIONS_ANSWER, showsToken, tooLong } from "../admit.ts";
import { publicOrigins, type FindPublicOrigin } from "../public-url.ts";
import { clientAddress } from "../client-address.ts";
import { splitUrl, WebExchange } from "../web/exchange.ts";
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
  async fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
    const invocation = new Invocation(request, context);
    if (isolate === undefined) {
      isolate = new Isolate(env, now, start, chosen.features);
      if (env.CHECK_ORIGIN === "1") invocation.waitUntil(isolate.running.app.isOriginUp());
    }
    const starting = isolate.refreshInBackground(invocation);
    if (starting !== undefined) await starting;
    const { running } = isolate;
    const facts = clientFacts(request, env.LOCAL === "1");
    const known = { version: facts.version, address: facts.peer };
    const record = watchRequest(request, known, running.recorder);
    const closedFor = isolate.unruled === "closed" ? isolate.refresh : undefined;
    const received: Received = { request, invocation, facts, record, closedFor };
    try {
      return await respond(running, received);
    } catch (error) {
      record?.defect(error);
      return refuse(received, "internal", "The proxy failed on this request.");
    }
  },

  /** The cron trigger: fetches address lists for all isolates, and may log the sums of the day before. */
  async scheduled(event: { readonly scheduledTime?: number }, env: Env): Promise<void> {
    isolate ??= new Isolate(env, now, start, chosen.features);
    await isolate.refreshLists();
    await isolate.logDayBefore(analyticsFigures(env)?.().reader, event.scheduledTime);
  },
};

interface Received {
  readonly request: Request;
  readonly invocation: Invocation;
  readonly facts: ReturnType<typeof clientFacts>;
  readonly record: RequestRecord | undefined;
  /** Seconds for Retry-After if the proxy is closed for lack of valid rules. */
  readonly closedFor: number | undefined;
}

async function respond(running: RunningProxy, given: Received): Promise<Response> {
  const { app, rules, search, findPublicOrigin, origins } = running;
  const { invocation, facts, record, closedFor } = given;
  const request = withoutTokens(given.request, search);
  const received = request === given.request ? given : { ...given, request };
  const { scheme, host, target } = splitUrl(request.url);
  const field = (name: string) => request.headers.get(name) ?? undefined;
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
  const hops = rules.agents.trustedProxyHops;
  const exchange = new WebExchange(request, publicOrigin, {
    acceptEncoding: received === given ? facts.acceptEncoding : undefined,
    trustsForwarded: hops > 0 && rules.forwarded !== "none",
    upgrades: true,
    clientAddress: clientAddress(facts.peer, field("x-forwarded-for"), hops),
    // With another proxy in front, the platform sees the country of that.
    country: hops === 0 ? facts.country : undefined,
    platformVerdict: facts.verdict,
    record,
    background: (work) => invocation.waitUntil(work),
  });
  const answer = await app.pipeline(exchange, (asked) =>
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
  return toResponse(watchAnswer(answer, record));
}

/** Responds to a request that is not forwarded; undefined if it is. */
function admit(received: Received, target: string, { paths }: RulesFile): Response | undefined {
  const { request, record } = received;
  const long = tooLong(target, paths);
  if (long !== undefined) return refuse(received, long.problem, long.detail);
  const field = (name: string) => request.headers.get(name) ?? undefined;
  const { method, body } = request;
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
  if (isBodiless && body !== null && field("content-length") === undefined) {
    const detail = "Content of GET or HEAD needs a Content-Length.";
    return refuse(received, "length-required", detail);
  }
  return undefined;
}

function refuse({ request, record }: Received, name: ProblemName, detail: string): Response {
  record?.refused(name, "admission");
  const accept = request.headers.get("accept") ?? undefined;
  const { status, fields, content } = problem(name, detail, accept);
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

function settingsOf(env: Env, loaded: LoadedRules, { originServer }: WebOrigins) {
  return {
    ...loaded,
    dev: env.DEV === "1",
    logsRequests: env.LOG === "requests",
    debug: env.DEBUG === "1",
    originServer,
    ownKeys: ownKeys(loaded.rules, env),
  };
}

/** Reads a secret token. A malformed one gives no access, since a Worker can't refuse to start. */
function tokenOf(name: "ADMIN_TOKEN" | "PURGE_TOKEN", env: Env, log: Log): string | undefined {
  const token = env[name];
  if (token === undefined || isToken(token)) return token;
  log.warn("token-unfit", { name, needs: TOKEN_RULE });
  return undefined;
}

const CLOUDFLARE_DNS = "https://cloudflare-dns.com/dns-query";

/** Reads the site's own keys from a secret; the path in the rules is ignored on a Worker. */
function ownKeys({ agents }: RulesFile, { AGENT_KEYS: text }: Env) {
  if (agents.ownDirectory === false) return undefined;
  if (text === undefined) throw new Error("no keys for agents.ownDirectory: set AGENT_KEYS");
  return readOwnKeys(text, "AGENT_KEYS");
}
