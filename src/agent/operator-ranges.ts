import { groupByOperator, type Bot } from "./bots.ts";
import { parseIpPrefix, type IpPrefix } from "./ip-address.ts";
import {
  createIpRangeLists,
  type IpRangeListOptions,
  type IpRangeListState,
} from "./ip-range-lists.ts";
import { compileIpRanges, type IpRanges } from "./ip-ranges.ts";

/** The verdict of the published address lists on one address. */
type RangeVerdict = "inside" | "outside" | "no-list";

/** Every operator's addresses, from blocks in the bot table, files and fetched lists. */
export interface OperatorRanges {
  /** Checks an address; "outside" requires that at least one list is loaded. */
  check(operator: string, address: string): RangeVerdict;
  /** Reads the files and fetches the lists again; the last good copy of a list that fails remains in use. */
  refresh(): Promise<void>;
  /** Loads a copy of a fetched list if it is newer than the one in use. */
  load(url: string, text: string, fetchedAt: number): void;
  describe(): readonly IpRangeListState[];
}

interface OperatorRangesOptions extends Pick<IpRangeListOptions, "fetch" | "now"> {
  readonly bots: readonly Bot[];
  /** The text of a file that the bot table names; undefined if there is none. */
  readFile(path: string): string | undefined;
  onFetched?(url: string, text: string, fetchedAt: number): void;
}

/** Whether a source in the bot table is a file, not a URL or a block. */
export function isListFile(source: string): boolean {
  return !isUrl(source) && parseIpPrefix(source) === undefined;
}

function isUrl(source: string): boolean {
  return source.includes("://");
}

type Source = () => IpRanges | undefined;

export function createOperatorRanges(options: OperatorRangesOptions): OperatorRanges {
  const sources = [...new Set(options.bots.flatMap(({ ipRanges }) => ipRanges))];
  const blocks = new Map<string, IpPrefix>();
  for (const source of sources) {
    const block = parseIpPrefix(source);
    if (block !== undefined) blocks.set(source, block);
  }
  const paths = sources.filter(isListFile);
  const fetched = createIpRangeLists({ ...options, urls: sources.filter(isUrl) });
  const files = createIpRangeLists({ ...options, urls: paths });

  const byOperator = new Map<string, Source[]>();
  for (const [operator, named] of groupByOperator(options.bots, ({ ipRanges }) => ipRanges)) {
    const own = named.flatMap((source) => blocks.get(source) ?? []);
    const compiled = own.length === 0 ? undefined : compileIpRanges(own);
    const lists = named
      .filter((source) => !blocks.has(source))
      .map((source): Source => {
        const lists = isUrl(source) ? fetched : files;
        return () => lists.ranges(source);
      });
    byOperator.set(operator, compiled === undefined ? lists : [() => compiled, ...lists]);
  }

  function readFiles(): void {
    for (const path of paths) {
      const text = options.readFile(path);
      if (text !== undefined) files.load(path, text);
    }
  }
  readFiles();

  return {
    check(operator, address) {
      let verdict: RangeVerdict = "no-list";
      for (const source of byOperator.get(operator) ?? []) {
        const ranges = source();
        if (ranges?.contains(address) === true) return "inside";
        if (ranges !== undefined) verdict = "outside";
      }
      return verdict;
    },
    async refresh() {
      readFiles();
      await fetched.refresh();
    },
    load(url, text, fetchedAt) {
      const state = fetched.describe().find((each) => each.url === url);
      const age = options.now() - fetchedAt;
      if (state !== undefined && (state.age === undefined || age < state.age)) {
        fetched.load(url, text, fetchedAt);
      }
    },
    describe: () => [...fetched.describe(), ...files.describe()],
  };
}
