import { Hono } from "hono";
import type { Agent } from "./agent/agent.ts";
import type { Bot } from "./agent/bots.ts";
import { createOwnDirectory } from "./agent/own-directory.ts";
import { WELL_KNOWN_DIRECTORY, type PrivateJwk } from "./agent/web-bot-auth/index.ts";
import type { DeltaCodec } from "./codecs/delta.ts";
import { problem, PROBLEMS } from "./http/problem.ts";
import { splitTarget } from "./http/target.ts";
import { pagesBehind, toMarkdownUrl } from "./http/markdown-url.ts";
import {
  createIdentification,
  type Identification,
  type IdentityPlatform,
} from "./identification.ts";
import type { Answer, Exchange, OwnOriginClient } from "./pipeline/exchange.ts";
import { ownAnswer } from "./pipeline/own-answer.ts";
import { OwnExchange } from "./pipeline/own-exchange.ts";
import { createPipeline, type Pipeline } from "./pipeline/run.ts";
import type { Stage } from "./pipeline/stage.ts";
import { compileRules } from "./rules/compile.ts";
import type { RulesFile } from "./rules/schema.ts";
import { access } from "./stages/access/stage.ts";
import { canonicalRedirect } from "./stages/canonical-redirect/stage.ts";
import { discovery } from "./stages/discovery/stage.ts";
import { storedDictionaries } from "./stages/content-coding/dictionaries.ts";
import { contentCoding } from "./stages/content-coding/stage.ts";
import type { MarkdownEngine } from "./stages/markdown/engine.ts";
import type { LoadTurndown } from "./stages/markdown/engines.ts";
import type { MarkdownPolicy } from "./stages/markdown/policy.ts";
import { markdown } from "./stages/markdown/stage.ts";
import type { Store } from "./store/store.ts";
import { redirectEvent } from "./telemetry/redirect-event.ts";

/** What an operator decides. */
export interface Settings {
  readonly rules: RulesFile;
  /** The bot table, the operator's entries merged in. */
  readonly bots: readonly Bot[];
  /** Lifts, for loopback only, the https, port, IP-literal and own-host rules for key directories. */
  readonly dev: boolean;
  /** The origin server's scheme, host and port; unknown where the origin is another handler. */
  readonly originServer?: string | undefined;
  /** Milliseconds to the head of the origin server's response. @default 60000 */
  readonly originTimeout?: number | undefined;
  /** Private keys of the site's own agents, whose directory is served; secret. */
  readonly ownKeys?: readonly PrivateJwk[] | undefined;
}

/** What a runtime brings along. */
export interface Platform extends IdentityPlatform {
  readonly store: Store;
  readonly engine: MarkdownEngine;
  /** Loads the second markdown engine, where this runtime has it. */
  readonly loadTurndown?: LoadTurndown | undefined;
  readonly codecs: readonly DeltaCodec[];
  /** Content codings that this runtime decodes. */
  readonly decodable: ReadonlySet<string>;
  /** Asks the origin server on our own account; without it, no documents of our own are made. */
  readonly askOrigin?: OwnOriginClient | undefined;
  /** Milliseconds for which work may go on after an answer. @default no limit */
  readonly backgroundLimit?: number;
  /** Milliseconds that a stage may take before it is skipped. @default 10000 */
  readonly stageTimeout?: number | undefined;
}

/** The proxy, short of the sockets: a pipeline for what belongs to the site, a shell for the rest. */
export interface App {
  readonly pipeline: Pipeline;
  /** Who asks, and what that is known from. */
  readonly identification: Identification;
  /** Serves the endpoints under `/.wayleave/`. */
  readonly shell: { readonly fetch: (request: Request) => Response | Promise<Response> };
}

/** Whether a path is one of our own endpoints; everything else belongs to the site. */
export function isOwnPath(path: string): boolean {
  return path.startsWith("/.wayleave/");
}

/** Puts the proxy together. */
export function createApp(settings: Settings, platform: Platform): App {
  const { rules, originServer } = settings;
  const { index } = platform.store;
  const identification = createIdentification(settings, { ...platform, index });
  const policies = compileRules(rules);

  // client ─▶ identify ─▶ policy per feature ─▶ request phases ─▶ origin ─▶ response phases ─▶ client
  // The order is the policy; both phases run in the order as written.
  const stages = [
    access(),
    discovery({
      store: platform.store,
      now: platform.now,
      log: platform.log,
      askOrigin: platform.askOrigin,
      isHostSent: rules.originHost === "public",
      originServer,
      backgroundLimit: platform.backgroundLimit ?? Infinity,
      render: (target, from) => render(target, from),
      servesMarkdown,
    }),
    canonicalRedirect({
      originServer,
      index,
      now: platform.now,
      policyAt: (page, agent) =>
        policies.forRequest({
          method: "GET",
          host: page.host,
          path: page.pathname,
          agent,
        })("canonicalRedirect"),
    }),
    markdown({ ...platform, originServer }),
    contentCoding({
      dictionaries: storedDictionaries(platform.store),
      codecs: platform.codecs,
    }),
  ] as readonly Stage[];

  const pipeline = createPipeline({
    stages,
    identify: (exchange) => identification.identify(exchange),
    policiesFor: (exchange) => {
      const { method, host, target, agent } = exchange;
      const { path } = splitTarget(target);
      const behind = pagesBehind(path);
      const client = () => ({
        userAgent: exchange.field("user-agent"),
        address: exchange.clientAddress,
      });
      return policies.forRequest({ method, host, path, agent, behind, client });
    },
    decodable: platform.decodable,
    ...(platform.stageTimeout === undefined ? {} : { stageTimeout: platform.stageTimeout }),
    onFailure: (stage, phase, error) =>
      platform.log.warn("stage-failed", { stage, phase, error: String(error) }),
    onDecided: (_exchange, _status, decisions) => {
      const told = redirectEvent(decisions);
      if (told !== undefined) platform.log.info("canonical-redirect", told);
    },
  });
  return {
    pipeline: withOwnDirectory(pipeline, settings.ownKeys, platform.now),
    identification,
    shell: ownEndpoints(settings.dev ? identification : undefined),
  };

  /** A page as the proxy itself would send it as markdown to a client without a name. */
  async function render(target: string, from: Exchange): Promise<Answer | undefined> {
    const ask = platform.askOrigin;
    if (ask === undefined) return undefined;
    const exchange = new OwnExchange(target, from, ["accept", "text/markdown"]);
    return pipeline(exchange, (request) => ask(request, from.host));
  }

  /** Whether anyone gets a page of the site as markdown at its address. */
  function servesMarkdown(page: URL): boolean {
    const path = new URL(toMarkdownUrl(page)).pathname;
    const agent: Agent = { kind: "anonymous" };
    const { host } = page;
    const request = { method: "GET", host, path, agent, behind: pagesBehind(path) };
    const { mode, policy } = policies.forRequest(request)("markdown");
    return mode === "enforce" && (policy as MarkdownPolicy).indexMd;
  }
}

/** Answers for the key directory of the site's own agents, before any rule is asked. */
function withOwnDirectory(
  pipeline: Pipeline,
  keys: readonly PrivateJwk[] | undefined,
  now: () => number,
): Pipeline {
  if (keys === undefined) return pipeline;
  const directory = createOwnDirectory(keys, now);
  const answer = async (exchange: Exchange): Promise<Answer> => {
    if (exchange.method !== "GET" && exchange.method !== "HEAD") {
      const detail = "A key directory is read with GET or HEAD.";
      const refused = problem("method-not-allowed", detail, exchange.field("accept"));
      return ownAnswer(exchange, {
        ...refused,
        fields: [...refused.fields, ["allow", "GET, HEAD"]],
      });
    }
    const { fields, body } = await directory(exchange.url.origin + WELL_KNOWN_DIRECTORY);
    return ownAnswer(exchange, { status: 200, fields: Object.entries(fields), content: body });
  };
  return (exchange, origin) =>
    splitTarget(exchange.target).path === WELL_KNOWN_DIRECTORY
      ? answer(exchange)
      : pipeline(exchange, origin);
}

/** Hono is the shell: what is ours to answer, and nothing of the site's. */
function ownEndpoints(shown: Identification | undefined): Hono {
  const shell = new Hono();
  if (shown !== undefined) {
    // In development only: to strangers it would tell whom a site believes.
    shell.get("/.wayleave/agents", (context) => context.json(shown.describe()));
  }
  shell.get("/.wayleave/ready", (context) => context.json({ ready: true }));
  shell.get("/.wayleave/problems/:name", (context) => {
    const name = context.req.param("name");
    return Object.hasOwn(PROBLEMS, name)
      ? context.json({ name, ...PROBLEMS[name as keyof typeof PROBLEMS] })
      : context.notFound();
  });
  shell.notFound((context) => {
    const { status, fields, content } = problem(
      "not-found",
      "No endpoint of wayleave is at this path.",
      context.req.header("accept"),
    );
    return new Response(content, { status, headers: fields as [string, string][] });
  });
  return shell;
}
