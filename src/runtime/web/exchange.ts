import type { Agent } from "../../agent/agent.ts";
import type { Fields } from "../../http/fields.ts";
import { hopByHop } from "../../http/hop-by-hop.ts";
import { isOwnField } from "../../http/own-fields.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import { publicOriginOf, type PublicOriginRules } from "../public-url.ts";
import { deleteFields, HeadersFields } from "./fields.ts";

/** What a Web runtime knows of a request besides the `Request`. */
export interface WebRequestFacts {
  /** The client's own Accept-Encoding, where the runtime rewrites the field. */
  readonly acceptEncoding?: string | undefined;
  /** Whether an upgrade goes along with the request to the origin. */
  readonly upgrades?: boolean;
  background(work: Promise<unknown>): void;
}

/** A request as a `Request`, on Workers and in a Hono app. */
export class WebExchange implements Exchange {
  agent: Agent = { kind: "anonymous" };
  readonly target: string;
  readonly url: URL;
  originTarget: string;
  readonly #request: Request;
  readonly #facts: WebRequestFacts;

  constructor(request: Request, rules: PublicOriginRules, facts: WebRequestFacts) {
    const received = new URL(request.url);
    this.#request = request;
    this.#facts = facts;
    this.target = rawTarget(request.url);
    this.originTarget = this.target;
    const field = (name: string) => request.headers.get(name) ?? undefined;
    const scheme = received.protocol.slice(0, -1);
    this.url = new URL(publicOriginOf(rules, { scheme, host: received.host, field }) + this.target);
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
    const upgrade = this.#facts.upgrades === true ? headers.get("upgrade") : null;
    deleteFields(headers, (name) => drop(name) || isOwnField(name) || name === "host");
    const acceptEncoding = this.field("accept-encoding");
    if (acceptEncoding !== undefined) headers.set("accept-encoding", acceptEncoding);
    if (upgrade !== null) headers.set("upgrade", upgrade);
    return new HeadersFields(headers);
  }

  background(work: Promise<unknown>): void {
    this.#facts.background(work);
  }
}

/** The target as received: workerd gives the URL unparsed, with its escapes and dot segments. */
function rawTarget(url: string): string {
  const path = url.indexOf("/", url.indexOf("//") + 2);
  const query = url.indexOf("?");
  if (path === -1 || (query !== -1 && query < path)) {
    return query === -1 ? "/" : `/${url.slice(query)}`;
  }
  return url.slice(path);
}
