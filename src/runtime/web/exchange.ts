import type { Agent } from "../../agent/agent.ts";
import type { Fields } from "../../http/fields.ts";
import { hopByHop } from "../../http/hop-by-hop.ts";
import { isOwnField } from "../../http/own-fields.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { FindPublicOrigin } from "../public-url.ts";
import { deleteFields, HeadersFields } from "./fields.ts";

/** What a Web runtime knows of a request besides the `Request`. */
export interface WebRequestFacts {
  /** The client's own Accept-Encoding, where the runtime rewrites the field. */
  readonly acceptEncoding?: string | undefined;
  background(work: Promise<unknown>): void;
}

/** A request as a `Request`, on Workers and in a Hono app. */
export class WebExchange implements Exchange {
  agent: Agent = { kind: "anonymous" };
  readonly target: string;
  readonly host: string;
  originTarget: string;
  readonly #request: Request;
  readonly #facts: WebRequestFacts;

  readonly #origin: string;
  #url: URL | undefined;

  constructor(request: Request, find: FindPublicOrigin, facts: WebRequestFacts) {
    const received = new URL(request.url);
    this.#request = request;
    this.#facts = facts;
    this.target = received.pathname + received.search;
    this.originTarget = this.target;
    const found = find({
      scheme: received.protocol.slice(0, -1),
      host: received.host,
      field: (name) => request.headers.get(name) ?? undefined,
    });
    // The runtime has read the URL already: what it says of the host is one.
    this.#origin = found?.origin ?? received.origin;
    this.host = found?.host ?? received.host;
  }

  get url(): URL {
    this.#url ??= new URL(this.#origin + this.target);
    return this.#url;
  }

  get method(): string {
    return this.#request.method;
  }

  field(name: string): string | undefined {
    if (name === "accept-encoding" && this.#facts.acceptEncoding !== undefined) {
      return this.#facts.acceptEncoding;
    }
    return this.#request.headers.get(name) ?? undefined;
  }

  forwardable(): Fields {
    const headers = new Headers(this.#request.headers);
    const drop = hopByHop(headers.get("connection") ?? undefined);
    deleteFields(headers, (name) => drop(name) || isOwnField(name) || name === "host");
    const acceptEncoding = this.field("accept-encoding");
    if (acceptEncoding !== undefined) headers.set("accept-encoding", acceptEncoding);
    return new HeadersFields(headers);
  }

  background(work: Promise<unknown>): void {
    this.#facts.background(work);
  }
}
