import type { ExecutionContext } from "@cloudflare/workers-types";

/** Lets work continue after the response. */
export type Prolonging = Pick<ExecutionContext, "waitUntil">;

/**
 * One call of the Worker. If its client leaves, the runtime ends all that it does, unless other work
 * has prolonged it: then the request to the origin server ends only by a signal.
 */
export class Invocation implements Prolonging {
  readonly #request: Request;
  readonly #context: ExecutionContext;
  #isProlonged = false;

  constructor(request: Request, context: ExecutionContext) {
    this.#request = request;
    this.#context = context;
  }

  waitUntil(work: Promise<unknown>): void {
    this.#isProlonged = true;
    this.#context.waitUntil(work);
  }

  /** Aborted if the client leaves; undefined if the runtime needs none. */
  get signal(): AbortSignal | undefined {
    if (!this.#isProlonged) return undefined;
    // fetch ignores the signal of the client's request itself, unless a flag of workerd is set.
    const controller = new AbortController();
    const { signal } = this.#request;
    if (signal.aborted) controller.abort();
    signal.addEventListener("abort", () => controller.abort(), { once: true });
    return controller.signal;
  }
}
