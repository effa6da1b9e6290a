import { ownAddresses, type FeatureParts } from "../../feature/parts.ts";
import { readBounded } from "../../http/gather.ts";
import { ROBOTS } from "../../http/known-paths.ts";
import { parseMediaType } from "../../http/media-type.ts";
import { originOf, type Exchange, type OriginResponse } from "../../pipeline/exchange.ts";
import { HourlyCount } from "../../timing/allowance.ts";
import type { RobotsReason } from "./reasons.ts";

/** The most bytes of the origin server's file; crawlers read 500 KiB at least (RFC 9309 §2.5). */
const MOST_BYTES = 2 * 1024 * 1024;
/** Redirects that are followed (RFC 9309 §2.3.1.2), and requests for that in an hour. */
const MOST_HOPS = 5;
const REQUESTS = 600;

type Failure = Extract<
  RobotsReason,
  "origin-redirects" | "origin-fails" | "broken-off" | "unreadable"
>;

/** The bytes of the origin server's file, undefined if it has none; or why it can't be merged. */
type FileRead = Uint8Array<ArrayBuffer> | undefined | Failure;

type OriginFileParts = Pick<
  FeatureParts,
  "own" | "lasting" | "now" | "originServer" | "originServers"
>;

/** Reads the origin server's robots.txt, and follows its redirects within the site. */
export class OriginFile {
  readonly #parts: OriginFileParts;
  readonly #spending: HourlyCount;

  constructor(parts: OriginFileParts) {
    this.#parts = parts;
    this.#spending = parts.lasting("robots-redirects", () => new HourlyCount(parts.now));
  }

  /** @param response for robots.txt; undefined if the origin server has no document there */
  async read(response: OriginResponse | undefined, exchange: Exchange): Promise<FileRead> {
    if (response === undefined) return undefined;
    if (!REDIRECTS.has(response.status)) return readFile(response);
    const seen = new Set([ROBOTS]);
    let last: OriginResponse = response;
    let at = ROBOTS;
    for (let hops = 0; hops < MOST_HOPS; hops++) {
      const target = this.#targetOf(last.fields.get("location"), at, exchange);
      if (target === undefined || seen.has(target)) return "origin-redirects";
      seen.add(target);
      const next = await this.#get(target, exchange);
      if (next === undefined) return "origin-redirects";
      if (!REDIRECTS.has(next.status)) return readFollowed(next);
      next.body?.release();
      last = next;
      at = target;
    }
    return "origin-redirects";
  }

  /**
   * The target of a redirect; undefined if it leads to another site, whose own file crawlers get there. So
   * no origin server can make the proxy send requests to others.
   */
  #targetOf(location: string | undefined, at: string, exchange: Exchange): string | undefined {
    const url = location === undefined ? null : URL.parse(location, originOf(exchange) + at);
    if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
    const hosts = [originOf(exchange), ...ownAddresses(this.#parts)].flatMap(
      (each) => URL.parse(each)?.host ?? [],
    );
    return hosts.includes(url.host) ? url.pathname + url.search : undefined;
  }

  async #get(target: string, exchange: Exchange): Promise<OriginResponse | undefined> {
    if (this.#spending.count >= REQUESTS) return undefined;
    return this.#parts.own?.get(target, "text/plain, */*;q=0.5", exchange, () =>
      this.#spending.add(1),
    );
  }
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** A web page is no file, as at robots.txt itself. */
function readFollowed(response: OriginResponse): Promise<FileRead> | FileRead {
  const type = parseMediaType(response.fields.get("content-type"))?.essence;
  if (response.status !== 200 || type !== "text/html") return readFile(response);
  response.body?.release();
  return undefined;
}

async function readFile({ status, body }: OriginResponse): Promise<FileRead> {
  // RFC 9309 §2.3.1.3 and §2.3.1.4; too many requests are a failure for the time being.
  if (status >= 500 || status === 429) return "origin-fails";
  if (status >= 400) return undefined;
  if (status >= 300) return "origin-redirects";
  if (body === null) return new Uint8Array();
  if (!body.readable) return "unreadable";
  try {
    return (await readBounded(body.open(), MOST_BYTES)) ?? "unreadable";
  } catch {
    return "broken-off";
  }
}
