import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { mergeBots } from "../agent/bots.ts";
import type { RulesFile } from "../rules/schema.ts";
import { DEMO_FOLDER, demoBot, demoDirectory } from "./demo/agent.ts";
import { DEMO_LINES } from "./demo/lines.ts";
import { startDemoOrigin } from "./demo/origin.ts";
import { packageRoot } from "./package-root.ts";
import { besides, loadRulesFile, readText } from "./rules-file.ts";
import { readTurndownRules } from "./turndown-rules.ts";
import { UsageError, type Command, type CommandContext } from "./usage.ts";

const HOST = "127.0.0.1";

/** `wayleave start`: the proxy in front of a site, or of the demo site. */
export const start: Command = {
  summary: "runs the proxy",
  help: `wayleave start [--origin URL] [--rules FILE] [--runtime workers|node] [--port N] [--dev]
               [--turndown FILE]

Runs the proxy and prints "ready http://127.0.0.1:PORT" when it serves.
Without --origin: in front of the demo site, with --dev and a bot that signs.

  --origin URL     the site, e.g. https://www.example.com (also ORIGIN_URL)
  --rules FILE     the rules file (default: rules/default.jsonc)
  --runtime NAME   workers (workerd, the default) or node
  --port N         default 8787
  --turndown FILE  a module with turndown rules, for "engine": "turndown" on node
  --dev            allows test keys and key directories on loopback; never in production
`,
  async run(context) {
    const options = readOptions(context);
    const loaded = loadRulesFile(options.rules);
    await checkPort(options.port);
    const url = `http://${HOST}:${options.port}`;
    const closing: (() => Promise<void>)[] = [];
    try {
      const isDemo = options.origin === undefined && loaded.rules.origin === undefined;
      let origin = options.origin ?? loaded.rules.origin;
      let { bots } = loaded;
      if (origin === undefined) {
        const demo = await startDemoOrigin({
          root: join(packageRoot(), "fixtures", "site"),
          extra: new Map([
            [
              "/.well-known/http-message-signatures-directory",
              {
                type: "application/http-message-signatures-directory+json",
                body: await demoDirectory(DEMO_FOLDER),
              },
            ],
          ]),
        });
        closing.push(() => demo.close());
        origin = demo.url;
        bots = mergeBots(bots, [demoBot(url)]);
      }
      await checkOrigin(origin);
      const dev = options.dev || isDemo;
      if (dev) {
        context.err(
          "--dev: test keys and key directories on loopback are trusted; not for production\n",
        );
      }
      const { startRuntime } =
        options.runtime === "node"
          ? await import("./start-node.ts")
          : await import("./start-workers.ts");
      const started = await startRuntime({
        rules: loaded.rules,
        bots,
        origin: new URL(origin).origin,
        port: options.port,
        dev,
        turndown: await readTurndownRules(options.turndown),
        dataFolder: join(".wayleave", "data"),
        prefetches: !isDemo,
        ownKeys: ownKeys(loaded.rules, loaded.file, context.env),
        readList: (path) => readText(besides(loaded.file, path)),
      });
      closing.push(() => started.close());
      context.out(`ready ${started.url}\n`);
      if (isDemo) context.out(DEMO_LINES(started.url));
      await stopped();
      return 0;
    } finally {
      for (const close of closing.toReversed()) await close();
    }
  },
};

function readOptions({ argv, env }: CommandContext) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      origin: { type: "string" },
      rules: { type: "string" },
      runtime: { type: "string", default: "workers" },
      port: { type: "string", default: "8787" },
      turndown: { type: "string" },
      dev: { type: "boolean", default: false },
    },
  });
  const { runtime } = values;
  if (runtime !== "workers" && runtime !== "node") {
    throw new UsageError(`--runtime is "workers" or "node", not ${JSON.stringify(runtime)}`);
  }
  const { turndown } = values;
  if (turndown !== undefined && runtime !== "node") {
    throw new UsageError("--turndown needs --runtime node; a Worker bundles its engine");
  }
  const port = Number(values.port);
  if (!/^\d{1,5}$/.test(values.port) || port < 1 || port > 65_535) {
    throw new UsageError(`--port is a number from 1 to 65535, not ${JSON.stringify(values.port)}`);
  }
  const origin = values.origin ?? env["ORIGIN_URL"];
  if (origin !== undefined && !isOrigin(origin)) {
    throw new UsageError(
      `--origin is scheme, host and port like https://www.example.com, not ${JSON.stringify(origin)}`,
    );
  }
  return { origin, rules: values.rules, runtime, port, turndown, dev: values.dev };
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const bare = url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "";
  return bare && (url.protocol === "http:" || url.protocol === "https:");
}

/** From the environment, else from the file that the rules name; undefined where none are wanted. */
function ownKeys(
  { agents: { ownDirectory } }: RulesFile,
  file: string,
  env: CommandContext["env"],
): { readonly text: string; readonly from: string } | undefined {
  if (ownDirectory === false) return undefined;
  const secret = env["AGENT_KEYS"];
  if (secret !== undefined) return { text: secret, from: "AGENT_KEYS" };
  if (ownDirectory === true) {
    throw new UsageError("agents.ownDirectory has no keys: set AGENT_KEYS, or name a file");
  }
  const text = readText(besides(file, ownDirectory));
  if (text === undefined) throw new UsageError(`can't read the key file ${ownDirectory}`);
  return { text, from: ownDirectory };
}

/** Rejects with one clear line where the port is taken. */
function checkPort(port: number): Promise<void> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "EADDRINUSE" ? "is in use" : `can't be used (${error.code})`;
      fail(new UsageError(`port ${port} ${why}; choose another with --port`));
    });
    probe.listen(port, HOST, () => probe.close(() => done()));
  });
}

/** Any answer will do; none within ten seconds is one clear line. */
async function checkOrigin(origin: string): Promise<void> {
  try {
    const response = await fetch(origin, {
      method: "HEAD",
      redirect: "manual",
      signal: AbortSignal.timeout(10_000),
    });
    await response.body?.cancel();
  } catch {
    throw new UsageError(`the origin ${origin} can't be reached`);
  }
}

function stopped(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.once(signal, () => done());
  });
}
