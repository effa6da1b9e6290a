import type { Pool } from "undici";
import type { OwnOriginClient } from "../../pipeline/exchange.ts";
import { secondsOf } from "../../timing/duration.ts";
import { NodeOrigin } from "./origin-client.ts";
import { createOriginPool } from "./origin-pool.ts";
import { ownOriginBy } from "./own-origin.ts";
import type { NodeSettings } from "./settings.ts";

/** The connections to one origin server. After `retire`, they close with the last request. */
export class Upstream {
  readonly clients: NodeOrigin;
  /** Sends the proxy's own requests, on a few separate connections. */
  readonly askOwn: OwnOriginClient;
  readonly #ownPool: Pool;
  readonly #settings: NodeSettings;
  #users = 0;
  #isRetired = false;

  constructor(settings: NodeSettings) {
    this.#settings = settings;
    const { originServer: origin, originCa, rules } = settings;
    const reach = { origin, originCa, ...timeoutsOf(settings) };
    this.#ownPool = createOriginPool({
      ...reach,
      connections: 8,
      headTimeout: Math.min(reach.headTimeout, 15_000),
      idleTimeout: Math.min(reach.idleTimeout, 30_000),
    });
    this.askOwn = ownOriginBy(this.#ownPool, rules.originHost === "public");
    this.clients = new NodeOrigin({ ...reach, connections: 256 });
  }

  /** Whether these connections can be used under other settings. */
  suits(settings: NodeSettings): boolean {
    return reachOf(this.#settings) === reachOf(settings);
  }

  enter(): void {
    this.#users++;
  }

  leave(): void {
    this.#users--;
    if (this.#isRetired && this.#users === 0) this.#end();
  }

  /** Call it once no new requests use these connections. */
  retire(): void {
    this.#isRetired = true;
    if (this.#users === 0) this.#end();
  }

  /** Closes the connections; responses may still be under way. */
  #end(): void {
    void this.clients.retire();
    void this.#ownPool.close();
  }

  async close(): Promise<void> {
    await Promise.all([this.clients.close(), this.#ownPool.destroy()]);
  }
}

function timeoutsOf({ rules, originTimeout }: NodeSettings) {
  const { connect, head, idle } = rules.timeouts;
  return {
    connectTimeout: secondsOf(connect) * 1000,
    headTimeout: originTimeout ?? secondsOf(head) * 1000,
    idleTimeout: secondsOf(idle) * 1000,
  };
}

/** The settings that connections depend on, as a key to compare. */
function reachOf(settings: NodeSettings): string {
  const { originServer, originCa, rules } = settings;
  return JSON.stringify([originServer, originCa, rules.originHost, timeoutsOf(settings)]);
}
