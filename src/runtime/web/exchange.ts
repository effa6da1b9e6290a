import type { PlatformVerdict } from "../../agent/agent.ts";
import type { Fields } from "../../http/fields.ts";
import { readBounded } from "../../http/gather.ts";
import { notForwarded } from "../../http/request-fields.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { ExchangeRecord } from "../../pipeline/record.ts";
import { RequestExchange } from "../exchange.ts";
import type { PublicOrigin } from "../public-url.ts";
import { BorrowedHeaders, HeadersFields } from "./fields.ts";

/** The facts about a request that the `Request` does not have. */
interface WebRequestFacts {
  /** The client's own Accept-Encoding, if the runtime rewrites the field. */
  readonly acceptEncoding?: string | undefined;
  /** Whether the request's forwarding fields come from trusted proxies. */
  readonly trustsForwarded: boolean;
  /** Whether the field Upgrade is forwarded. */
  readonly upgrades?: boolean;
  readonly clientAddress?: string | undefined;
  readonly country?: string | undefined;
  readonly platformVerdict?: PlatformVerdict | undefined;
  readonly record?: ExchangeRecord | undefined;
  background(work: Promise<unknown>): void;
}

/** The exchange of a Web `Request`, on Workers and in a Hono app. */
export class WebExchange extends RequestExchange implements Exchange {
  /** A `Request` has the URL as a parser has left it, in front of the Worker at the latest. */
  readonly isRewritten = true;
  readonly record: ExchangeRecord | undefined;
  readonly clientAddress: string | undefined;
  readonly country: string | undefined;
  readonly platformVerdict: PlatformVerdict | undefined;
  readonly #request: Request;
  readonly #facts: WebRequestFacts;

  constructor(request: Request, publicOrigin: PublicOrigin, facts: WebRequestFacts) {
    super(splitUrl(request.url).target, publicOrigin);
    this.#request = request;
    this.#facts = facts;
    this.record = facts.record;
    this.clientAddress = facts.clientAddress;
    this.country = facts.country;
    this.platformVerdict = facts.platformVerdict;
  }

  get method(): string {
    return this.#request.method;
  }

  get hasContent(): boolean {
    return this.#request.body !== null;
  }

  field(name: string): string | undefined {
    if (name === "accept-encoding" && this.#facts.acceptEncoding !== undefined) {
      return this.#facts.acceptEncoding;
    }
    return this.#request.headers.get(name) ?? undefined;
  }

  forwardable(): Fields {
    const { headers } = this.#request;
    const fields = new HeadersFields(new BorrowedHeaders(headers));
    const upgrade = this.#facts.upgrades === true ? headers.get("upgrade") : null;
    const connection = headers.get("connection") ?? undefined;
    fields.deleteAll(notForwarded(connection, this.#facts.trustsForwarded));
    const { acceptEncoding } = this.#facts;
    if (acceptEncoding !== undefined) fields.set("accept-encoding", acceptEncoding);
    if (upgrade !== null) fields.set("upgrade", upgrade);
    return fields;
  }

  async content(maxBytes: number): Promise<Uint8Array | undefined> {
    const { body } = this.#request;
    return body === null ? new Uint8Array() : readBounded(body, maxBytes);
  }

  background(work: Promise<unknown>): void {
    this.#facts.background(work);
  }
}

/**
 * Splits a `Request`'s URL without parsing it, which costs less and preserves the escapes and dot
 * segments that workerd leaves in the target.
 */
export function splitUrl(url: string): { scheme: string; host: string; target: string } {
  const colon = url.indexOf("://");
  let end = colon + 3;
  while (end < url.length && !"/?#".includes(url[end] as string)) end++;
  const hash = url.indexOf("#", end);
  const target = url.slice(end, hash === -1 ? undefined : hash);
  return {
    scheme: url.slice(0, colon),
    host: url.slice(colon + 3, end),
    target: target.startsWith("/") ? target : `/${target}`,
  };
}
