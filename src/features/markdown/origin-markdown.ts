import { AbsentKeys } from "../../memory/absent-keys.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import { ownMarkdownTarget, type MarkdownRequest } from "./decide.ts";
import type { MarkdownPolicy } from "./policy.ts";

/** Pages whose own markdown is remembered. */
const REMEMBERED = 5000;

/** Seconds for which markdown that was named but not there is not asked for again. */
const ABSENT_FOR = 3600;

/** Which pages the origin has markdown of its own for, as far as it has shown. */
export class OriginMarkdown {
  readonly #targets = new BoundedCache<string>({
    name: "markdown",
    max: REMEMBERED,
    sizeOf: ({ length }) => 2 * length,
  });
  /** Targets that were named, e.g. our own `/index.md`, and were not there. */
  readonly #absent = new AbsentKeys({ max: REMEMBERED, seconds: ABSENT_FOR });

  /** What to ask for before the page itself; undefined if the page comes first. */
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

  /** Takes what a page's fields or head say of its markdown. */
  learn(exchange: Exchange, page: string, target: string | undefined): void {
    if (target === undefined || target === page || target === exchange.originTarget) return;
    if (this.#absent.has(keyOf(exchange, target))) return;
    this.#targets.set(keyOf(exchange, page), target);
  }

  /** The origin has markdown where it was asked for, whatever was known of that. */
  found(exchange: Exchange): void {
    this.#absent.delete(keyOf(exchange, exchange.originTarget));
  }

  /** The origin had no markdown where it was said to be. */
  forget(exchange: Exchange, page: string): void {
    const key = keyOf(exchange, page);
    const target = this.#targets.get(key);
    if (target === undefined) return;
    this.#targets.delete(key);
    this.#absent.add(keyOf(exchange, target));
  }
}

function keyOf({ host }: Exchange, page: string): string {
  return `${host} ${page}`;
}
