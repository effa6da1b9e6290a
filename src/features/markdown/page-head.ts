import { parseCacheControl } from "../../http/cache-control.ts";
import type { Fields } from "../../http/fields.ts";
import { parseMediaType, type MediaType } from "../../http/media-type.ts";
import { urlOnOrigin } from "../../http/target.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { ResponseHead } from "../../pipeline/stage.ts";

/**
 * The head of a response for decisions; values are computed on demand. A class, not an object
 * literal, for the garbage collector's sake: see `AnswerHead` in pipeline/head.ts.
 */
export class ReceivedPage {
  readonly status: number;
  readonly type: MediaType | undefined;
  readonly length: number | undefined;
  readonly location: string | undefined;
  readonly #fields: Fields;
  readonly #exchange: Exchange;
  #page: URL | undefined;

  /** @param originServers own addresses, which redirects may name */
  constructor(
    { status, fields, length }: ResponseHead,
    exchange: Exchange,
    originServers: readonly string[],
  ) {
    const location = fields.get("location");
    this.status = status;
    this.type = parseMediaType(fields.get("content-type"));
    this.length = length;
    this.location = location === undefined ? undefined : onSite(location, originServers);
    this.#fields = fields;
    this.#exchange = exchange;
  }

  /** False if the response says `no-store`. */
  get mayBeStored(): boolean {
    return !parseCacheControl(this.#fields.get("cache-control")).has("no-store");
  }

  /** The URL that was requested from the origin server, on the public origin. */
  get page(): URL {
    const { originTarget, target, url } = this.#exchange;
    this.#page ??= originTarget === target ? url : urlOnOrigin(originTarget, url);
    return this.#page;
  }
}

/** The parts of a response's head that decisions read. */
export type PageHead = Pick<ReceivedPage, keyof ReceivedPage>;

/** Maps a redirect to the origin server's own address to the site. */
function onSite(location: string, originServers: readonly string[]): string {
  const to = originServers.length === 0 ? null : URL.parse(location);
  const isOwn = to !== null && originServers.includes(to.origin);
  return isOwn ? to.pathname + to.search + to.hash : location;
}
