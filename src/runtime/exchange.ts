import { ANONYMOUS } from "../agent/agent.ts";
import type { ContentCheck } from "../pipeline/content-check.ts";
import type { PublicOrigin } from "./public-url.ts";

/** The common part of all exchanges: the request's public URL, and the values of stages. */
export abstract class RequestExchange {
  agent = ANONYMOUS;
  contentCheck: ContentCheck | undefined = undefined;
  readonly target: string;
  originTarget: string;
  readonly host: string;
  readonly origin: string;
  #url: URL | undefined;
  #values: Map<object, unknown> | undefined;

  /** @param target in origin form */
  constructor(target: string, publicOrigin: PublicOrigin) {
    this.target = target;
    this.originTarget = target;
    this.host = publicOrigin.host;
    this.origin = publicOrigin.origin;
  }

  get values(): Map<object, unknown> {
    this.#values ??= new Map();
    return this.#values;
  }

  get url(): URL {
    this.#url ??= new URL(this.origin + this.target);
    return this.#url;
  }
}
