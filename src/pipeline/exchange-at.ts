import { ANONYMOUS, type Agent, type PlatformVerdict } from "../agent/agent.ts";
import { FieldList, type Fields } from "../http/fields.ts";
import { urlOnOrigin } from "../http/target.ts";
import type { Exchange } from "./exchange.ts";

/** The common part of exchanges at another address of the site than a client's. */
abstract class AtTarget {
  readonly target: string;
  originTarget: string;
  readonly values = new Map<object, unknown>();
  protected readonly from: Exchange;

  /**
   * @param from an exchange with the same site, which provides background work
   * @param target in origin-form
   */
  constructor(from: Exchange, target: string) {
    this.from = from;
    this.target = target;
    this.originTarget = target;
  }

  get host(): string {
    return this.from.host;
  }

  get url(): URL {
    return urlOnOrigin(this.target, this.from.url);
  }

  background(work: Promise<unknown>): void {
    this.from.background(work);
  }
}

/** A client's request as if it were for another address of the site. */
export class ExchangeAt extends AtTarget implements Exchange {
  get requested(): Exchange {
    return this.from;
  }

  get method(): string {
    return this.from.method;
  }

  get clientAddress(): string | undefined {
    return this.from.clientAddress;
  }

  get country(): string | undefined {
    return this.from.country;
  }

  get platformVerdict(): PlatformVerdict | undefined {
    return this.from.platformVerdict;
  }

  get agent(): Agent {
    return this.from.agent;
  }

  field(name: string): string | undefined {
    return this.from.field(name);
  }

  forwardable(): Fields {
    return this.from.forwardable();
  }
}

/** Our own request for a page of the site, as an anonymous client would send it. */
export class OwnExchange extends AtTarget implements Exchange {
  readonly method = "GET";
  agent = ANONYMOUS;
  readonly #accept: string;

  constructor(from: Exchange, target: string, accept: string) {
    super(from, target);
    this.#accept = accept;
  }

  field(name: string): string | undefined {
    return name === "accept" ? this.#accept : undefined;
  }

  forwardable(): Fields {
    return FieldList.from(["accept", this.#accept]);
  }
}
