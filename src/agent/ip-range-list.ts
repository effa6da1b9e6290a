import { readBounded } from "../http/gather.ts";
import { parseIpRangeDocument } from "./ip-range-document.ts";
import type { IpRanges } from "./ip-ranges.ts";
import { isListUrl, splitListSource } from "./list-source.ts";

export type ListFetch = (
  url: string,
  init: { readonly redirect: "follow"; readonly signal: AbortSignal },
) => Promise<Response>;

/** The state of one list, for `explain`. */
export interface IpRangeListState {
  readonly url: string;
  readonly ranges: number;
  readonly refused: number;
  /** Seconds since the copy in use was fetched or given. */
  readonly age: number | undefined;
  readonly failure: "unreachable" | "malformed" | undefined;
}

const MOST_BYTES = 4 * 1024 * 1024;
/** Milliseconds for one list. */
const DEADLINE = 10_000;

/** An operator's published address list, whose last good copy stays in use; no list is built in. */
export class IpRangeList {
  /** A URL, or the path of a file, perhaps with a pointer into it. */
  readonly url: string;
  /** The URL or path without the pointer. */
  readonly location: string;
  /** Whether the operator of the proxy keeps the list as a file. */
  readonly isFile: boolean;
  readonly #pointer: string;
  /** Undefined before the list is loaded. */
  ranges: IpRanges | undefined;
  /** Seconds since the epoch. */
  fetchedAt = -Infinity;
  #refused = 0;
  #failure: IpRangeListState["failure"];

  constructor(url: string) {
    this.url = url;
    this.isFile = !isListUrl(url);
    ({ location: this.location, pointer: this.#pointer } = splitListSource(url));
  }

  /** Whether the list is loaded, and all its entries could be read. */
  get isWhole(): boolean {
    return this.ranges !== undefined && this.#refused === 0;
  }

  /** Loads a copy from the text of a file or a store; false if the text is malformed. */
  async load(text: string, fetchedAt: number): Promise<boolean> {
    const document = await parseIpRangeDocument(text, this.#pointer);
    if (document === undefined) {
      this.#failure = "malformed";
      return false;
    }
    this.ranges = document.ranges;
    this.fetchedAt = fetchedAt;
    this.#refused = document.refused;
    this.#failure = undefined;
    return true;
  }

  /** Fetches the list again; returns the text if it is in use now. Never rejects. */
  async refresh(fetch: ListFetch, now: () => number): Promise<string | undefined> {
    try {
      const signal = AbortSignal.timeout(DEADLINE);
      const { status, body } = await fetch(this.location, { redirect: "follow", signal });
      const bytes =
        status === 200 && body !== null ? await readBounded(body, MOST_BYTES) : undefined;
      if (bytes !== undefined) {
        const text = new TextDecoder().decode(bytes);
        return (await this.load(text, now())) ? text : undefined;
      }
    } catch {
      // Reported as the state of the list.
    }
    this.#failure = "unreachable";
    return undefined;
  }

  describe(now: number): IpRangeListState {
    return {
      url: this.url,
      ranges: this.ranges?.size ?? 0,
      refused: this.#refused,
      age: this.ranges === undefined ? undefined : now - this.fetchedAt,
      failure: this.#failure,
    };
  }
}
