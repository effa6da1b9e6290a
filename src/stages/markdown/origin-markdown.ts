import { LRUCache } from "lru-cache";
import type { Exchange } from "../../pipeline/exchange.ts";
import { ownMarkdownTarget, type MarkdownRequest } from "./decide.ts";
import type { MarkdownPolicy } from "./policy.ts";

/** Pages whose own markdown is remembered. */
const REMEMBERED = 5000;

/** Which pages the origin has markdown of its own for, as far as it has shown. */
export class OriginMarkdown {
  readonly #targets = new LRUCache<string, string>({ max: REMEMBERED });

  /** What to ask for before the page itself; undefined where the page comes first. */
  targetFor(
    request: MarkdownRequest & { kind: "wanted" },
    exchange: Exchange,
    policy: Pick<MarkdownPolicy, "originMarkdown">,
  ): string | undefined {
    if (policy.originMarkdown === "never") return undefined;
    const found = this.#targets.get(keyOf(exchange, request.page));
    if (found !== undefined) return found;
    const target = ownMarkdownTarget(request, exchange.target);
    return policy.originMarkdown === "always" && target !== request.page ? target : undefined;
  }

  /** Takes what a page's fields say of its markdown. */
  learn(exchange: Exchange, target: string | undefined): void {
    if (target === undefined || target === exchange.originTarget) return;
    this.#targets.set(keyOf(exchange, exchange.originTarget), target);
  }

  forget(exchange: Exchange, page: string): void {
    this.#targets.delete(keyOf(exchange, page));
  }
}

function keyOf({ host }: Exchange, page: string): string {
  return `${host} ${page}`;
}
