import { fleetOf, groupByFleet, type Bot } from "./bots.ts";
import { parseIpBlocks } from "./ip-blocks.ts";
import { IpRangeList, type IpRangeListState, type ListFetch } from "./ip-range-list.ts";
import { compileIpRanges } from "./ip-ranges.ts";
import { isListFile, isListUrl } from "./list-source.ts";

/** The verdict of the published address lists on one address. */
type RangeVerdict = "inside" | "outside" | "no-list";

/** The addresses of every operator's fleets, from blocks in the bot table, files and fetched lists. */
export interface OperatorRanges {
  /** Resolves once the files are loaded; undefined if there are none. */
  readonly loaded: Promise<void> | undefined;
  /** Checks whether the fleet that sends a bot has an address; "outside" requires a loaded list. */
  check(bot: Bot, address: string): RangeVerdict;
  /**
   * Whether every list of the bot's fleet is loaded, without an entry that could not be read, and
   * fresh: fetched in the last 48 hours.
   */
  isFresh(bot: Bot): boolean;
  /** Reads the files and fetches the lists again; a list that fails remains as it is. */
  refresh(): Promise<void>;
  /** Loads a copy of a fetched list if it is newer than the one in use. */
  load(url: string, text: string, fetchedAt: number): Promise<void>;
  describe(): readonly IpRangeListState[];
}

interface OperatorRangesOptions {
  readonly bots: readonly Bot[];
  readonly fetch: ListFetch;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** The text of a file that the bot table names; undefined if there is none. */
  readonly readFile: (path: string) => string | undefined;
  /** Called with each list that was fetched and is in use, e.g. to store it. */
  readonly onFetched?: (url: string, text: string, fetchedAt: number) => void;
}

/** Seconds for which a fetched list refutes claims; operators add addresses at any time. */
const FRESH_FOR = 48 * 3600;

export function createOperatorRanges(options: OperatorRangesOptions): OperatorRanges {
  const { bots, fetch, now, readFile, onFetched } = options;
  const sources = [...new Set(bots.flatMap(({ ipRanges }) => ipRanges))];
  const urls = sources.filter(isListUrl).map((url) => new IpRangeList(url));
  const files = sources.filter(isListFile).map((path) => new IpRangeList(path));
  const lists = new Map([...urls, ...files].map((list) => [list.url, list]));

  const byFleet = new Map<string, readonly Pick<IpRangeList, "ranges">[]>();
  const listsOf = new Map<string, readonly IpRangeList[]>();
  for (const [fleet, named] of groupByFleet(bots, ({ ipRanges }) => ipRanges)) {
    const blocks = named.flatMap((source) => parseIpBlocks(source) ?? []);
    const own = blocks.length === 0 ? [] : [{ ranges: compileIpRanges(blocks) }];
    const found = named.flatMap((source) => lists.get(source) ?? []);
    listsOf.set(fleet, found);
    byFleet.set(fleet, [...own, ...found]);
  }

  async function load(texts: readonly (string | undefined)[]): Promise<void> {
    for (const [i, text] of texts.entries()) {
      if (text !== undefined) await files[i]?.load(text, now());
    }
  }
  const readFiles = () => files.map(({ location }) => readFile(location));

  return {
    loaded: files.length === 0 ? undefined : load(readFiles()),
    check(bot, address) {
      let verdict: RangeVerdict = "no-list";
      for (const { ranges } of byFleet.get(fleetOf(bot)) ?? []) {
        if (ranges?.contains(address) === true) return "inside";
        if (ranges !== undefined) verdict = "outside";
      }
      return verdict;
    },
    isFresh(bot) {
      const own = listsOf.get(fleetOf(bot));
      const since = now() - FRESH_FOR;
      return (
        own?.every((list) => list.isWhole && (list.isFile || list.fetchedAt >= since)) ?? false
      );
    },
    async refresh() {
      await load(readFiles());
      await Promise.all(
        urls.map(async (list) => {
          const text = await list.refresh(fetch, now);
          if (text !== undefined) onFetched?.(list.url, text, list.fetchedAt);
        }),
      );
    },
    async load(url, text, fetchedAt) {
      const list = lists.get(url);
      if (list !== undefined && fetchedAt > list.fetchedAt) await list.load(text, fetchedAt);
    },
    describe: () => [...lists.values()].map((list) => list.describe(now())),
  };
}
