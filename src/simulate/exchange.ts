import type { Agent } from "../agent/agent.ts";
import { FieldList } from "../http/fields.ts";
import { isOwnField } from "../http/own-fields.ts";
import type { Exchange } from "../pipeline/exchange.ts";
import type { PublicOrigin } from "../runtime/public-url.ts";
import type { RequestFacts } from "./facts.ts";

/** A request that nobody has sent: made of facts. */
export class FactExchange implements Exchange {
  agent: Agent = { kind: "anonymous" };
  readonly notes = new Map<object, unknown>();
  originTarget: string;
  readonly method: string;
  readonly target: string;
  readonly host: string;
  readonly url: URL;
  readonly clientAddress: string | undefined;
  /** What goes on behind the answer. */
  readonly work: Promise<unknown>[] = [];
  readonly #fields: FieldList;

  constructor(facts: RequestFacts, { origin, host }: PublicOrigin) {
    this.method = facts.method;
    this.target = facts.target;
    this.originTarget = facts.target;
    this.host = host;
    this.url = new URL(origin + facts.target);
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
