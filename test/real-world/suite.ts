import { readFileSync } from "node:fs";
import { parse } from "jsonc-parser";
import { RUNTIMES, type Proxy, type ProxyOptions, type RuntimeName } from "../support/runtimes.ts";
import { RUNS_ALL } from "../support/sample.ts";
import type { Asked, Got } from "./client.ts";
import { describeAsked, differencesOf } from "./compare.ts";
import { http1Client, startFront, WIDTH, type Client, type Front } from "./front.ts";
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

/** The runtime, whether the features are on, and how clients reach the proxy. */
export type Setting = readonly [runtime: RuntimeName, rules: keyof typeof RULES, front: Front];

/** Every runtime under all rules, reached over HTTP/1.1. */
export const SETTINGS: readonly Setting[] = (Object.keys(RUNTIMES) as RuntimeName[]).flatMap(
  (runtime): Setting[] => [
    [runtime, "off", "HTTP/1.1"],
    [runtime, "on", "HTTP/1.1"],
  ],
);

const OTHER_FRONTS: readonly Setting[] = (
  ["TLS and HTTP/2", "two processes", "TLS and HTTP/2, two processes"] as const
).flatMap((front): Setting[] => [
  ["node", "off", front],
  ["node", "on", front],
]);

/** Settings of the other fronts: the named sample, or all of them if all cases run. */
export function otherFronts(...sample: readonly Setting[]): readonly Setting[] {
  return RUNS_ALL ? OTHER_FRONTS : sample;
}

/** The origin server and the proxy in front of it, asked side by side. */
export interface Sides {
  readonly proxy: Proxy;
  readonly client: Client;
  /** The authority of the proxy's certificate. */
  readonly ca?: string;
  /** Sends a request to both. */
  both(asked: Asked): Promise<{ direct: Got | Error; through: Got | Error }>;
  /** The response of the origin server alone, for its validators. */
  plainly(target: string): Promise<Got>;
  /** Sends requests to both, some at a time, and says what differs, each kind once. */
  compare(requests: readonly Asked[]): Promise<string[]>;
  close(): Promise<void>;
}

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
  [runtime, rules, front]: Setting,
  more: Partial<ProxyOptions> = {},
): Promise<Sides> {
  const trust = ca === undefined ? {} : { originCa: ca };
  const options = { origin, rules: RULES[rules], ...trust, ...more };
  const { proxy, client, ca: own } = await startFront(front, runtime, options);
  const direct = http1Client(plainUrl, ca);
  const both = async (asked: Asked) => {
    const [without, through] = await Promise.all(
      [direct, client].map((each) => each.ask(asked).catch((error: unknown) => error as Error)),
    );
    return { direct: without as Got | Error, through: through as Got | Error };
  };
  const isOn = rules === "on";
  const pairOf = async (asked: Asked): Promise<Pair | Error | undefined> => {
    const { direct: without, through } = await both(asked);
    // A request that the origin server answers by closing the connection has no response to compare.
    if (without instanceof Error) return undefined;
    if (through instanceof Error) return through;
    const pair = {
      asked,
      direct: without,
      through,
      origin,
      proxy: proxy.url,
      runtime,
      front,
      isOn,
    };
    const other = withoutOtherTag(pair);
    if (other !== undefined) {
      return { ...pair, asked: other, direct: await direct.ask(other) };
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
    client,
    ...(own === undefined ? {} : { ca: own }),
    both,
    plainly: (target) => direct.ask({ method: "GET", target }),
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
      direct.close();
      client.close();
      await proxy.close();
    },
  };
}
