import type { Agent, PlatformVerdict } from "../agent/agent.ts";
import type { Fields } from "../http/fields.ts";
import { urlOnOrigin } from "../http/target.ts";
import type { Exchange } from "./exchange.ts";

/** A client's request as if it were for another address of the site. */
export class ExchangeAt implements Exchange {
  readonly target: string;
  originTarget: string;
  readonly values = new Map<object, unknown>();
  readonly #exchange: Exchange;

  /** @param target in origin-form */
  constructor(exchange: Exchange, target: string) {
    this.#exchange = exchange;
    this.target = target;
    this.originTarget = target;
  }

  get method(): string {
    return this.#exchange.method;
  }

  get host(): string {
    return this.#exchange.host;
  }

  get url(): URL {
    return urlOnOrigin(this.target, this.#exchange.url);
  }

  get clientAddress(): string | undefined {
    return this.#exchange.clientAddress;
  }

  get platformVerdict(): PlatformVerdict | undefined {
    return this.#exchange.platformVerdict;
  }

  get agent(): Agent {
    return this.#exchange.agent;
  }

  field(name: string): string | undefined {
    return this.#exchange.field(name);
  }

  forwardable(): Fields {
    return this.#exchange.forwardable();
  }

  background(work: Promise<unknown>): void {
    this.#exchange.background(work);
  }
}
