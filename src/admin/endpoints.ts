import { Hono, type Context } from "hono";
import { problem, PROBLEMS, type ProblemName } from "../http/problem.ts";
import type { IdentityState } from "../agent/identification.ts";
import type { ExchangeRecord } from "../pipeline/record.ts";
import { processMemory } from "../memory/budget.ts";
import type { Awaitable } from "../pipeline/stage.ts";
import { decideBearer } from "./bearer.ts";
import { describeHealth, type RulesState } from "./health.ts";
import { purgeEndpoint, type PurgeOptions } from "./purge.ts";

/** What a runtime knows of a request to one of our own endpoints. */
export interface ShellFacts {
  /** Of the request, e.g. "https://www.example.com". */
  readonly publicOrigin: string;
  /** Records what becomes of it. */
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
  /** Secret: shows more than the bare status. @default nobody is shown more */
  readonly adminToken?: string | undefined;
  /** Undefined if nobody may purge. */
  readonly purge: PurgeOptions | undefined;
  /** Shown in development only: to strangers it would tell whom a site believes. */
  readonly agents: (() => IdentityState) | undefined;
}

type Env = { Bindings: ShellFacts };

const NOT_STORED = { "cache-control": "no-store" };

/** Hono is the shell: what is ours to answer, and nothing of the site's. */
export function createShell(options: ShellOptions): Shell {
  const { health, rulesState, isOriginUp, isDraining, purge, agents, adminToken } = options;
  const shell = new Hono<Env>();
  const isHolder = ({ req }: Context<Env>): boolean =>
    decideBearer(req.header("authorization"), adminToken) === "valid";
  const serve = (path: string, answer: (context: Context<Env>) => Awaitable<Response>): void => {
    shell.get(path, answer);
    shell.all(path, (context) => refuse(context, "method-not-allowed", "It is read with GET."));
  };
  /** Anyone sees the status alone. */
  const tell = (context: Context<Env>, status: object, code: 200 | 503): Response => {
    const details = isHolder(context) ? describeHealth(rulesState(), processMemory) : {};
    return context.json({ ...status, ...details }, code, NOT_STORED);
  };
  const healthy = (context: Context<Env>): Response => {
    const isMissing = rulesState().isMissing === true;
    return tell(context, { status: isMissing ? "no-rules" : "ok" }, 200);
  };
  const ready = async (context: Context<Env>): Promise<Response> => {
    const isUp = isOriginUp === undefined || (await isOriginUp());
    const hasRules = rulesState().isMissing !== true;
    const isReady = hasRules && isUp && !isDraining();
    if (!isReady) context.env.record?.refused("not-ready", "endpoint");
    return tell(context, { ready: isReady }, isReady ? 200 : 503);
  };
  serve("/.wayleave/ready", ready);
  serve("/.wayleave/health", healthy);
  if (health) {
    serve("/readyz", ready);
    serve("/healthz", healthy);
  }
  if (agents !== undefined) {
    serve("/.wayleave/agents", (context) => context.json(agents(), 200, NOT_STORED));
  }
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
