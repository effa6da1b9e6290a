import { networkOf } from "../../../agent/network.ts";
import { shownAddress } from "../../../agent/shown-address.ts";
import { BoundedCache } from "../../../memory/bounded-cache.ts";
import type { RulesFile } from "../../../rules/schema.ts";
import type { Log } from "../../../telemetry/log.ts";

/** Connections that are ended for what they do, from one network within `WINDOW`, before it is refused. */
const MOST = 5;
/** Milliseconds. */
const WINDOW = 30_000;
/** Milliseconds for which new connections of a network are refused. */
const REFUSED_FOR = 30_000;

/** The rules about clients' addresses. */
interface ConnectionRules {
  readonly agents: Pick<RulesFile["agents"], "trustedProxyHops">;
  readonly telemetry: Pick<RulesFile["telemetry"], "addresses">;
}

/** The connections of one network that were ended. */
interface Offences {
  count: number;
  since: number;
  /** Until when its connections are refused. */
  until: number;
}

/**
 * Networks whose connections flood the proxy with frames or resets. Each connection is bounded by
 * itself; a client that always opens new ones is refused for a time.
 */
export class Offenders {
  readonly #rules: () => ConnectionRules;
  readonly #log: Pick<Log, "warn">;
  readonly #clock: () => number;
  readonly #known = new BoundedCache<Offences>({ name: "counts", sizeOf: () => 48, max: 10_000 });

  /** @param clock returns milliseconds since any fixed time */
  constructor(
    rules: () => ConnectionRules,
    log: Pick<Log, "warn">,
    clock = (): number => performance.now(),
  ) {
    this.#rules = rules;
    this.#log = log;
    this.#clock = clock;
  }

  /** Whether servers in front connect for all clients, so that no address is that of one client. */
  get #hasProxies(): boolean {
    return this.#rules().agents.trustedProxyHops > 0;
  }

  /** Whether a new connection is refused. */
  refuses(address: string | undefined): boolean {
    if (address === undefined || this.#hasProxies) return false;
    return (this.#known.peek(networkOf(address))?.until ?? -Infinity) > this.#clock();
  }

  /** Notes a connection that was ended for what it did. */
  note(address: string | undefined): void {
    if (address === undefined || this.#hasProxies) return;
    const now = this.#clock();
    const offences = this.#known.getOrMake(networkOf(address), () => ({
      count: 0,
      since: now,
      until: -Infinity,
    }));
    if (now - offences.since > WINDOW) {
      offences.count = 0;
      offences.since = now;
    }
    offences.count++;
    if (offences.count < MOST || offences.until > now) return;
    offences.until = now + REFUSED_FOR;
    const client = shownAddress(address, this.#rules().telemetry.addresses);
    const seconds = REFUSED_FOR / 1000;
    this.#log.warn("client-refused", { client, connections: offences.count, seconds });
  }
}
