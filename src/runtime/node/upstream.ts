import type { Pool } from "undici";
import type { OriginAddresses } from "../../admin/health.ts";
import type { Fields } from "../../http/fields.ts";
import type { OriginRequest, OriginResponse, OwnOriginClient } from "../../pipeline/exchange.ts";
import { compileOrigins, DEFAULT_ORIGIN, nameOf, type OriginServer } from "../../rules/origins.ts";
import type { Log } from "../../telemetry/log.ts";
import { Addresses, type Address } from "../failover.ts";
import { responseMapper, type MapResponse } from "../forward.ts";
import type { PublicOrigin } from "../public-url.ts";
import { NodeOrigin, type Channel } from "./origin-client.ts";
import { createOriginPool } from "./origin-pool.ts";
import { ownOriginBy } from "./own-origin.ts";
import type { NodeSettings } from "./settings.ts";
import { hasContent } from "./upload.ts";

/** The connections to one address. */
interface NodeAddress extends Address {
  readonly client: NodeOrigin;
  /** For the proxy's own requests, on a few separate connections. */
  readonly ownPool: Pool;
  readonly askOwn: OwnOriginClient;
}

/** The connections to one origin server. */
interface Route {
  readonly server: OriginServer;
  readonly addresses: readonly NodeAddress[];
  readonly inTurn: Addresses<NodeAddress>;
  readonly mapResponse: MapResponse;
}

/** The facts of a client's request that its way to the origin server depends on. */
interface Sender {
  readonly publicOrigin: PublicOrigin;
  /** Called with the address, and the name of its origin server, before each attempt. */
  readonly onAddress: (url: string, name: string | undefined) => void;
}

/** The connections to the origin servers. After `retire`, they close with the last request. */
export class Upstream {
  readonly #key: string;
  readonly #routes: ReadonlyMap<OriginServer, Route>;
  readonly #routeOf: (host: string, target: string) => Route;
  #users = 0;
  #isRetired = false;

  constructor(settings: NodeSettings, log: Log) {
    this.#key = reachOf(settings);
    const servers = compileOrigins(settings.rules, settings.originServer);
    this.#routes = new Map(
      servers.all.map((server) => [server, createRoute(server, settings, log)]),
    );
    this.#routeOf = (host, target) => this.#routes.get(servers.of(host, target)) as Route;
  }

  /** Sends a client's request to the origin server of its URL. */
  ask(request: OriginRequest, channel: Channel, from: Sender): Promise<OriginResponse> {
    const { publicOrigin } = from;
    const { server, inTurn, mapResponse } = this.#routeOf(publicOrigin.host, request.target);
    if (server.host === "public") request.fields.set("host", publicOrigin.host);
    let isShown = false;
    const map = (received: Fields, status: number): void => {
      if (status < 200) isShown = true;
      mapResponse(received, publicOrigin, status < 200 ? undefined : { ...request, status });
    };
    const isOnce = hasContent(channel.incoming) || channel.onUpgrade !== undefined;
    const attempted = { method: request.method, isOnce, isShown: () => isShown };
    return inTurn.ask(attempted, ({ url, client }, left) => {
      from.onAddress(url, nameOf(server));
      return client.ask(request, channel, map, left);
    });
  }

  /** Sends the proxy's own requests. */
  readonly askOwn: OwnOriginClient = (request, publicHost) => {
    const { inTurn } = this.#routeOf(publicHost, request.target);
    const attempted = { method: request.method, isOnce: false, isShown: () => false };
    return inTurn.ask(attempted, ({ askOwn }) => askOwn(request, publicHost));
  };

  /** The state of each address of origin servers that have several. */
  describe(): readonly OriginAddresses[] {
    return [...this.#routes.values()].flatMap(({ server, inTurn }) =>
      server.name === DEFAULT_ORIGIN ? [] : [{ name: server.name, addresses: inTurn.describe() }],
    );
  }

  /** Whether these connections can be used under other settings. */
  suits(settings: NodeSettings): boolean {
    return this.#key === reachOf(settings);
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

  get #addresses(): readonly NodeAddress[] {
    return [...this.#routes.values()].flatMap(({ addresses }) => addresses);
  }

  /** Closes the connections; responses may still be under way. */
  #end(): void {
    for (const { client, ownPool } of this.#addresses) {
      void client.retire();
      void ownPool.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#addresses.flatMap(({ client, ownPool }) => [client.close(), ownPool.destroy()]),
    );
  }
}

function createRoute(server: OriginServer, settings: NodeSettings, log: Log): Route {
  const { urls, name, failover } = server;
  const addresses = urls.map((url) => createAddress(url, server, settings)) as [
    NodeAddress,
    ...NodeAddress[],
  ];
  const { connect, head } = timeoutsOf(server, settings);
  const patience = connect + head;
  const mappers = urls.map((url) => responseMapper(url));
  return {
    server,
    addresses,
    inTurn: new Addresses(addresses, {
      name,
      failover,
      patience,
      log,
      clock: () => performance.now(),
    }),
    mapResponse: (...mapped) => {
      for (const map of mappers) map(...mapped);
    },
  };
}

function createAddress(url: string, server: OriginServer, settings: NodeSettings): NodeAddress {
  const { connect, head, idle } = timeoutsOf(server, settings);
  const reach = {
    origin: url,
    originCa: authoritiesOf(server, settings),
    connectTimeout: connect,
    headTimeout: head,
    idleTimeout: idle,
  };
  const ownPool = createOriginPool({
    ...reach,
    connections: 8,
    headTimeout: Math.min(head, 15_000),
    idleTimeout: Math.min(idle, 30_000),
  });
  return {
    url,
    client: new NodeOrigin({ ...reach, connections: 256 }),
    ownPool,
    askOwn: ownOriginBy(ownPool, server.host === "public"),
  };
}

function authoritiesOf(
  { name, ca }: OriginServer,
  { originCa, originCas = {} }: NodeSettings,
): string | undefined {
  if (name === DEFAULT_ORIGIN) return originCa;
  return originCas[name] ?? (ca?.includes("-----BEGIN") === true ? ca : undefined);
}

function timeoutsOf({ timeouts }: OriginServer, { originTimeout }: NodeSettings) {
  return { ...timeouts, head: originTimeout ?? timeouts.head };
}

/** The settings that connections depend on, as a key to compare. */
function reachOf({
  originServer,
  originCa,
  originCas,
  originTimeout,
  rules,
}: NodeSettings): string {
  const { origins, originHost, timeouts, paths } = rules;
  const routes = rules.rules.flatMap(({ origin, match }) =>
    origin === undefined ? [] : [[origin, match]],
  );
  const connections = [originServer, originCa, originCas, originTimeout, originHost, timeouts];
  return JSON.stringify([...connections, origins, routes, routes.length === 0 ? 0 : paths]);
}
