import { MOST_WARMED } from "../../admin/warm.ts";
import { isObject } from "../../http/json.ts";
import { WARM } from "../../http/known-paths.ts";
import { isOnWeb } from "../../http/target.ts";
import type { WarmResult } from "../../pipeline/warming.ts";
import { askProxy, endpointAt, readToken } from "../proxy-client.ts";
import { parseArguments, UsageError, type Command, type CommandContext } from "../usage.ts";
import { addressesFrom } from "./from.ts";

/** URLs of one request to the proxy: so the list of results grows, and no request takes minutes. */
const AT_ONCE = 4;
/** Milliseconds for one request: coding at the best quality takes seconds for each MB. */
const TIMEOUT = 180_000;
/** The most URLs of one run. */
const MOST = 20 * MOST_WARMED;

/** `wayleave warm`: prepares codings after a deploy, before the first client asks. */
export const warm: Command = {
  summary: "prepares the best codings after a deploy",
  help: `wayleave warm URL… [--from PAGE|SITEMAP|MANIFEST]… [--base URL] [--proxy URL] [--token-file FILE]
              [--json]

Makes a running proxy request each URL from the origin server, learn the version, and code it at the best
quality: in all plain codings of the rule, and as dcb and dcz against the versions that most clients have.
The first client after the deploy then waits for no coding. Prints for each URL the codings that are ready, with their bytes.

  URL              the URL as clients see it, with its query
  --from SOURCE    further URLs: a page (its own URL, scripts and styles), a sitemap, or a manifest of a
                   build in JSON (Vite, webpack, Rails), by its URL or as a file
  --base URL       the URL of the folder that a manifest in a file is about
  --proxy URL      the address of the proxy (default: the origin of the first URL)
  --token-file F   the file with the token (default: the variable
                   ADMIN_TOKEN, else PURGE_TOKEN)
  --json           the results as JSON

The exit code is 0 if the origin server sent every URL with status 200, else 1.
`,
  async run(context) {
    const { urls, proxy, token, json } = await readOptions(context);
    const results: WarmResult[] = [];
    for (let at = 0; at < urls.length; at += AT_ONCE) {
      const content = { urls: urls.slice(at, at + AT_ONCE) };
      const needs = "ADMIN_TOKEN and PURGE_TOKEN";
      const asked = { url: proxy, token, content, needs, timeout: TIMEOUT };
      const warmed = await askProxy(asked, ({ warmed: read }) =>
        Array.isArray(read) && read.every(isResult) ? read : undefined,
      );
      results.push(...warmed);
      if (!json) for (const result of warmed) context.out(`${lineOf(result)}\n`);
    }
    if (json) context.out(`${JSON.stringify(results, undefined, 2)}\n`);
    return results.every(({ status }) => status === 200) ? 0 : 1;
  },
};

function isResult(value: unknown): value is WarmResult {
  return isObject(value) && typeof value["url"] === "string" && Array.isArray(value["ready"]);
}

/** One line about a URL: its codings, with the smallest delta of several. */
function lineOf({ url, status, ready, missing, reason }: WarmResult): string {
  if (status === undefined) return `${url}: no response of the origin server (${reason ?? "?"})`;
  if (status !== 200) return `${url}: status ${status}`;
  const plain = ready.filter(({ dictionary }) => dictionary === undefined);
  const deltas = ready.filter(({ dictionary }) => dictionary !== undefined);
  const parts = plain.map(({ coding, bytes }) => `${coding} ${bytes}`);
  for (const [coding, all] of Map.groupBy(deltas, (each) => each.coding)) {
    const sizes = all.map(({ bytes }) => bytes);
    const of = all.length === 1 ? "1 version" : `${all.length} versions`;
    parts.push(`${coding} ${Math.min(...sizes)} (${of})`);
  }
  if (parts.length === 0) parts.push("nothing");
  const why = deltas.length === 0 ? (missing[0]?.reason ?? reason) : undefined;
  return `${url}: ${parts.join(", ")}${why === undefined ? "" : `; no delta: ${why}`}`;
}

async function readOptions({ argv, env, err }: CommandContext) {
  const { values, positionals } = parseArguments(argv, {
    from: { type: "string", multiple: true, default: [] },
    base: { type: "string" },
    proxy: { type: "string" },
    "token-file": { type: "string" },
    json: { type: "boolean", default: false },
  });
  const base = values.base === undefined ? undefined : urlOf(values.base, "--base ");
  const found = new Set(positionals.map((url) => urlOf(url).href));
  const token = readToken(values["token-file"], env, ["ADMIN_TOKEN", "PURGE_TOKEN"]);
  for (const source of values.from) {
    for (const url of await addressesFrom(source, base)) found.add(url);
  }
  const [first] = found;
  if (first === undefined) throw new UsageError("give a URL, or a source of URLs with --from");
  const site = new URL(first).origin;
  const urls = [...found].filter((url) => new URL(url).origin === site);
  if (urls.length < found.size)
    err(`${found.size - urls.length} URLs of other sites are left out\n`);
  if (urls.length > MOST) err(`only the first ${MOST} of ${urls.length} URLs are prepared\n`);
  const proxy = endpointAt(WARM, values.proxy, first);
  return { urls: urls.slice(0, MOST), proxy, token, json: values.json };
}

function urlOf(text: string, what = ""): URL {
  const url = URL.parse(text);
  if (isOnWeb(url)) return url;
  throw new UsageError(
    `${what}${JSON.stringify(text)} is not a URL like https://www.example.com/page`,
  );
}
