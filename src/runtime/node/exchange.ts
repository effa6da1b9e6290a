import type { IncomingMessage } from "node:http";
import type { Agent } from "../../agent/agent.ts";
import { FieldList } from "../../http/fields.ts";
import { notForwarded } from "../../http/request-fields.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import { clientAddress } from "../client-address.ts";
import { recordOf } from "./watch-requests.ts";
import type { RequestRecord } from "../../telemetry/record.ts";
import type { PublicOrigin } from "../public-url.ts";

/** What all exchanges of one server share. */
export interface NodeExchangeOptions {
  /** Whether what the request says of its way here comes from trusted proxies. */
  readonly trustsForwarded: boolean;
  /** How many proxies in front of us are trusted. */
  readonly hops: number;
  background(work: Promise<unknown>): void;
}

/** A request as Node's HTTP server gives it. */
export class NodeExchange implements Exchange {
  agent: Agent = { kind: "anonymous" };
  readonly target: string;
  originTarget: string;
  readonly record: RequestRecord | undefined;
  readonly #incoming: IncomingMessage;
  readonly #public: PublicOrigin;
  readonly #options: NodeExchangeOptions;
  #url: URL | undefined;
  #notes: Map<object, unknown> | undefined;

  /** @param target in origin form */
  constructor(
    incoming: IncomingMessage,
    target: string,
    publicOrigin: PublicOrigin,
    options: NodeExchangeOptions,
  ) {
    this.#incoming = incoming;
    this.record = recordOf(incoming);
    this.#public = publicOrigin;
    this.#options = options;
    this.target = target;
    this.originTarget = target;
  }

  get method(): string {
    return this.#incoming.method ?? "GET";
  }

  get host(): string {
    return this.#public.host;
  }

  get origin(): string {
    return this.#public.origin;
  }

  get notes(): Map<object, unknown> {
    this.#notes ??= new Map();
    return this.#notes;
  }

  get url(): URL {
    this.#url ??= new URL(this.#public.origin + this.target);
    return this.#url;
  }

  get clientAddress(): string | undefined {
    const { socket, headers } = this.#incoming;
    const forwarded = headers["x-forwarded-for"] as string | undefined;
    return clientAddress(socket.remoteAddress, forwarded, this.#options.hops);
  }

  field(name: string): string | undefined {
    const value = this.#incoming.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  forwardable(): FieldList {
    return FieldList.from(
      this.#incoming.rawHeaders,
      notForwarded(this.#incoming.headers.connection, this.#options.trustsForwarded),
    );
  }

  background(work: Promise<unknown>): void {
    this.#options.background(work);
  }
}
