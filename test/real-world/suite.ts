import { readFileSync } from "node:fs";
import { Agent } from "node:http";
import { Agent as TlsAgent } from "node:https";
import { parse } from "jsonc-parser";
import { RUNTIMES, type Proxy, type ProxyOptions, type RuntimeName } from "../support/runtimes.ts";
import { ask, type Asked, type Got } from "./client.ts";
import { describeAsked, differencesOf } from "./compare.ts";
import { getOfHead, lengthsLike, withoutOtherTag } from "./from-cache.ts";
import type { Pair } from "./permitted.ts";
import { wholeOfPart } from "./stored-part.ts";
import type { Origin } from "./origins/program.ts";

/** Rules under which the proxy should change nothing, or no more than the documents say. */
export const RULES: Readonly<Record<"off" | "on", object>> = {
  off: {},
  on: parse(
    readFileSync(new URL("../../rules/default.jsonc", import.meta.url), "utf8"),
    undefined,
    { allowTrailingComma: true },
  ) as object,
};

/** Every runtime under all rules. */
export const SETTINGS: readonly (readonly [RuntimeName, keyof typeof RULES])[] = (
  Object.keys(RUNTIMES) as RuntimeName[]
).flatMap((runtime) => [[runtime, "off"] as const, [runtime, "on"] as const]);

/** The origin server and the proxy in front of it, asked side by side. */
export interface Sides {
  readonly proxy: Proxy;
  /** Sends a request to both. */
  both(asked: Asked): Promise<{ direct: Got | Error; through: Got | Error }>;
  /** The response of the origin server alone, for its validators. */
  plainly(target: string): Promise<Got>;
  /** Sends requests to both, some at a time, and says what differs, each kind once. */
  compare(requests: readonly Asked[]): Promise<string[]>;
  close(): Promise<void>;
}

const WIDTH = 8;

/** Times that a HEAD or a part from the cache is compared with a whole until it has to be right. */
const TRIES = 3;

/** A difference, and the request that shows it. */
interface Found {
  readonly asked: Asked;
  readonly difference: string;
}

/** Each kind of difference once: what differs, how often, and the first request that shows it. */
function summarize(found: readonly Found[]): string[] {
  const kinds = new Map<string, Found[]>();
  for (const each of found) {
    const kind = each.difference.replaceAll(/\d+/g, "0");
    kinds.set(kind, [...(kinds.get(kind) ?? []), each]);
  }
  return [...kinds.values()].map(
    (all) =>
      `${all[0]?.difference} (${all.length} times, first: ${describeAsked(all[0]?.asked as Asked)})`,
  );
}

/** Starts the proxy in front of an origin server. */
export async function startSides(
  { url: origin, ca, plainUrl = origin }: Pick<Origin, "url" | "ca" | "plainUrl">,
  [runtime, rules]: (typeof SETTINGS)[number],
  more: Partial<ProxyOptions> = {},
): Promise<Sides> {
  const trust = ca === undefined ? {} : { originCa: ca };
  const proxy = await RUNTIMES[runtime]({ origin, rules: RULES[rules], ...trust, ...more });
  const agents = [plainUrl, proxy.url].map((url) => agentFor(url, ca));
  const both = async (asked: Asked) => {
    const [direct, through] = await Promise.all(
      [plainUrl, proxy.url].map((url, i) =>
        ask(url, asked, agents[i]).catch((error: unknown) => error as Error),
      ),
    );
    return { direct: direct as Got | Error, through: through as Got | Error };
  };
  const isOn = rules === "on";
  const pairOf = async (asked: Asked): Promise<Pair | Error | undefined> => {
    const { direct, through } = await both(asked);
    // A request that the origin server answers by closing the connection has no response to compare.
    if (direct instanceof Error) return undefined;
    if (through instanceof Error) return through;
    const pair = { asked, direct, through, origin, proxy: proxy.url, runtime, isOn };
    const other = withoutOtherTag(pair);
    if (other !== undefined) {
      return { ...pair, asked: other, direct: await ask(plainUrl, other, agents[0]) };
    }
    const part = wholeOfPart(pair);
    if (part !== undefined) {
      const all = await both(part);
      return {
        ...pair,
        wholes: [all.through, all.direct].filter((each): each is Got => !(each instanceof Error)),
      };
    }
    const get = getOfHead(pair);
    if (get === undefined) return pair;
    const gets = await both(get);
    return { ...pair, lengths: lengthsLike(through, [gets.direct, gets.through]) };
  };
  const look = async (asked: Asked): Promise<Found[]> => {
    for (let left = TRIES; ; left--) {
      const pair = await pairOf(asked);
      if (pair === undefined) return [];
      if (pair instanceof Error) return [{ asked, difference: String(pair) }];
      const found = differencesOf(pair);
      // A coding made in between takes the place of the one whose length the HEAD stated.
      const isSettled = pair.lengths === undefined && pair.wholes === undefined;
      if (found.length === 0 || isSettled || left === 1) {
        return found.map((difference) => ({ asked, difference }));
      }
    }
  };
  return {
    proxy,
    both,
    plainly: (target) => ask(plainUrl, { method: "GET", target }, agents[0]),
    async compare(requests) {
      const waiting = [...requests];
      const found: Found[] = [];
      const work = async (): Promise<void> => {
        for (let asked = waiting.shift(); asked !== undefined; asked = waiting.shift()) {
          found.push(...(await look(asked)));
        }
      };
      await Promise.all(Array.from({ length: WIDTH }, work));
      return summarize(found);
    },
    async close() {
      for (const agent of agents) agent.destroy();
      await proxy.close();
    },
  };
}

/** A client's connections to a server. */
export function agentFor(url: string, ca: string | undefined): Agent | TlsAgent {
  const options = { keepAlive: true, maxSockets: WIDTH };
  return url.startsWith("https:")
    ? new TlsAgent({ ...options, ...(ca === undefined ? {} : { ca }) })
    : new Agent(options);
}
