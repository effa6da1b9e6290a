import type { ExecutionContext, KVNamespace, R2Bucket } from "@cloudflare/workers-types";
import zstdModule from "../../node_modules/@bokuweb/zstd-wasm/dist/esm/zstd.wasm";
import bundledBots from "../../rules/bots.jsonc";
import bundledRules from "../../rules/default.jsonc";
import { createApp, isOwnPath, type App } from "../app.ts";
import { wasmDcz } from "../codecs/zstd-wasm.ts";
import { OriginError } from "../pipeline/exchange.ts";
import { loadRules } from "../rules/load.ts";
import type { RulesFile } from "../rules/schema.ts";
import { streamEngine } from "../stages/markdown/stream/index.ts";
import { cloudflareStore } from "../store/cloudflare.ts";
import { memoryStore } from "../store/memory.ts";
import { jsonLog } from "../telemetry/log.ts";
import { publicOrigins, type FindPublicOrigin } from "./public-url.ts";
import { WebExchange } from "./web/exchange.ts";
import { toHeaders } from "./web/fields.ts";
import { ownOriginByFetch } from "./web/own-origin.ts";
import { fromResponse, toResponse } from "./web/respond.ts";

/** Bindings and variables of the Worker; see wrangler.jsonc. */
export interface Env {
  readonly ORIGIN_URL?: string;
  /** Rules that replace the bundled ones. */
  readonly RULES?: string;
  /** "1" lifts the rules of production for loopback; never set it on a deployed Worker. */
  readonly DEV?: string;
  readonly BLOBS?: R2Bucket;
  readonly INDEX?: KVNamespace;
}

/** What a copy of a fetched body decodes to by itself in workerd. */
const DECODABLE: ReadonlySet<string> = new Set(["gzip", "br", "deflate"]);

interface Running {
  readonly app: App;
  readonly rules: RulesFile;
  readonly origin: string;
  readonly findPublicOrigin: FindPublicOrigin;
}

const now = (): number => Math.floor(Date.now() / 1000);

/** One per isolate; bindings do not change while it lives. */
let running: Running | undefined;

export default {
  async fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
    running ??= start(env);
    const { app, rules, origin, findPublicOrigin } = running;
    if (isOwnPath(new URL(request.url).pathname)) return app.shell.fetch(request);
    const { cf } = request as { cf?: { clientAcceptEncoding?: string } };
    const exchange = new WebExchange(request, findPublicOrigin, {
      acceptEncoding: cf?.clientAcceptEncoding,
      background: (work) => context.waitUntil(work),
    });
    const answer = await app.pipeline(exchange, async ({ method, target, fields }) => {
      const headers = toHeaders(fields);
      if (rules.originHost === "public") headers.set("host", exchange.host);
      try {
        const { body } = request;
        const response = await fetch(origin + target, {
          method,
          headers,
          body,
          redirect: "manual",
        });
        return fromResponse(response, method, (coding) => DECODABLE.has(coding));
      } catch (error) {
        throw new OriginError("origin-unreachable", error);
      }
    });
    return toResponse(answer);
  },
};

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
  const app = createApp(
    { rules, bots, dev: env.DEV === "1", originServer: new URL(origin).origin },
    {
      store:
        env.BLOBS !== undefined && env.INDEX !== undefined
          ? cloudflareStore({ blobs: env.BLOBS, index: env.INDEX })
          : memoryStore({ maxBytes: 24 * 1024 * 1024 }),
      engine: streamEngine,
      codecs: [wasmDcz(zstdModule)],
      decodable: DECODABLE,
      fetchDirectory: (url, init) => fetch(url, init),
      askOrigin: ownOriginByFetch({
        origin: new URL(origin).origin,
        sendsPublicHost: rules.originHost === "public",
        decodable: DECODABLE,
      }),
      // waitUntil gives 30 seconds from the end of the answer.
      backgroundLimit: 25_000,
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
  };
}
