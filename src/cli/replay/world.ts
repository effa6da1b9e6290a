import type { Replayed } from "../../simulate/replayer.ts";
import { Replayer, type PastRequest, type ReplayOptions } from "../../simulate/replayer.ts";
import { andThen, type Awaitable } from "../../timing/and-then.ts";
import { asVerified } from "./past-request.ts";
import type { Case } from "./tally.ts";

/** Called with each result of a request. */
export type OnResult = (result: Replayed, as: Case) => void;

/**
 * One rules file with its proxies in memory: one for the requests as the log proves them, one as if all
 * claims were true that the log can't verify. Each has its own counters of limits and free quotas.
 */
export class World {
  readonly #logged: Replayer;
  readonly #ifVerified: Replayer;

  private constructor(logged: Replayer, ifVerified: Replayer) {
    this.#logged = logged;
    this.#ifVerified = ifVerified;
  }

  static async create(options: ReplayOptions): Promise<World> {
    return new World(await Replayer.create(options), await Replayer.create(options));
  }

  /** Runs a request, in both readings if there are two. */
  run(request: PastRequest, onResult: OnResult): Awaitable<void> {
    return andThen(this.#logged.run(request), (logged) => {
      if (logged === undefined) return undefined;
      onResult(logged, "logged");
      const { agent } = logged;
      if (agent.kind === "anonymous") return undefined;
      const verified = asVerified(agent);
      // Agents that are known share the counters of the other reading, too.
      return andThen(this.#ifVerified.run({ ...request, agent: verified ?? agent }), (result) => {
        if (verified !== undefined && result !== undefined) onResult(result, "if-verified");
      });
    });
  }
}
