import type { IdentifiableRequest } from "./identify.ts";
import type { NetworkFacts } from "./network-evidence.ts";
import type { Directories, KeySource } from "./web-bot-auth/index.ts";
import type { Exchange } from "../pipeline/exchange.ts";

/** The parts of an exchange that identification reads, each computed when it is read. */
export class IdentifiableExchange implements IdentifiableRequest {
  readonly #exchange: Exchange;
  readonly #directories: Directories;

  constructor(exchange: Exchange, directories: Directories) {
    this.#exchange = exchange;
    this.#directories = directories;
  }

  get method(): string {
    return this.#exchange.method;
  }

  get url(): string {
    return this.#exchange.url.href;
  }

  get rawTarget(): string {
    return this.#exchange.target;
  }

  get network(): NetworkFacts {
    const { clientAddress: address, platformVerdict: platform } = this.#exchange;
    return { address, platform, background: this.#background() };
  }

  get keys(): KeySource {
    const { clientAddress: client } = this.#exchange;
    const background = this.#background();
    return this.#directories.forRequest(
      client === undefined ? { background } : { background, client },
    );
  }

  field(name: string): string | undefined {
    return this.#exchange.field(name);
  }

  #background(): (work: Promise<unknown>) => void {
    return (work) => this.#exchange.background(work);
  }
}
