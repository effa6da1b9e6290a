import type { IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import { FieldList } from "../../http/fields.ts";
import { readBounded } from "../../http/gather.ts";
import { notForwarded } from "../../http/request-fields.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import { clientAddress } from "../client-address.ts";
import { RequestExchange } from "../exchange.ts";
import type { ClientRequest } from "./message.ts";
import { recordOf } from "./watch-requests.ts";
import type { RequestRecord } from "../../telemetry/record.ts";
import type { PublicOrigin } from "../public-url.ts";
import type { Channel } from "./origin-client.ts";
import { hasContent, Upload } from "./upload.ts";

interface NodeExchangeOptions {
  /** Whether the request's forwarding fields come from trusted proxies. */
  readonly trustsForwarded: boolean;
  /** The number of trusted proxies in front of us. */
  readonly hops: number;
  background(work: Promise<unknown>): void;
}

/** The exchange of a request of Node's HTTP server. */
export class NodeExchange extends RequestExchange implements Exchange {
  readonly record: RequestRecord | undefined;
  readonly #incoming: ClientRequest;
  /** Read from the message once: there it is behind a getter. */
  readonly #headers: IncomingHttpHeaders;
  readonly #channel: Channel;
  readonly #options: NodeExchangeOptions;

  /** @param target in origin form */
  constructor(
    channel: Channel,
    target: string,
    publicOrigin: PublicOrigin,
    options: NodeExchangeOptions,
  ) {
    super(target, publicOrigin);
    this.#channel = channel;
    this.#incoming = channel.incoming;
    this.#headers = channel.incoming.headers;
    this.record = recordOf(channel.incoming);
    this.#options = options;
  }

  get method(): string {
    return this.#incoming.method ?? "GET";
  }

  get hasContent(): boolean {
    return hasContent(this.#incoming);
  }

  get clientAddress(): string | undefined {
    const { socket } = this.#incoming;
    const forwarded = this.#headers["x-forwarded-for"] as string | undefined;
    return clientAddress(socket.remoteAddress, forwarded, this.#options.hops);
  }

  field(name: string): string | undefined {
    const value = this.#headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  forwardable(): FieldList {
    return FieldList.from(
      this.#incoming.rawHeaders,
      notForwarded(this.#headers.connection, this.#options.trustsForwarded),
    );
  }

  async content(maxBytes: number): Promise<Uint8Array | undefined> {
    if (!hasContent(this.#incoming)) return new Uint8Array();
    this.#channel.onAccepted?.();
    return readBounded(Readable.toWeb(new Upload(this.#incoming)) as ReadableStream, maxBytes);
  }

  background(work: Promise<unknown>): void {
    this.#options.background(work);
  }
}
