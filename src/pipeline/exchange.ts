import type { Agent, PlatformVerdict } from "../agent/agent.ts";
import type { CacheRequest, CacheResponse } from "../cache/message.ts";
import type { Fields } from "../http/fields.ts";
import type { Awaitable } from "../timing/and-then.ts";
import type { Body } from "./body.ts";
import type { ContentCheck } from "./content-check.ts";
import type { ExchangeRecord } from "./record.ts";

/** One request of a client in the proxy; no value of it is built before it is read. */
export interface Exchange {
  readonly method: string;
  /** The origin-form request target, as received if the runtime provides that (RFC 9112 §3.2.1). */
  readonly target: string;
  /** Whether the runtime may have rewritten `target`, as URL parsers do. @default false */
  readonly isRewritten?: boolean;
  /** Host of the public origin, in lower case, with the port if it is not the scheme's default. */
  readonly host: string;
  /** The target URI as clients see it: on the public origin. */
  readonly url: URL;
  /** The origin of `url`, if it is known without building the URL. */
  readonly origin?: string;
  /** The client's address, from the socket or a trusted proxy; undefined if neither states it. */
  readonly clientAddress?: string | undefined;
  /** The client's country in two letters, if the platform in front of the proxy states it. */
  readonly country?: string | undefined;
  /** The platform's verdict on the client, if there is a platform in front of the proxy. */
  readonly platformVerdict?: PlatformVerdict | undefined;
  /** The agent that sent the request; anonymous until identified. */
  agent: Agent;
  /** The origin-form target for the origin server; set after the request phases. */
  originTarget: string;
  /** Records the exchange; undefined if no sink or trace reads the record. */
  readonly record?: ExchangeRecord | undefined;
  /** Whether the request has content. @default unknown */
  readonly hasContent?: boolean;
  /** Compares the content on its way to the origin server, if a feature needs that. */
  contentCheck?: ContentCheck | undefined;
  /** The client's exchange, if this one asks whether the client may have another address. */
  readonly requested?: Exchange;
  /** Values of `ExchangeValue`. */
  readonly values: Map<object, unknown>;
  /** A request field by lower-case name, its lines joined by ", ". */
  field(name: string): string | undefined;
  /** A copy of the end-to-end request fields, to edit for the origin server. */
  forwardable(): Fields;
  /**
   * The content of the request, for a document of our own: undefined if it has more than `maxBytes`.
   * Such content can't be forwarded any more.
   */
  content?(maxBytes: number): Promise<Uint8Array | undefined>;
  /** Lets work continue after the response. */
  background(work: Promise<unknown>): void;
}

/** The public origin of a request, without building a URL if the exchange knows it. */
export function originOf(exchange: Exchange): string {
  return exchange.origin ?? exchange.url.origin;
}

/** A request to the origin server. The origin client adds the content of the client's request. */
export type OriginRequest = CacheRequest;

/** The origin server's response, without hop-by-hop fields. */
export type OriginResponse = Answer;

/** Gets the response of the origin server, or a stored one at once; fails with an OriginError. */
export type OriginClient = (request: OriginRequest) => Awaitable<OriginResponse>;

/**
 * Sends our own request to the origin server, e.g. for a sitemap: without a client's content, and
 * independent of any exchange. Rejects with an OriginError.
 *
 * @param publicHost the site's host as clients see it, if the origin server is to get that as Host
 */
export type OwnOriginClient = (
  request: OriginRequest,
  publicHost: string,
) => Promise<OriginResponse>;

/** The kinds of failures between this proxy and the origin server. */
export type OriginFault =
  /** The origin server's name has no address, or the resolver does not answer. */
  | "dns"
  /** No server listens at the origin server's address and port. */
  | "refused"
  /** No route leads to the origin server's address. */
  | "unreachable"
  /** TLS fails, e.g. because the certificate is not trusted. */
  | "tls"
  | "timeout-connect"
  /** No response head arrived within `timeouts.head`. */
  | "timeout-head"
  /** No content arrived for the time of `timeouts.idle`. */
  | "timeout-idle"
  /** The origin reset the connection. */
  | "reset"
  /** The origin closed the connection before its response was complete. */
  | "closed"
  /** The response is not well-formed HTTP. */
  | "malformed"
  /** The response's header section is larger than the proxy accepts. */
  | "head-too-large"
  /** The response has a transfer coding other than chunked (RFC 9112 §6.1). */
  | "transfer-coding"
  /** The response redirects to the requested URL, an endless loop. */
  | "redirect-loop"
  /** The runtime gives no further detail. */
  | "unknown";

/** How far the exchange with the origin server had come. */
export type OriginPhase = "connect" | "head" | "content";

/** The origin server's failure to send a complete response. Errors of our own code never become an OriginError. */
export class OriginError extends Error {
  override readonly name = "OriginError";
  readonly code: OriginFault;
  readonly phase: OriginPhase;

  /** @param cause the runtime's own error, for the log alone: it may name internal addresses */
  constructor(code: OriginFault, phase: OriginPhase, cause?: unknown) {
    super(`${code} (${phase})${cause instanceof Error ? `: ${cause.message}` : ""}`, { cause });
    this.code = code;
    this.phase = phase;
  }
}

/** The client closed its connection before the response: not a fault, and not reported. */
export class ClientGoneError extends Error {
  override readonly name = "ClientGoneError";

  constructor() {
    super("the client is gone");
  }
}

/** The response to the client. */
export interface Answer extends CacheResponse {
  /** Null if the message can't have content (HEAD, 204, 304). */
  readonly body: Body | null;
}
