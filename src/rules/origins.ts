import { ANONYMOUS } from "../agent/agent.ts";
import { isPlain } from "../http/canonical-path.ts";
import { readPath } from "../http/path-readings.ts";
import { splitTarget } from "../http/target.ts";
import { secondsOf } from "../timing/duration.ts";
import { compileMatch, type Matcher } from "./match.ts";
import { exactFolding } from "./path-folding.ts";
import type { RulesFile } from "./schema.ts";

/** One origin server of the rules. */
export interface OriginServer {
  /** In `origins` of the rules; "default" for one that has no name. */
  readonly name: string;
  /** Scheme, host and port of each address, the preferred one first. */
  readonly urls: readonly [string, ...string[]];
  readonly host: "origin" | "public";
  /** As the rules name it: a file, or PEM text. */
  readonly ca: string | undefined;
  /** Milliseconds. */
  readonly timeouts: { readonly connect: number; readonly head: number; readonly idle: number };
  readonly failover: Failover;
}

/** When an address is not used, and for how long; milliseconds. */
export interface Failover {
  readonly failures: number;
  readonly statuses: readonly number[];
  readonly wait: number;
  readonly longestWait: number;
}

/** The origin servers of a site, and the choice between them. */
export interface OriginServers {
  /** The one for requests that no rule sends elsewhere comes first. */
  readonly all: readonly [OriginServer, ...OriginServer[]];
  /** The origin server of a URL. @param host of the public origin @param target in origin-form */
  of(host: string, target: string): OriginServer;
  /** Changes if another server may answer some URL: what is stored for one is not used for the other. */
  readonly key: string;
}

/** The name of the origin server that the rules give no name. */
export const DEFAULT_ORIGIN = "default";

/** The name of an origin server in the rules; undefined for one that has none. */
export function nameOf({ name }: OriginServer): string | undefined {
  return name === DEFAULT_ORIGIN ? undefined : name;
}

/** The rules about origin servers. */
export type OriginRules = Pick<
  RulesFile,
  "origins" | "originHost" | "originCa" | "timeouts" | "rules" | "paths"
>;

/** Compiles the origin servers of the rules. @param server that for all other requests */
export function compileOrigins(file: OriginRules, server: string): OriginServers {
  const { origin: first } = new URL(server);
  const named = Object.entries(file.origins).map(([name, entry]) =>
    compileNamed(file, name, entry),
  );
  const ofName = new Map(named.map((each) => [each.name, each]));
  const known = named.find(({ urls }) => urls[0] === first);
  const standard = known ?? compileDefault(file, first);
  const { formOf, patterns } = exactFolding(file.paths);
  const routes: { readonly matches: Matcher; readonly to: OriginServer }[] = [];
  const keys: unknown[] = [first];
  for (const { origin, match } of file.rules) {
    const to = origin === undefined ? undefined : ofName.get(origin);
    if (to === undefined) continue;
    routes.push({ matches: compileMatch(match, patterns), to });
    keys.push([match.host, match.path, to.urls[0]]);
  }
  const used = new Set([standard, ...routes.map(({ to }) => to)]);
  return {
    all: [...used] as [OriginServer, ...OriginServer[]],
    key: routes.length === 0 ? first : `${first} ${hashOf(JSON.stringify([keys, file.paths]))}`,
    of(host, target) {
      if (routes.length === 0) return standard;
      const path = formOf(readingOf(splitTarget(target).path, file.paths));
      const facts = { method: "GET", host, path, agent: ANONYMOUS };
      return routes.find(({ matches }) => matches(facts))?.to ?? standard;
    },
  };
}

/** A short name for a text, since some stores bound the length of keys. */
function hashOf(text: string): string {
  let [a, b] = [0x811c9dc5, 0x9dc5811c];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
  }
  return [a, b].map((half) => (half >>> 0).toString(36)).join("");
}

/** The canonical reading of a path: dot segments resolved, needless escapes undone. */
function readingOf(path: string, { parameters }: RulesFile["paths"]): string {
  return isPlain(path) ? path : readPath(path, { parameters }).paths[0];
}

function compileDefault(
  { originHost, originCa, timeouts }: OriginRules,
  url: string,
): OriginServer {
  return {
    name: DEFAULT_ORIGIN,
    urls: [url],
    host: originHost,
    ca: originCa,
    timeouts: inMilliseconds(timeouts),
    failover: NO_FAILOVER,
  };
}

const NO_FAILOVER: Failover = { failures: 1, statuses: [], wait: 0, longestWait: 0 };

function compileNamed(
  { originHost, timeouts }: OriginRules,
  name: string,
  entry: OriginRules["origins"][string],
): OriginServer {
  const shared = { name, host: originHost, ca: undefined, timeouts: inMilliseconds(timeouts) };
  if (typeof entry === "string") return { ...shared, urls: [entry], failover: NO_FAILOVER };
  const { url, host = originHost, ca, failover } = entry;
  return {
    name,
    urls: (typeof url === "string" ? [url] : [...new Set(url)]) as [string, ...string[]],
    host,
    ca,
    timeouts: entry.timeouts === undefined ? shared.timeouts : inMilliseconds(entry.timeouts),
    failover: {
      failures: failover.failures,
      statuses: failover.statuses,
      wait: secondsOf(failover.wait) * 1000,
      longestWait: secondsOf(failover.longestWait) * 1000,
    },
  };
}

function inMilliseconds({ connect, head, idle }: RulesFile["timeouts"]) {
  const [forConnect, forHead, forIdle] = [connect, head, idle].map(
    (each) => secondsOf(each) * 1000,
  );
  return { connect: forConnect as number, head: forHead as number, idle: forIdle as number };
}
