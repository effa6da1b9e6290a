import { createIdentification } from "../../agent/identification.ts";
import { nodeIdentity } from "../../runtime/node/identity.ts";
import { memoryStore } from "../../store/memory.ts";
import { compileOrigins, nameOf } from "../../rules/origins.ts";
import { silentLog } from "../../telemetry/log.ts";
import { now } from "../../timing/duration.ts";
import { readFeatures } from "../operator-module.ts";
import { fileReader, readRulesFile } from "../rules-file.ts";
import { originCa, originCas, tokensOf } from "../secrets.ts";
import { parseStoreChoice } from "../store-choice.ts";
import { parseOptions, UsageError, type Command } from "../usage.ts";
import { findingsOf, type SetupFinding } from "./finding.ts";
import { lookAtDirectories, lookAtLists } from "./identity.ts";
import { lookAtCertificates, lookAtOrigin, type OriginAccess } from "./origin.ts";
import { lookAtProxy } from "./proxy.ts";
import { formatFindings, hasFailed } from "./report.ts";
import { lookAtRules } from "./rules.ts";
import { lookAtStore } from "./store.ts";
import { lookAtVersions } from "./versions.ts";

/** `wayleave doctor`: looks at a whole set-up. */
export const doctor: Command = {
  summary: "looks at the whole set-up, and says what is wrong",
  help: `wayleave doctor [--rules FILE] [--origin URL] [--store STORE] [--proxy URL] [--offline]
                [--features FILE] [--json]

Looks at versions, rules, the store, the operators' address lists, key directories,
the origin servers, certificates, clocks, and a running proxy. Changes nothing.

  --rules FILE   the rules (default: rules/default.jsonc)
  --origin URL   the origin server (also ORIGIN_URL; default: that of the rules)
  --store STORE  the store, as for start (also STORE_URL)
  --proxy URL    a running proxy; with its ADMIN_TOKEN in the environment also its
                 state, and whether agents.trustedProxyHops fits what arrives
  --offline      fetches no address lists and no directories
  --json         {"findings":[{"part","result","says","todo"}]}; a result is ok,
                 doubtful, bad or unknown

Exit code 1 if something is bad.
`,
  async run({ argv, env, out, color }) {
    const values = parseOptions(argv, OPTIONS);
    const features = await readFeatures(values.features);
    const file = readRulesFile(values.rules, features);
    const { read } = file;
    const rules = read.kind === "valid" ? read.rules : undefined;
    const origin = originOf(values.origin ?? env["ORIGIN_URL"] ?? rules?.origin);
    const stated = values.store ?? env["STORE_URL"];
    const accesses = origin === undefined ? [] : accessesOf(origin, rules, file.file);
    const findings = await Promise.all([
      lookAtVersions(rules),
      lookAtStore(stated === undefined ? undefined : parseStoreChoice(stated), now),
      values.offline || read.kind !== "valid"
        ? Promise.resolve([])
        : lookAtSources(read, file.file),
      ...(accesses.length === 0
        ? [Promise.resolve([NO_ORIGIN])]
        : accesses.map((access) => lookAtOrigin(access, clock))),
      accesses.length === 0 ? Promise.resolve([]) : lookAtCertificates(accesses, clock),
      lookAtProxy(values.proxy, tokensOf(env).admin, clock),
    ]);
    const all = [...lookAtRules(file), ...findings.flat()];
    out(
      values.json
        ? `${JSON.stringify({ findings: all }, undefined, 2)}\n`
        : formatFindings(all, color),
    );
    return hasFailed(all) ? 1 : 0;
  },
};

const OPTIONS = {
  rules: { type: "string" },
  origin: { type: "string" },
  store: { type: "string" },
  proxy: { type: "string" },
  offline: { type: "boolean", default: false },
  features: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

type Read = Extract<ReturnType<typeof readRulesFile>["read"], { kind: "valid" }>;

/** Seconds since the epoch, with fractions. */
function clock(): number {
  return Date.now() / 1000;
}

const NO_ORIGIN = findingsOf("origin").unknown(
  "no origin server is named",
  'Give --origin, or "origin" in the rules.',
);

/** Fetches the address lists and directories, as a proxy does at its start. */
async function lookAtSources(
  { rules, bots }: Read,
  file: string,
): Promise<readonly SetupFinding[]> {
  const identification = createIdentification(
    { rules, bots, dev: false },
    {
      ...nodeIdentity({ dev: false }),
      readList: fileReader(file),
      now,
      log: silentLog,
      index: memoryStore({ now }).index,
    },
  );
  await identification.refresh();
  const state = identification.describe();
  return [...lookAtLists(state), ...lookAtDirectories(state)];
}

function originOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url.origin;
  throw new UsageError(`the origin server must be a URL, not ${JSON.stringify(text)}`);
}

/** Each address of the origin servers in use. @param rules undefined if they are faulty */
function accessesOf(
  origin: string,
  rules: Read["rules"] | undefined,
  file: string,
): readonly OriginAccess[] {
  if (rules === undefined) {
    return [{ origin, host: undefined, publicOrigin: undefined, ca: undefined }];
  }
  const publicOrigin = rules.publicOrigin && new URL(rules.publicOrigin).origin;
  const publicHost = publicOrigin === undefined ? undefined : new URL(publicOrigin).host;
  const ofNames = originCas(rules, file);
  return compileOrigins(rules, origin).all.flatMap((server) => {
    const name = nameOf(server);
    const ca = name === undefined ? originCa(rules, file) : ofNames[name];
    const host = server.host === "public" ? publicHost : undefined;
    return server.urls.map((url) => ({ name, origin: url, host, publicOrigin, ca }));
  });
}
