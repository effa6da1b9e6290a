import type { Agent, PlatformVerdict } from "../agent/agent.ts";
import type { Fields } from "../http/fields.ts";
import type { Body } from "./body.ts";
import type { ExchangeRecord } from "./record.ts";

/** One request of a client on its way through; nothing in it is built before it is read. */
export interface Exchange {
  readonly method: string;
  /** Origin-form of the request target, as received where the runtime has it (RFC 9112 §3.2.1). */
  readonly target: string;
  /** Host of the public origin, in lower case, with the port where it is not the scheme's own. */
  readonly host: string;
  /** The target URI as the world sees it: on the public origin. */
  readonly url: URL;
  /** The origin of `url`, where it is known without the cost of that. */
  readonly origin?: string;
  /** The client's address, from the socket or a trusted proxy; undefined where nobody says. */
  readonly clientAddress?: string | undefined;
  /** What the network in front of us says of the client. */
  readonly platformVerdict?: PlatformVerdict | undefined;
  /** Who asks; anonymous until identified. */
  agent: Agent;
  /** Origin-form that the origin server is asked for; set once the request phases are done. */
  originTarget: string;
  /** Takes down what becomes of it; undefined if nobody will read that. */
  readonly record?: ExchangeRecord | undefined;
  /** What parts of the pipeline remember of it; see `ExchangeValue`. */
  readonly values: Map<object, unknown>;
  /** A request field by lower-case name, several lines combined with ", ". */
  field(name: string): string | undefined;
  /** The end-to-end fields of the request, as a copy to be edited for the origin. */
  forwardable(): Fields;
  /** Lets work go on after the answer. */
  background(work: Promise<unknown>): void;
}

/** The public origin of a request, without the cost of a URL where the exchange knows it. */
export function originOf(exchange: Exchange): string {
  return exchange.origin ?? exchange.url.origin;
}

/** What is asked of the origin server. The client's content goes along by itself. */
export interface OriginRequest {
  readonly method: string;
  /** Origin-form. */
  readonly target: string;
  readonly fields: Fields;
}

/** The origin server's answer, hop-by-hop fields removed. */
export interface OriginResponse {
  readonly status: number;
  readonly statusText?: string;
  readonly fields: Fields;
  /** Null where the message can't have content (HEAD, 204, 304). */
  readonly body: Body | null;
}

/** Asks the origin server; rejects with an OriginError. */
export type OriginClient = (request: OriginRequest) => Promise<OriginResponse>;

/**
 * Asks the origin server on our own account, e.g. for a sitemap: no client's content goes along, and
 * the work does not end with an exchange. Rejects with an OriginError.
 *
 * @param publicHost of the site as the world sees it, where the origin server gets that as Host
 */
export type OwnOriginClient = (
  request: OriginRequest,
  publicHost: string,
) => Promise<OriginResponse>;

/** Everything that can go wrong between this proxy and the origin server. */
export type OriginFault =
  /** The origin's name has no address, or the resolver does not answer. */
  | "dns"
  /** Nothing listens at the origin's address and port. */
  | "refused"
  /** No route leads to the origin's address. */
  | "unreachable"
  /** The secure connection can't be made, e.g. the certificate is none that is trusted. */
  | "tls"
  | "timeout-connect"
  /** No head of a response came within `timeouts.head`. */
  | "timeout-head"
  /** Nothing of the content came for the time of `timeouts.idle`. */
  | "timeout-idle"
  /** The origin reset the connection. */
  | "reset"
  /** The origin closed the connection before its response was complete. */
  | "closed"
  /** The response is not well-formed HTTP. */
  | "malformed"
  /** The response's header section is larger than the proxy takes. */
  | "head-too-large"
  /** The response has a transfer coding other than chunked (RFC 9112 §6.1). */
  | "transfer-coding"
  /** The response redirects to the URL that was requested, for ever. */
  | "redirect-loop"
  /** The runtime does not say more. */
  | "unknown";

/** How far the exchange with the origin server had come. */
export type OriginPhase = "connect" | "head" | "content";

/**
 * Why there is no response from the origin server, or none that is complete. What our own code throws
 * never becomes one: that is an error of the proxy, not of the origin.
 */
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

/** The client has gone before there was a response: nobody's fault, and nothing to report. */
export class ClientGoneError extends Error {
  override readonly name = "ClientGoneError";

  constructor() {
    super("the client is gone");
  }
}

/** What goes to the client. */
export interface Answer {
  readonly status: number;
  readonly statusText?: string;
  readonly fields: Fields;
  readonly body: Body | null;
}
