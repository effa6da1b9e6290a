import { OWN_FOLDER } from "../../http/known-paths.ts";
import { isObject } from "../../http/json.ts";
import { decideHops, readCensus } from "../../runtime/forwarded-census.ts";
import { namesOf, spanOf, STALE } from "./words.ts";
import { findingsOf, reasonOf, type SetupFinding } from "./finding.ts";

const { ok, doubtful, bad, unknown } = findingsOf("proxy");
const TIMEOUT = 10_000;

/** Looks at a running proxy: its rules, its parts, and the addresses of its clients. */
export async function lookAtProxy(
  proxy: string | undefined,
  token: string | undefined,
  clock: () => number,
): Promise<readonly SetupFinding[]> {
  if (proxy === undefined) return [unknown("no running proxy is named", "Give --proxy URL.")];
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  let response: Response;
  let details: unknown;
  try {
    response = await fetch(new URL(`${OWN_FOLDER}/health`, proxy), {
      headers,
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT),
    });
    details = await response.json();
  } catch (error) {
    return [bad(`${proxy} gives no response of wayleave: ${reasonOf(error)}`)];
  }
  if (response.status !== 200 || !isObject(details)) {
    return [bad(`${proxy} is not wayleave: it answers ${response.status}`)];
  }
  if (!isObject(details["rules"])) {
    const todo = "Set ADMIN_TOKEN to that of the proxy.";
    return [ok(`${proxy} is up`), unknown("it shows no details without its token", todo)];
  }
  return [
    ok(`${proxy} is up`),
    ...rulesOf(details),
    ...partsOf(details),
    ...skewOf(response, clock),
    ...hopsOf(details),
  ];
}

function rulesOf({ rules, refused }: Readonly<Record<string, unknown>>): readonly SetupFinding[] {
  const { version, since } = rules as Record<string, string | null>;
  if (isObject(refused)) {
    const at = String(refused["at"]);
    return [bad(`it refused newer rules at ${at}`, "See rules-refused in its log.")];
  }
  return version === null
    ? [bad("it has no valid rules")]
    : [ok(`rules ${version} since ${since}`)];
}

/** The parts of a proxy that can fail, by their names in its details. */
const FAILING = ["store", "ledger", "rates"] as const;

function partsOf(details: Readonly<Record<string, unknown>>): readonly SetupFinding[] {
  const findings: SetupFinding[] = [];
  for (const name of FAILING) {
    const part = details[name];
    if (isObject(part) && part["works"] === false) {
      const since = `since ${String(part["since"])}`;
      findings.push(bad(`its ${name} fails ${since}`, `See ${String(part["event"])} in its log.`));
    }
  }
  const { origin } = details;
  if (isObject(origin) && origin["up"] === false) {
    findings.push(bad("its origin server is down", "See origin-down in its log."));
  }
  return [...findings, ...addressesOf(details), ...sourcesOf(details)];
}

/** The addresses of origin servers that the proxy leaves out at present. */
function addressesOf({ origins }: Readonly<Record<string, unknown>>): readonly SetupFinding[] {
  const named = Array.isArray(origins) ? origins.filter(isObject) : [];
  return named.flatMap(({ name, addresses }) => {
    const all = Array.isArray(addresses) ? addresses.filter(isObject) : [];
    const out = all.filter(({ outFor }) => typeof outFor === "number" && outFor > 0);
    if (out.length === 0) return [];
    const urls = namesOf(out.map(({ address }) => String(address)));
    const says = `its origin server ${String(name)} is used without ${urls}, after failures`;
    return [
      (out.length === all.length ? bad : doubtful)(says, "See origin-address-out in its log."),
    ];
  });
}

/** The lists and directories of a proxy that are old, or that it never read. */
function sourcesOf(details: Readonly<Record<string, unknown>>): readonly SetupFinding[] {
  return (["lists", "directories"] as const).flatMap((name) => {
    const all = Array.isArray(details[name]) ? details[name].filter(isObject) : [];
    const old = all.filter(({ age }) => typeof age !== "number" || age > STALE);
    if (all.length === 0) return [];
    if (old.length === 0) return [ok(`it has read all ${all.length} ${name}`)];
    const urls = old.map(
      ({ url, failure }) => `${String(url)} (${typeof failure === "string" ? failure : "old"})`,
    );
    const says = `${old.length} of its ${all.length} ${name} are old or were never read: ${namesOf(urls)}`;
    return [doubtful(says, "Is the network open for it? See its log.")];
  });
}

/** Compares this machine's clock with the proxy's. */
function skewOf({ headers }: Response, clock: () => number): readonly SetupFinding[] {
  const theirs = Date.parse(headers.get("date") ?? "") / 1000;
  const difference = Math.abs(Math.round(clock() - theirs));
  if (Number.isNaN(difference) || difference <= 5) return [];
  return [doubtful(`its clock is ${spanOf(difference)} off that of this machine`)];
}

function hopsOf({ clients }: Readonly<Record<string, unknown>>): readonly SetupFinding[] {
  const census = readCensus(clients);
  if (census === undefined) return [];
  const verdict = decideHops(census);
  const seen = `agents.trustedProxyHops is ${census.hops}`;
  switch (verdict.kind) {
    case "fits":
      return [ok(`${seen}, as requests arrive`)];
    case "unknown":
      return [unknown(`${seen}; too few requests have arrived to judge that`)];
    case "too-few":
      return [
        doubtful(
          `${seen}, but most requests come from a proxy and name ${verdict.members} in X-Forwarded-For`,
          `Set it to ${verdict.members}, so that clients are known by their own address.`,
        ),
      ];
    case "too-many":
      return [
        bad(
          `${seen}, but most requests name only ${verdict.members} in X-Forwarded-For`,
          `Set it to ${verdict.members}: otherwise clients choose their address.`,
        ),
      ];
  }
}
