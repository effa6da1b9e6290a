import type { IncomingMessage } from "node:http";
import type { Agent } from "../../agent/agent.ts";
import { FieldList } from "../../http/fields.ts";
import { isForwardedField } from "../../http/forwarded.ts";
import { hopByHop } from "../../http/hop-by-hop.ts";
import { isOwnField } from "../../http/own-fields.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import { publicOriginOf, type PublicOriginRules } from "../public-url.ts";

/** A request as Node's HTTP server gives it. */
export class NodeExchange implements Exchange {
  agent: Agent = { kind: "anonymous" };
  readonly target: string;
  originTarget: string;
  readonly #incoming: IncomingMessage;
  readonly #rules: PublicOriginRules;
  readonly #background: (work: Promise<unknown>) => void;
  readonly #authority: string | undefined;
  #url: URL | undefined;

  /**
   * @param target in origin form
   * @param authority of a target that came in absolute form
   */
  constructor(
    incoming: IncomingMessage,
    { target, authority }: { readonly target: string; readonly authority?: string },
    rules: PublicOriginRules,
    background: (work: Promise<unknown>) => void,
  ) {
    this.#incoming = incoming;
    this.#rules = rules;
    this.#background = background;
    this.#authority = authority;
    this.target = target;
    this.originTarget = target;
  }

  get method(): string {
    return this.#incoming.method ?? "GET";
  }

  /** Throws where the client sent a host that is none; asked for before anything else. */
  get url(): URL {
    this.#url ??= new URL(publicOriginOf(this.#rules, this.#facts()) + this.target);
    return this.#url;
  }

  field(name: string): string | undefined {
    const value = this.#incoming.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  forwardable(): FieldList {
    const drop = hopByHop(this.#incoming.headers.connection);
    const isTrusted = this.#rules.trustedProxyHops > 0;
    return FieldList.from(
      this.#incoming.rawHeaders,
      // Expect is answered here (RFC 9110 §10.1.1); Host is the origin client's.
      (name) =>
        drop(name) ||
        isOwnField(name) ||
        name === "expect" ||
        name === "host" ||
        (!isTrusted && isForwardedField(name)),
    );
  }

  background(work: Promise<unknown>): void {
    this.#background(work);
  }

  #facts() {
    return {
      scheme: "http",
      // RFC 9112 §3.2.2: the authority of an absolute form counts, whatever Host says.
      host: this.#authority ?? this.#incoming.headers.host ?? "localhost",
      field: (name: string) => this.field(name),
    };
  }
}
