import type { Settings } from "../../app.ts";
import { NodeOrigin } from "./origin-client.ts";
import { NodeOwnOrigin } from "./own-origin.ts";

type OriginSettings = Settings & { readonly originServer: string };

/** The connections to one origin server; once it is replaced, they end with the last that use them. */
export class Upstream {
  readonly clients: NodeOrigin;
  readonly own: NodeOwnOrigin;
  readonly #settings: OriginSettings;
  #users = 0;
  #isRetired = false;

  constructor(settings: OriginSettings) {
    const { originServer: origin, originTimeout } = settings;
    this.#settings = settings;
    this.own = new NodeOwnOrigin({
      origin,
      sendsPublicHost: settings.rules.originHost === "public",
    });
    this.clients = new NodeOrigin({
      origin,
      ...(originTimeout === undefined ? {} : { headTimeout: originTimeout }),
    });
  }

  /** Whether these connections are as good under other settings. */
  suits({ originServer, originTimeout, rules }: OriginSettings): boolean {
    const mine = this.#settings;
    return (
      mine.originServer === originServer &&
      mine.originTimeout === originTimeout &&
      mine.rules.originHost === rules.originHost
    );
  }

  enter(): void {
    this.#users++;
  }

  leave(): void {
    this.#users--;
    if (this.#isRetired && this.#users === 0) this.#end();
  }

  /** Nobody new comes. */
  retire(): void {
    this.#isRetired = true;
    if (this.#users === 0) this.#end();
  }

  /** All requests have been sent on by now, if not answered. */
  #end(): void {
    void this.clients.retire();
    void this.own.retire();
  }

  async close(): Promise<void> {
    await Promise.all([this.clients.close(), this.own.close()]);
  }
}
