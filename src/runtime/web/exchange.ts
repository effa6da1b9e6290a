import type { PlatformVerdict } from "../../agent/agent.ts";
import type { Fields } from "../../http/fields.ts";
import { readBounded } from "../../http/gather.ts";
import { notForwarded } from "../../http/request-fields.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { ExchangeRecord } from "../../pipeline/record.ts";
import { RequestExchange } from "../exchange.ts";
import type { PublicOrigin } from "../public-url.ts";
import { BorrowedHeaders, HeadersFields } from "./fields.ts";
import type { WebRequest } from "./request.ts";

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
  readonly method: string;
  readonly #request: WebRequest;
  readonly #facts: WebRequestFacts;

  constructor(request: WebRequest, publicOrigin: PublicOrigin, facts: WebRequestFacts) {
    super(request.parts.target, publicOrigin);
    this.#request = request;
    this.#facts = facts;
    this.method = request.method;
    this.record = facts.record;
    this.clientAddress = facts.clientAddress;
    this.country = facts.country;
    this.platformVerdict = facts.platformVerdict;
  }

  get hasContent(): boolean {
    return this.#request.hasContent;
  }

  field(name: string): string | undefined {
    if (name === "accept-encoding" && this.#facts.acceptEncoding !== undefined) {
      return this.#facts.acceptEncoding;
    }
    return this.#request.values.get(name);
  }

  forwardable(): Fields {
    const { headers, values } = this.#request;
    const fields = new HeadersFields(new BorrowedHeaders(headers), new Map(values));
    const upgrade = this.#facts.upgrades === true ? values.get("upgrade") : undefined;
    fields.deleteAll(notForwarded(values.get("connection"), this.#facts.trustsForwarded));
    const { acceptEncoding } = this.#facts;
    if (acceptEncoding !== undefined) fields.set("accept-encoding", acceptEncoding);
    if (upgrade !== undefined) fields.set("upgrade", upgrade);
    return fields;
  }

  async content(maxBytes: number): Promise<Uint8Array | undefined> {
    const { body } = this.#request.raw;
    return body === null ? new Uint8Array() : readBounded(body, maxBytes);
  }

  background(work: Promise<unknown>): void {
    this.#facts.background(work);
  }
}
