import type { Agent } from "../../agent/agent.ts";
import type { Fields } from "../../http/fields.ts";
import { hopByHop } from "../../http/hop-by-hop.ts";
import { isOwnField } from "../../http/own-fields.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { FindPublicOrigin } from "../public-url.ts";
import { BorrowedHeaders, HeadersFields } from "./fields.ts";

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
    const { scheme, host, target } = splitUrl(request.url);
    this.#request = request;
    this.#facts = facts;
    this.target = target;
    this.originTarget = this.target;
    const found = find({
      scheme,
      host,
      field: (name) => request.headers.get(name) ?? undefined,
    });
    // The runtime has read the URL already: what it says of the host is one.
    this.#origin = found?.origin ?? `${scheme}://${host}`;
    this.host = found?.host ?? host;
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
    const { headers } = this.#request;
    const fields = new HeadersFields(new BorrowedHeaders(headers));
    const drop = hopByHop(headers.get("connection") ?? undefined);
    // Host is the runtime's to set.
    fields.deleteAll((name) => drop(name) || isOwnField(name) || name === "host");
    const { acceptEncoding } = this.#facts;
    if (acceptEncoding !== undefined) fields.set("accept-encoding", acceptEncoding);
    return fields;
  }

  background(work: Promise<unknown>): void {
    this.#facts.background(work);
  }
}

/** The parts of a `Request`'s URL, which the runtime has serialized: cheaper than parsing it again. */
export function splitUrl(url: string): { scheme: string; host: string; target: string } {
  const colon = url.indexOf("://");
  const slash = url.indexOf("/", colon + 3);
  const hash = url.indexOf("#", slash);
  return {
    scheme: url.slice(0, colon),
    host: url.slice(colon + 3, slash),
    target: url.slice(slash, hash === -1 ? undefined : hash),
  };
}
