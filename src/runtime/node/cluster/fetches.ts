import { readBounded } from "../../../http/gather.ts";
import { BoundedCache } from "../../../memory/bounded-cache.ts";
import { DIRECTORY_TYPES } from "../../../agent/web-bot-auth/index.ts";
import { SingleFlight } from "../../../timing/single-flight.ts";
import type { IdentityPlatform } from "../../../agent/identification.ts";

/** The source of evidence that a process wants. */
export interface WantedSource {
  readonly kind: "list" | "directory" | "inner";
  readonly url: string;
}

/** A response that one process passes to another. */
export interface FetchedSource {
  readonly status: number;
  readonly fields: readonly (readonly [string, string])[];
  /** In base64; null if there is none. */
  readonly content: string | null;
}

type FetchParts = Pick<IdentityPlatform, "fetchDirectory" | "fetchInner" | "fetchList">;

/** Bytes of an address list, at most, and milliseconds for one. */
const MOST_BYTES = 4 * 1024 * 1024;
const TIMEOUT = 10_000;
/** Milliseconds for which a response is given to other processes. */
const REUSE = 30_000;

/** Fetches lists and key directories for all processes, so that their operators get one request. */
export function fetchesForAll(given: FetchParts): (wanted: WantedSource) => Promise<FetchedSource> {
  const flights = new SingleFlight<FetchedSource>();
  const fetched = new BoundedCache<FetchedSource>({
    name: "sources",
    max: 500,
    ttl: REUSE,
    sizeOf: ({ content }) => content?.length ?? 0,
  });
  const load = async ({ kind, url }: WantedSource): Promise<FetchedSource> => {
    const signal = AbortSignal.timeout(TIMEOUT);
    const response = await fetchOne(given, kind, url, signal);
    const { status, body, headers } = response;
    const content = body === null ? undefined : await readBounded(body, MOST_BYTES);
    if (body !== null && content === undefined) throw new Error("it is too large");
    return {
      status,
      fields: [...headers],
      content: content === undefined ? null : Buffer.from(content).toString("base64"),
    };
  };
  return async (wanted) => {
    const key = `${wanted.kind} ${wanted.url}`;
    const known = fetched.get(key);
    if (known !== undefined) return known;
    const found = await flights.do(key, () => load(wanted));
    fetched.set(key, found);
    return found;
  };
}

async function fetchOne(
  { fetchDirectory, fetchInner = fetchDirectory, fetchList }: FetchParts,
  kind: WantedSource["kind"],
  url: string,
  signal: AbortSignal,
): Promise<Response> {
  if (kind === "list") {
    if (fetchList === undefined) throw new Error("no lists here");
    return fetchList(url, { redirect: "follow", signal });
  }
  const headers = { accept: DIRECTORY_TYPES };
  const fetch = kind === "inner" ? fetchInner : fetchDirectory;
  return fetch(url, { method: "GET", redirect: "manual", headers, signal });
}

/** The parts of identification of a process, by which another one fetches for it. */
export function fetchesBy(
  ask: (wanted: WantedSource) => Promise<FetchedSource>,
): Required<FetchParts> {
  const by =
    (kind: WantedSource["kind"]) =>
    async (url: string): Promise<Response> => {
      const { status, fields, content } = await ask({ kind, url });
      const body = content === null ? null : Buffer.from(content, "base64");
      return new Response(body, { status, headers: fields.map(([name, value]) => [name, value]) });
    };
  return { fetchList: by("list"), fetchDirectory: by("directory"), fetchInner: by("inner") };
}
