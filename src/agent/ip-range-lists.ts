import { readBounded } from "../http/gather.ts";
import { parseIpRangeDocument } from "./ip-range-document.ts";
import { compileIpRanges, type IpRanges } from "./ip-ranges.ts";

export type ListFetch = (
  url: string,
  init: { readonly redirect: "follow"; readonly signal: AbortSignal },
) => Promise<Response>;

export interface IpRangeListOptions {
  readonly fetch: ListFetch;
  /** Seconds since the epoch. */
  now(): number;
  readonly urls: readonly string[];
  /** Milliseconds for one list. @default 10000 */
  readonly deadline?: number;
  /** Called with each list that was fetched and is in use, e.g. to store it. */
  onFetched?(url: string, text: string, fetchedAt: number): void;
}

/** The state of one list, for `explain`. */
export interface IpRangeListState {
  readonly url: string;
  readonly ranges: number;
  readonly refused: number;
  /** Seconds since the copy in use was fetched or given. */
  readonly age: number | undefined;
  readonly failure: "unreachable" | "malformed" | undefined;
}

interface IpRangeLists {
  /** The list's ranges; undefined before the list is loaded. */
  ranges(url: string): IpRanges | undefined;
  /** Fetches every list again; the last good copy of a list that fails remains in use. */
  refresh(): Promise<void>;
  /** Loads a list from the text of a file or a store; false if the text is malformed. */
  load(url: string, text: string, fetchedAt?: number): boolean;
  describe(): readonly IpRangeListState[];
}

interface List {
  readonly url: string;
  ranges: IpRanges | undefined;
  refused: number;
  fetchedAt: number;
  failure: IpRangeListState["failure"];
}

const MOST_BYTES = 4 * 1024 * 1024;

/** Creates the operators' published address lists, none of which is built in. */
export function createIpRangeLists(options: IpRangeListOptions): IpRangeLists {
  const lists = new Map(
    options.urls.map((url): [string, List] => [
      url,
      { url, ranges: undefined, refused: 0, fetchedAt: 0, failure: undefined },
    ]),
  );

  async function fetchList(list: List): Promise<void> {
    const signal = AbortSignal.timeout(options.deadline ?? 10_000);
    try {
      const response = await options.fetch(list.url, { redirect: "follow", signal });
      const bytes =
        response.status === 200 && response.body !== null
          ? await readBounded(response.body, MOST_BYTES)
          : undefined;
      const now = options.now();
      const text = new TextDecoder().decode(bytes);
      if (bytes === undefined) list.failure = "unreachable";
      else if (replace(list, text, now)) options.onFetched?.(list.url, text, now);
    } catch {
      list.failure = "unreachable";
    }
  }

  return {
    ranges: (url) => lists.get(url)?.ranges,
    async refresh() {
      await Promise.all(Array.from(lists.values(), fetchList));
    },
    load(url, text, fetchedAt = options.now()) {
      const list = lists.get(url);
      return list !== undefined && replace(list, text, fetchedAt);
    },
    describe: () =>
      Array.from(lists.values(), (list) => ({
        url: list.url,
        ranges: list.ranges?.size ?? 0,
        refused: list.refused,
        age: list.ranges === undefined ? undefined : options.now() - list.fetchedAt,
        failure: list.failure,
      })),
  };
}

/** Replaces a list by a new copy; false if the copy is malformed. */
function replace(list: List, text: string, fetchedAt: number): boolean {
  const document = parseIpRangeDocument(text);
  if (document === undefined) {
    list.failure = "malformed";
    return false;
  }
  list.ranges = compileIpRanges(document.prefixes);
  list.refused = document.refused;
  list.fetchedAt = fetchedAt;
  list.failure = undefined;
  return true;
}
