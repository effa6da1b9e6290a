import type {
  DurableObjectNamespace,
  ExecutionContext,
  KVNamespace,
  R2Bucket,
} from "@cloudflare/workers-types";
import dcbModule from "../../wasm/dcb/dcb.wasm";
import zstdModule from "../../node_modules/@bokuweb/zstd-wasm/dist/esm/zstd.wasm";
import bundledBots from "../../rules/bots.jsonc";
import bundledRules from "../../rules/default.jsonc";
import { createApp, isOwnPath, type App } from "../app.ts";
import { wasmDcb } from "../codecs/dcb-wasm.ts";
import { wasmDcz } from "../codecs/zstd-wasm.ts";
import { problem, type ProblemName } from "../http/problem.ts";
import { dnsOverHttps } from "../agent/dns-over-https.ts";
import { readOwnKeys } from "../agent/own-directory.ts";
import { loadRules } from "../rules/load.ts";
import type { RulesFile } from "../rules/schema.ts";
import type { LoadTurndown } from "../stages/markdown/engines.ts";
import { streamEngine } from "../stages/markdown/stream/index.ts";
import { cloudflareStore } from "../store/cloudflare.ts";
import { memoryStore } from "../store/memory.ts";
import { jsonLog } from "../telemetry/log.ts";
import { decideAdmission, OPTIONS_ANSWER } from "./admit.ts";
import { publicOrigins, type FindPublicOrigin } from "./public-url.ts";
import { clientAddress } from "./client-address.ts";
import { splitUrl, WebExchange } from "./web/exchange.ts";
import { askOrigin } from "./web/origin-client.ts";
import { ownOriginByFetch } from "./web/own-origin.ts";
import type { Decoder } from "./web/body.ts";
import { inflate, unzstd } from "./web/decoders.ts";
import { toResponse } from "./web/respond.ts";
import { clientFacts } from "./workers/incoming.ts";
import { objectReplay } from "./workers/replay-object.ts";

export { ReplayGuard } from "./workers/replay-object.ts";

/** Bindings and variables of the Worker; see wrangler.jsonc. */
export interface Env {
  readonly ORIGIN_URL?: string;
  /** Rules that replace the bundled ones. */
  readonly RULES?: string;
  /** Milliseconds to the head of the origin server's response. @default 60000 */
  readonly ORIGIN_TIMEOUT?: string;
  /** "1" lifts the rules of production for loopback; never set it on a deployed Worker. */
  readonly DEV?: string;
  readonly BLOBS?: R2Bucket;
  readonly INDEX?: KVNamespace;
  /** Where nonces are remembered, for `agents.replay`. */
  readonly REPLAY?: DurableObjectNamespace;
  /** Secret: the private keys of the site's own agents, for `agents.ownDirectory`. */
  readonly AGENT_KEYS?: string;
  /** Address lists that the bot table names as files: an object from path to text. */
  readonly IP_RANGES?: string;
}

/** What an origin is asked for where a stage reads. */
const DECODABLE: ReadonlySet<string> = new Set(["gzip", "br", "deflate"]);

interface Running {
  readonly app: App;
  readonly rules: RulesFile;
  readonly origin: string;
  readonly findPublicOrigin: FindPublicOrigin;
  /** Milliseconds. */
  readonly headTimeout: number;
  /** Seconds since the epoch. */
  restoreAt: number;
}

const now = (): number => Math.floor(Date.now() / 1000);

let loadTurndown: LoadTurndown | undefined;

/**
 * Gives the Worker the engine for `"engine": "turndown"`, which its bundle is without. Called by an
 * operator's own entry, once, before the first request.
 */
export function useTurndown(load: LoadTurndown): void {
  loadTurndown = load;
}

/** One per isolate; bindings do not change while it lives. */
let running: Running | undefined;

export default {
  async fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
    running ??= start(env);
    const { app, rules, origin, findPublicOrigin, headTimeout } = running;
    restoreNowAndThen(running, context);
    const { scheme, host, target } = splitUrl(request.url);
    const field = (name: string) => request.headers.get(name) ?? undefined;
    const publicOrigin = findPublicOrigin({ scheme, host, field });
    if (publicOrigin === undefined) {
      return refuse(request, "bad-request", "The request names no host that can be read.");
    }
    if (isOwnPath(target)) return app.shell.fetch(request);
    const refused = admit(request);
    if (refused !== undefined) return refused;
    const facts = clientFacts(request);
    const exchange = new WebExchange(request, publicOrigin, {
      acceptEncoding: facts.acceptEncoding,
      trustsForwarded: rules.agents.trustedProxyHops > 0,
      upgrades: true,
      clientAddress: clientAddress(
        facts.peer,
        field("x-forwarded-for"),
        rules.agents.trustedProxyHops,
      ),
      platformVerdict: facts.verdict,
      background: (work) => context.waitUntil(work),
    });
    const answer = await app.pipeline(exchange, (asked) =>
      askOrigin(request, asked, { origin, rules, publicOrigin, facts, headTimeout, decoderOf }),
    );
    return toResponse(answer);
  },

  /** The cron trigger: what all isolates share is fetched once, and kept in the store. */
  async scheduled(_event: unknown, env: Env): Promise<void> {
    running ??= start(env);
    const { identification } = running.app;
    await identification.restore();
    await identification.refresh();
  },
};

/** Takes what the cron trigger has kept: at the isolate's first request, and every ten minutes. */
function restoreNowAndThen(running: Running, context: ExecutionContext): void {
  if (now() < running.restoreAt) return;
  running.restoreAt = now() + RESTORE_INTERVAL;
  context.waitUntil(running.app.identification.restore());
}

const RESTORE_INTERVAL = 600;

/** workerd decodes gzip and br by itself; zstd only comes from an origin that was not asked for it. */
function decoderOf(coding: string): Decoder | undefined {
  if (coding === "gzip" || coding === "br") return "runtime";
  if (coding === "deflate") return inflate;
  return coding === "zstd" ? (content) => unzstd(zstdModule, content) : undefined;
}

/** Answers what is not forwarded at all; undefined where the request may go on. */
function admit(request: Request): Response | undefined {
  const field = (name: string) => request.headers.get(name) ?? undefined;
  const { method, body } = request;
  // workerd writes the target "*" straight behind the host.
  const asterisk = request.url.endsWith(`//${field("host")}*`);
  const admission = decideAdmission({ method, asterisk, isOld: false, field });
  if (admission.kind === "refuse") return refuse(request, admission.problem, admission.detail);
  if (admission.kind === "answer") {
    const { status, fields } = OPTIONS_ANSWER;
    return new Response(null, { status, headers: fields.map(([name, value]) => [name, value]) });
  }
  const isBodiless = method === "GET" || method === "HEAD";
  if (isBodiless && body !== null && field("content-length") === undefined) {
    return refuse(request, "length-required", "Content of GET or HEAD needs a Content-Length.");
  }
  return undefined;
}

function refuse(request: Request, name: ProblemName, detail: string): Response {
  const accept = request.headers.get("accept") ?? undefined;
  const { status, fields, content } = problem(name, detail, accept);
  return new Response(content, { status, headers: fields as [string, string][] });
}

function start(env: Env): Running {
  const { rules, bots } = loadRules(
    env.RULES ?? bundledRules,
    "rules",
    bundledBots,
    // A Worker has no files: only the table beside the rules is bundled.
    (path) => (path === "./bots.jsonc" ? bundledBots : undefined),
  );
  const origin = env.ORIGIN_URL ?? rules.origin;
  if (origin === undefined) throw new Error("no origin: set ORIGIN_URL or `origin` in the rules");
  const log = jsonLog((line) => console.warn(line), now);
  if (rules.originHost === "public") {
    // fetch() takes Host from the URL it is given, whatever the field says.
    log.warn("origin-host-unsupported", { sent: new URL(origin).host, public: "X-Forwarded-Host" });
  }
  const lists = JSON.parse(env.IP_RANGES ?? "{}") as Readonly<Record<string, string>>;
  const app = createApp(
    {
      rules,
      bots,
      dev: env.DEV === "1",
      originServer: new URL(origin).origin,
      ownKeys: ownKeys(rules, env),
    },
    {
      store:
        env.BLOBS !== undefined && env.INDEX !== undefined
          ? cloudflareStore({ blobs: env.BLOBS, index: env.INDEX })
          : memoryStore({ maxBytes: 24 * 1024 * 1024 }),
      engine: streamEngine,
      loadTurndown,
      codecs: [wasmDcb(dcbModule), wasmDcz(zstdModule)],
      decodable: DECODABLE,
      fetchDirectory: (url, init) => fetch(url, init),
      askOrigin: ownOriginByFetch({
        origin: new URL(origin).origin,
        sendsPublicHost: rules.originHost === "public",
        decodable: DECODABLE,
        decoderOf,
      }),
      // waitUntil gives 30 seconds from the end of the answer.
      backgroundLimit: 25_000,
      fetchList: (url, init) => fetch(url, init),
      readList: (path) => (Object.hasOwn(lists, path) ? lists[path] : undefined),
      dns: (service = CLOUDFLARE_DNS) => dnsOverHttps(service, (url, init) => fetch(url, init)),
      replay: env.REPLAY === undefined ? undefined : objectReplay(env.REPLAY),
      now,
      log,
    },
  );
  const { publicOrigin, agents } = rules;
  return {
    app,
    rules,
    origin: new URL(origin).origin,
    findPublicOrigin: publicOrigins({ publicOrigin, trustedProxyHops: agents.trustedProxyHops }),
    headTimeout: Number(env.ORIGIN_TIMEOUT ?? 60_000),
    restoreAt: 0,
  };
}

const CLOUDFLARE_DNS = "https://cloudflare-dns.com/dns-query";

/** A Worker has no files: its keys are a secret, whatever path the rules name. */
function ownKeys({ agents }: RulesFile, { AGENT_KEYS: text }: Env) {
  if (agents.ownDirectory === false) return undefined;
  if (text === undefined) throw new Error("no keys for agents.ownDirectory: set AGENT_KEYS");
  return readOwnKeys(text, "AGENT_KEYS");
}
