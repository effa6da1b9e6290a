import { Hono, type Context } from "hono";
import { problem, PROBLEMS, type ProblemName } from "../http/problem.ts";
import type { IdentityState } from "../identification.ts";
import type { ExchangeRecord } from "../pipeline/record.ts";
import type { Awaitable } from "../pipeline/stage.ts";
import { describeHealth, type RulesState } from "./health.ts";
import { purgeEndpoint, type PurgeOptions } from "./purge.ts";

/** What a runtime knows of a request to one of our own endpoints. */
export interface ShellFacts {
  /** Of the request, e.g. "https://www.example.com". */
  readonly publicOrigin: string;
  /** Takes down what becomes of it. */
  readonly record?: Pick<ExchangeRecord, "refused"> | undefined;
}

/** Answers for our own endpoints. */
export interface Shell {
  fetch(request: Request, facts: ShellFacts): Response | Promise<Response>;
}

export interface ShellOptions {
  /** Whether `/healthz` and `/readyz` are ours too. */
  readonly health: boolean;
  readonly rulesState: () => RulesState;
  /** Whether the origin server can be reached, if the rules say that this counts. */
  readonly isOriginUp?: (() => Promise<boolean>) | undefined;
  /** Whether the proxy is about to end. */
  readonly isDraining: () => boolean;
  /** Undefined where nobody may purge. */
  readonly purge: PurgeOptions | undefined;
  /** Shown in development only: to strangers it would tell whom a site believes. */
  readonly agents: (() => IdentityState) | undefined;
}

type Env = { Bindings: ShellFacts };

/** Hono is the shell: what is ours to answer, and nothing of the site's. */
export function createShell(options: ShellOptions): Shell {
  const { health, rulesState, isOriginUp, isDraining, purge, agents } = options;
  const shell = new Hono<Env>();
  const noStore = { "cache-control": "no-store" };
  const get = (path: string, describe: () => object): void =>
    serve(path, (context) => context.json(describe(), 200, noStore));
  const serve = (path: string, answer: (context: Context<Env>) => Awaitable<Response>): void => {
    shell.get(path, answer);
    shell.all(path, (context) => refuse(context, "method-not-allowed", "It is read with GET."));
  };
  const healthy = (): object => describeHealth(rulesState());
  const ready = async (context: Context<Env>): Promise<Response> => {
    const isUp = isOriginUp === undefined || (await isOriginUp());
    const isReady = isUp && !isDraining();
    if (!isReady) context.env.record?.refused("not-ready", "endpoint");
    return context.json({ ready: isReady }, isReady ? 200 : 503, noStore);
  };
  serve("/.wayleave/ready", ready);
  get("/.wayleave/health", healthy);
  if (health) {
    serve("/readyz", ready);
    get("/healthz", healthy);
  }
  if (agents !== undefined) get("/.wayleave/agents", agents);
  if (purge !== undefined) {
    shell.all("/.wayleave/purge", ({ req, env }) => purgeEndpoint(req.raw, env, purge));
  }
  shell.get("/.wayleave/problems/:name", (context) => {
    const name = context.req.param("name");
    return Object.hasOwn(PROBLEMS, name)
      ? context.json({ name, ...PROBLEMS[name as ProblemName] })
      : context.notFound();
  });
  shell.notFound((context) =>
    refuse(context, "not-found", "No endpoint of wayleave is at this path."),
  );
  shell.onError((error, context) =>
    refuse(context, "internal", "The proxy failed on this request.", error),
  );
  return { fetch: (request, facts) => shell.fetch(request, facts) };
}

/** Whether a request target is one of our own endpoints; everything else belongs to the site. */
export function isOwnTarget(target: string, { health }: { readonly health: boolean }): boolean {
  if (target.startsWith("/.wayleave/")) return true;
  return health && /^\/(?:healthz|readyz)(?:\?|$)/.test(target);
}

function refuse(
  context: Context<Env>,
  name: ProblemName,
  detail: string,
  error?: unknown,
): Response {
  context.env.record?.refused(name, "endpoint", error);
  const { status, fields, content } = problem(name, detail, context.req.header("accept"));
  const allow: [string, string][] = status === 405 ? [["allow", "GET, HEAD"]] : [];
  return new Response(content, { status, headers: [...fields, ...allow] as [string, string][] });
}
