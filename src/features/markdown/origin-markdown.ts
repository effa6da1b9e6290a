import { AbsentKeys } from "../../memory/absent-keys.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import { ownMarkdownTarget, type MarkdownRequest } from "./decide.ts";
import type { MarkdownPolicy } from "./policy.ts";

/** The most pages of which the own markdown is remembered. */
const REMEMBERED = 5000;

/** Seconds until markdown that did not exist is requested again. */
const ABSENT_FOR = 3600;

/** Remembers for which pages the origin server has markdown of its own. */
export class OriginMarkdown {
  readonly #targets = new BoundedCache<string>({
    name: "markdown",
    max: REMEMBERED,
    sizeOf: ({ length }) => 2 * length,
  });
  /** Targets that a page named and that did not exist, e.g. our own `/index.md`. */
  readonly #absent = new AbsentKeys({ max: REMEMBERED, seconds: ABSENT_FOR });

  /** The target to request before the page itself; undefined if the page comes first. */
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

  /** Remembers the markdown that a page's fields or head name. */
  learn(exchange: Exchange, page: string, target: string | undefined): void {
    if (target === undefined || target === page || target === exchange.originTarget) return;
    if (this.#absent.has(keyOf(exchange, target))) return;
    this.#targets.set(keyOf(exchange, page), target);
  }

  /** Remembers that the origin server has markdown at the requested target. */
  found(exchange: Exchange): void {
    this.#absent.delete(keyOf(exchange, exchange.originTarget));
  }

  /** Remembers that the named markdown does not exist. */
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
