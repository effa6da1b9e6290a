import { readFeatures } from "../operator-module.ts";
import type { Bot } from "../../agent/bots.ts";
import { originCa, originCas } from "../secrets.ts";
import { loadRulesFile, pathBeside, readBytes, readText } from "../rules-file.ts";
import {
  agentWith,
  findBot,
  parseAddress,
  plainResponse,
  EVIDENCE_VALUES,
  withUserAgent,
  type FieldLines,
  type RequestFacts,
  type ResponseFacts,
  type EvidenceValue,
} from "../../simulate/facts.ts";
import { runOffline, withEnforce, type Traced } from "../../simulate/run.ts";
import { compileOrigins } from "../../rules/origins.ts";
import type { RulesFile } from "../../rules/schema.ts";
import { formatReport, type ReportedOrigin } from "./report.ts";
import { openStoreToRead } from "../node-store.ts";
import { parseStoreChoice } from "../store-choice.ts";
import type { Store } from "../../store/store.ts";
import { silentLog } from "../../telemetry/log.ts";
import { turndownFor } from "../turndown.ts";
import { now } from "../../timing/duration.ts";
import { OWN_FOLDER } from "../../http/known-paths.ts";
import { onlyOne, parseArguments, UsageError, wrongValue, type Command } from "../usage.ts";

const readArguments = (argv: readonly string[]) =>
  parseArguments(argv, {
    rules: { type: "string" },
    features: { type: "string" },
    as: { type: "string" },
    verified: { type: "boolean", default: false },
    evidence: { type: "string" },
    ip: { type: "string" },
    country: { type: "string" },
    method: { type: "string", default: "GET" },
    header: { type: "string", multiple: true, default: [] },
    html: { type: "string" },
    status: { type: "string" },
    "response-header": { type: "string", multiple: true, default: [] },
    origin: { type: "string" },
    store: { type: "string" },
    "store-origin": { type: "string" },
    json: { type: "boolean", default: false },
  });

type Values = ReturnType<typeof readArguments>["values"];

/** `wayleave explain`: explains the response to a request. */
export const explain: Command = {
  summary: "explains why a request gets its response",
  help: `wayleave explain URL [--rules FILE] [--as BOT] [--verified] [--origin URL] [--json]

Explains one request: the agent, the rules that match and why the others do not, the
decision of each feature, and the response.
URL may be a path of the site (publicOrigin in the rules, else www.example.com).

Without --origin, no request is sent: you describe the origin server's response.

  --rules FILE      the rules file (default: rules/default.jsonc)
  --features FILE   a module with the list of features (docs/features.md)
  --as BOT          the bot that sends the request: a name or token of the bot table
  --verified        the bot proves its identity by a signature
  --evidence KIND   or has this evidence: claim, ip-range, reverse-dns, signature, verified;
                    invalid (a refuted signature), spoofed (an address that refutes the claim)
  --ip ADDRESS      the client's address, compared with the lists that are available
  --country CODE    the client's country in two letters
  --method NAME     default GET
  --header 'K: V'   a request field; any number of them
  --html FILE       the page that the origin server sends (default: a plain page)
  --status N        the status of its response (default: 200)
  --response-header 'K: V'
                    a field of its response; any number of them
  --store STORE     the store of a proxy (sqlite:PATH or redis://HOST, as for start), with its
                    dictionaries, deltas and automatic groups; explain only reads it
  --store-origin URL
                    the origin server of that proxy (default: the rules' origin)
  --origin URL      sends the request to this origin server instead (GET and HEAD only)
  --json            the trace for programs

Exit code 0; 2 for bad usage or rules with faults.
`,
  async run({ argv, out, color }) {
    const { values, positionals } = readArguments(argv);
    const address = onlyOne(positionals, "give one URL");
    const features = await readFeatures(values.features);
    const { rules, bots, file } = loadRulesFile(values.rules, features);
    const request = readRequest(address, values, rules.publicOrigin, bots);
    const readList = (path: string) => readText(pathBeside(file, path));
    const originServer = siteOf(values, rules.origin);
    const store = await openStore(values.store);
    const trusted = values.origin === undefined ? undefined : originCa(rules, file);
    const site = { rules, bots, features, loadTurndown: await turndownFor(rules), readList, now };
    const trustedBy = values.origin === undefined ? {} : originCas(rules, file);
    const options = { ...site, store, originServer, originCa: trusted, originCas: trustedBy };
    const run = liveOr(values, options, request, readResponse(request, values));
    const { trace, summaries } = await run(rules);
    const origin = originOf(rules, values.origin, trace.request.url);
    const isObserved = trace.features.some(({ mode }) => mode === "observe");
    const enforced = isObserved ? (await run(withEnforce(rules, features))).trace : undefined;
    if (values.json) {
      const inEnforce = enforced === undefined ? {} : { inEnforce: enforced.answer };
      const toOrigin = origin === undefined ? {} : { origin };
      const report = { summary: summaries, ...trace, ...toOrigin, ...inEnforce };
      out(`${JSON.stringify(report, undefined, 2)}\n`);
    } else out(formatReport({ trace, summaries, enforced, rules, bots, origin }, color));
    store?.close?.();
    return 0;
  },
};

/** The origin server of a URL, if the rules name several. */
function originOf(
  rules: RulesFile,
  given: string | undefined,
  address: string,
): ReportedOrigin | undefined {
  if (Object.keys(rules.origins).length === 0) return undefined;
  const url = new URL(address);
  const servers = compileOrigins(rules, given ?? rules.origin ?? UNKNOWN);
  const { name, urls } = servers.of(url.host, url.pathname + url.search);
  return { name, urls: urls.filter((each) => each !== UNKNOWN) };
}

/** The top-level origin server, which may be an option of `start`. */
const UNKNOWN = "http://origin.invalid";

const ORIGIN = /^https?:\/\/[^/]+\/?$/i;

/** The origin server to which the stored data belongs. */
function siteOf({ store, "store-origin": named }: Values, ofRules: string | undefined) {
  const origin = named ?? ofRules;
  if (named !== undefined && !ORIGIN.test(named)) {
    throw new UsageError(
      `--store-origin must be an origin such as https://origin.example.com, not ${named}`,
    );
  }
  if (store !== undefined && origin === undefined) {
    throw new UsageError("give the origin server of that store's proxy with --store-origin URL");
  }
  return origin;
}

async function openStore(text: string | undefined): Promise<Store | undefined> {
  if (text === undefined) return undefined;
  return openStoreToRead(parseStoreChoice(text), { now, log: silentLog });
}

function liveOr(
  { origin, html, status, "response-header": fields }: Values,
  options: Parameters<typeof runOffline>[0],
  request: RequestFacts,
  response: ResponseFacts,
): (rules: typeof options.rules) => Promise<Traced> {
  if (origin === undefined) {
    return (rules) => runOffline({ ...options, rules }, request, response);
  }
  if (options.store !== undefined) {
    throw new UsageError("--store can't be combined with --origin");
  }
  if (request.country !== undefined) {
    throw new UsageError("--country can't be combined with --origin");
  }
  if (html !== undefined || status !== undefined || fields.length > 0) {
    throw new UsageError("--origin can't be combined with --html, --status or --response-header");
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    throw new UsageError("with --origin, --method must be GET or HEAD");
  }
  if (!ORIGIN.test(origin) || !URL.canParse(origin)) {
    throw wrongValue("--origin", "an origin such as https://www.example.com", origin);
  }
  return async (rules) => {
    const { runLive } = await import("../../simulate/live.ts");
    const traced = await runLive({ ...options, rules }, request, new URL(origin).origin);
    if (traced === undefined) throw new UsageError("the proxy refused the request before any rule");
    return traced;
  };
}

function readRequest(
  address: string,
  values: Values,
  publicOrigin: string | undefined,
  bots: readonly Bot[],
): RequestFacts {
  const parsed = parseAddress(address, publicOrigin ?? "https://www.example.com");
  if (parsed === undefined) {
    throw new UsageError(`${JSON.stringify(address)} is not an http or https URL, and not a path`);
  }
  if (parsed.target.startsWith(`${OWN_FOLDER}/`)) {
    throw new UsageError("no rule applies to paths under /.wayleave/, which are wayleave's own");
  }
  const { method, ip, country } = values;
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(method) || method === "CONNECT" || method === "TRACE") {
    throw new UsageError(`the proxy does not forward the method ${JSON.stringify(method)}`);
  }
  const bot = values.as === undefined ? undefined : findBot(values.as, bots);
  if (typeof bot === "string") throw new UsageError(`--as: ${bot}`);
  const evidence = readEvidence(values);
  if (evidence !== undefined && bot === undefined) {
    throw new UsageError("give the bot of that evidence with --as BOT");
  }
  const fields = withUserAgent(values.header.map(readField), bot);
  const agent = evidence === undefined ? undefined : agentWith(bot, evidence);
  return { ...parsed, method, fields, address: ip, country, agent };
}

function readEvidence({ evidence, verified }: Values): EvidenceValue | undefined {
  if (evidence === undefined) return verified ? "verified" : undefined;
  const known = EVIDENCE_VALUES.find((each) => each === evidence);
  if (known !== undefined) return known;
  throw wrongValue("--evidence", `one of ${EVIDENCE_VALUES.join(", ")}`, evidence);
}

function readField(line: string): FieldLines[number] {
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([^\r\n]*?)[ \t]*$/.exec(line) ?? [];
  if (name === undefined || value === undefined) {
    throw new UsageError(
      `${JSON.stringify(line)} is not a field; write it like 'Accept: text/html'`,
    );
  }
  return [name, value];
}

function readResponse({ target }: RequestFacts, values: Values): ResponseFacts {
  const plain = plainResponse(target);
  const status = values.status === undefined ? plain.status : Number(values.status);
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new UsageError(`--status must be a number from 200 to 599, not ${values.status}`);
  }
  const given = values["response-header"].map(readField);
  const named = new Set(given.map(([name]) => name.toLowerCase()));
  const page: FieldLines = [["content-type", "text/html; charset=utf-8"]];
  const fields = values.html === undefined ? plain.fields : page;
  const content = values.html === undefined ? plain.content : readBytes(values.html);
  return { status, content, fields: [...fields.filter(([name]) => !named.has(name)), ...given] };
}
