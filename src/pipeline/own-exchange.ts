import type { Agent } from "../agent/agent.ts";
import { FieldList, type Fields } from "../http/fields.ts";
import { urlOnOrigin } from "../http/target.ts";
import type { Exchange } from "./exchange.ts";

/** Our own request for a page of the site, as an anonymous client would send it. */
export class OwnExchange implements Exchange {
  readonly method = "GET";
  readonly target: string;
  readonly host: string;
  readonly url: URL;
  agent: Agent = { kind: "anonymous" };
  readonly values = new Map<object, unknown>();
  originTarget: string;
  readonly #fields: readonly string[];
  readonly #background: (work: Promise<unknown>) => void;

  /**
   * @param target in origin-form
   * @param from an exchange with the same site, which provides background work
   */
  constructor(target: string, from: Exchange, fields: readonly string[]) {
    this.target = target;
    this.originTarget = target;
    this.host = from.host;
    this.url = urlOnOrigin(target, from.url);
    this.#fields = fields;
    this.#background = (work) => from.background(work);
  }

  field(name: string): string | undefined {
    return FieldList.from(this.#fields).get(name);
  }

  forwardable(): Fields {
    return FieldList.from(this.#fields);
  }

  background(work: Promise<unknown>): void {
    this.#background(work);
  }
}
