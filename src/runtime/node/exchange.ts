import type { IncomingMessage } from "node:http";
import type { Agent } from "../../agent/agent.ts";
import { FieldList } from "../../http/fields.ts";
import { hopByHop } from "../../http/hop-by-hop.ts";
import { isOwnField } from "../../http/own-fields.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { PublicOrigin } from "../public-url.ts";

/** A request as Node's HTTP server gives it. */
export class NodeExchange implements Exchange {
  agent: Agent = { kind: "anonymous" };
  readonly target: string;
  originTarget: string;
  readonly #incoming: IncomingMessage;
  readonly #public: PublicOrigin;
  readonly #background: (work: Promise<unknown>) => void;
  #url: URL | undefined;

  constructor(
    incoming: IncomingMessage,
    publicOrigin: PublicOrigin,
    background: (work: Promise<unknown>) => void,
  ) {
    this.#incoming = incoming;
    this.#public = publicOrigin;
    this.#background = background;
    this.target = originForm(incoming.url ?? "/");
    this.originTarget = this.target;
  }

  get method(): string {
    return this.#incoming.method ?? "GET";
  }

  get host(): string {
    return this.#public.host;
  }

  get url(): URL {
    this.#url ??= new URL(this.#public.origin + this.target);
    return this.#url;
  }

  get clientAddress(): string {
    return this.#incoming.socket.remoteAddress ?? "";
  }

  field(name: string): string | undefined {
    const value = this.#incoming.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  forwardable(): FieldList {
    const drop = hopByHop(this.#incoming.headers.connection);
    return FieldList.from(
      this.#incoming.rawHeaders,
      // Node's server has answered Expect already (RFC 9110 §10.1.1); Host is the origin client's.
      (name) => drop(name) || isOwnField(name) || name === "expect" || name === "host",
    );
  }

  background(work: Promise<unknown>): void {
    this.#background(work);
  }
}

/** RFC 9112 §3.2.2: absolute-form is read as origin-form. */
function originForm(target: string): string {
  if (target.startsWith("/")) return target;
  const scheme = /^https?:\/\//i.exec(target)?.[0];
  if (scheme === undefined) return `/${target}`;
  const slash = target.indexOf("/", scheme.length);
  return slash === -1 ? "/" : target.slice(slash);
}
