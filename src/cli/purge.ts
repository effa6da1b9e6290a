import { isObject } from "../http/json.ts";
import { PURGE } from "../http/known-paths.ts";
import { isOnWeb } from "../http/target.ts";
import { isToken, TOKEN_RULE } from "../admin/bearer.ts";
import { readText } from "./rules-file.ts";
import {
  CommandFailure,
  parseArguments,
  UsageError,
  type Command,
  type CommandContext,
} from "./usage.ts";

/** Milliseconds to the proxy's response; the proxy itself waits for its store. */
const TIMEOUT = 20_000;

/** `wayleave purge`: invalidates stored data of a running proxy. */
export const purge: Command = {
  summary: "invalidates what a proxy has stored",
  help: `wayleave purge URL | --group PATTERN | --all [--proxy URL] [--token-file FILE] [--json]

Makes a running proxy invalidate what it has stored: for one URL, for one match group of dictionaries
(named by its pattern), or for all. Prints the time by which every process of the proxy applies it.

  URL              the URL as clients see it, with its query
  --group PATTERN  the dictionaries of a rule, e.g. '/assets/app.*.js'
  --all            everything
  --proxy URL      the address of the proxy (default: the origin of URL)
  --token-file F   the file with the token (default: the variable
                   ADMIN_TOKEN, else PURGE_TOKEN)
  --json           prints the proxy's response
`,
  async run(context) {
    const { what, proxy, token, json } = readOptions(context);
    const answer = await ask(proxy, token, what);
    const [named] = Object.values(what);
    const purged = named === true ? "all" : String(named);
    const line = `purged ${purged}, everywhere by ${answer.everywhereBy}`;
    context.out(`${json ? JSON.stringify(answer) : line}\n`);
    return 0;
  },
};

type PurgeTarget = { readonly url: string } | { readonly group: string } | { readonly all: true };

function readOptions({ argv, env }: CommandContext) {
  const { values, positionals } = parseArguments(argv, {
    group: { type: "string" },
    all: { type: "boolean", default: false },
    proxy: { type: "string" },
    "token-file": { type: "string" },
    json: { type: "boolean", default: false },
  });
  const [url, ...others] = positionals;
  const named: PurgeTarget[] = [
    ...(url === undefined ? [] : [{ url }]),
    ...(values.group === undefined ? [] : [{ group: values.group }]),
    ...(values.all ? [{ all: true as const }] : []),
  ];
  const [what] = named;
  if (what === undefined || named.length > 1 || others.length > 0) {
    throw new UsageError("give what to purge: one URL, --group PATTERN or --all");
  }
  if (url !== undefined && !isOnWeb(URL.parse(url))) {
    throw new UsageError(`${JSON.stringify(url)} is not a URL like https://www.example.com/page`);
  }
  const proxy = proxyOf(values.proxy, url);
  return { what, proxy, token: tokenOf(values["token-file"], env), json: values.json };
}

function proxyOf(given: string | undefined, url: string | undefined): URL {
  if (given !== undefined) {
    if (!isOnWeb(URL.parse(given)))
      throw new UsageError(`--proxy is not a URL: ${JSON.stringify(given)}`);
    return new URL(PURGE, given);
  }
  if (url === undefined) throw new UsageError("give the address of the proxy with --proxy URL");
  const proxy = new URL(PURGE, url);
  if (proxy.protocol === "http:" && !/^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(proxy.hostname)) {
    throw new UsageError(
      "over http, others could read the token; to allow that, give the address with --proxy",
    );
  }
  return proxy;
}

/** Reads the token from the environment or a file: others on the machine can read arguments. */
function tokenOf(file: string | undefined, env: CommandContext["env"]): string {
  const text = file === undefined ? env["ADMIN_TOKEN"] || env["PURGE_TOKEN"] : readText(file);
  if (file !== undefined && text === undefined) {
    throw new UsageError(`can't read the token file ${file}`);
  }
  const token = text?.trim() ?? "";
  if (token === "")
    throw new UsageError("no token: set ADMIN_TOKEN or PURGE_TOKEN, or use --token-file");
  if (!isToken(token)) throw new UsageError(`the token must be ${TOKEN_RULE}`);
  return token;
}

/** Returns the proxy's response. Rejects with a CommandFailure if nothing is purged. */
async function ask(
  proxy: URL,
  token: string,
  what: PurgeTarget,
): Promise<{ readonly everywhereBy: string }> {
  let response: Response;
  try {
    response = await fetch(proxy, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        accept: "application/json",
      },
      body: JSON.stringify(what),
      // Another server must not get the token.
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT),
    });
  } catch {
    throw new CommandFailure(`no response from ${proxy.origin}`);
  }
  const json: unknown = await response.json().catch(() => undefined);
  const value = isObject(json) ? json : {};
  if (response.status === 200 && typeof value["everywhereBy"] === "string") {
    return { ...value, everywhereBy: value["everywhereBy"] };
  }
  if (response.status === 404) {
    throw new CommandFailure(
      `${proxy.origin} is not wayleave, or was started without ADMIN_TOKEN and PURGE_TOKEN`,
    );
  }
  const detail = value["detail"];
  const why = typeof detail === "string" ? detail : "this is not a response of wayleave";
  throw new CommandFailure(`${response.status} from ${proxy.origin}: ${why}`);
}
