import { PURGE } from "../http/known-paths.ts";
import { isOnWeb } from "../http/target.ts";
import { askProxy, endpointAt, readToken } from "./proxy-client.ts";
import { parseArguments, UsageError, type Command, type CommandContext } from "./usage.ts";

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
    const asked = { url: proxy, token, content: what, needs: "ADMIN_TOKEN and PURGE_TOKEN" };
    const answer = await askProxy(asked, (value) => {
      const { everywhereBy } = value;
      return typeof everywhereBy === "string" ? { ...value, everywhereBy } : undefined;
    });
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
  const proxy = endpointAt(PURGE, values.proxy, url);
  const token = readToken(values["token-file"], env, ["ADMIN_TOKEN", "PURGE_TOKEN"]);
  return { what, proxy, token, json: values.json };
}
