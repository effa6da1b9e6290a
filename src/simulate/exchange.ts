import { FieldList } from "../http/fields.ts";
import { isOwnField } from "../http/request-fields.ts";
import type { Exchange } from "../pipeline/exchange.ts";
import { RequestExchange } from "../runtime/exchange.ts";
import type { PublicOrigin } from "../runtime/public-url.ts";
import type { RequestFacts } from "./facts.ts";

/** The exchange of a simulated request. */
export class FactExchange extends RequestExchange implements Exchange {
  readonly method: string;
  readonly clientAddress: string | undefined;
  /** Work after the response. */
  readonly work: Promise<unknown>[] = [];
  readonly #fields: FieldList;

  constructor(facts: RequestFacts, publicOrigin: PublicOrigin) {
    super(facts.target, publicOrigin);
    this.method = facts.method;
    this.clientAddress = facts.address;
    this.#fields = FieldList.from(facts.fields.flat());
  }

  field(name: string): string | undefined {
    return this.#fields.get(name);
  }

  forwardable(): FieldList {
    return FieldList.from(this.#fields.flat(), isOwnField);
  }

  background(work: Promise<unknown>): void {
    this.work.push(work.catch(() => {}));
  }
}
