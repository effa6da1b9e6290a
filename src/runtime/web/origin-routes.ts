import type { OriginAddresses } from "../../admin/health.ts";
import type { OwnOriginClient } from "../../pipeline/exchange.ts";
import { compileOrigins, DEFAULT_ORIGIN, type OriginServer } from "../../rules/origins.ts";
import type { RulesFile } from "../../rules/schema.ts";
import type { Log } from "../../telemetry/log.ts";
import { Addresses } from "../failover.ts";
import { responseMapper, type MapResponse } from "../forward.ts";
import type { DecoderOf } from "./body.ts";
import { ownOriginByFetch, type OriginReach } from "./origin-client.ts";

/** An address with the client for the proxy's own requests. */
interface WebAddress extends OriginReach {
  readonly askOwn: OwnOriginClient;
}

/** One origin server. */
export interface WebRoute {
  readonly server: OriginServer;
  readonly inTurn: Addresses<WebAddress>;
}

interface RouteSettings {
  readonly rules: RulesFile;
  readonly originServer: string;
  /** Milliseconds to the head of a response. @default those of the rules */
  readonly originTimeout: number | undefined;
  readonly decodable: ReadonlySet<string>;
  readonly decoderOf: DecoderOf;
  readonly log: Log;
}

/** The origin servers, reached by `fetch`. */
export class WebOrigins {
  /** Finds the origin server of a URL, in origin-form on a host. */
  readonly routeOf: (host: string, target: string) => WebRoute;
  /** Scheme, host and port of the one for requests that no rule sends elsewhere. */
  readonly originServer: string;
  readonly #routes: ReadonlyMap<OriginServer, WebRoute>;
  readonly #key: string;

  constructor(settings: RouteSettings) {
    const { rules, originServer, originTimeout } = settings;
    const servers = compileOrigins(rules, originServer);
    this.originServer = new URL(originServer).origin;
    this.#key = keyOf(rules, this.originServer, originTimeout);
    this.#routes = new Map(servers.all.map((server) => [server, createRoute(server, settings)]));
    this.routeOf = (host, target) => this.#routes.get(servers.of(host, target)) as WebRoute;
  }

  /** Whether these routes, with what is known of their addresses, serve under other rules too. */
  suits(rules: RulesFile, originServer: string, originTimeout: number | undefined): boolean {
    return this.#key === keyOf(rules, new URL(originServer).origin, originTimeout);
  }

  /** Sends the proxy's own requests. */
  readonly askOwn: OwnOriginClient = (request, publicHost) => {
    const { inTurn } = this.routeOf(publicHost, request.target);
    const attempted = { method: request.method, isOnce: false, isShown: () => false };
    return inTurn.ask(attempted, ({ askOwn }) => askOwn(request, publicHost));
  };

  /** The state of each address of the origin servers that have names. */
  describe(): readonly OriginAddresses[] {
    return [...this.#routes.values()].flatMap(({ server, inTurn }) =>
      server.name === DEFAULT_ORIGIN ? [] : [{ name: server.name, addresses: inTurn.describe() }],
    );
  }
}

function createRoute(server: OriginServer, settings: RouteSettings): WebRoute {
  const { decodable, decoderOf, log, originTimeout } = settings;
  const { urls, name, failover, timeouts } = server;
  const head = originTimeout ?? timeouts.head;
  const mappers = urls.map((url) => responseMapper(url));
  const [only] = mappers;
  const mapResponse: MapResponse = (...mapped) => {
    for (const map of mappers) map(...mapped);
  };
  const addresses = urls.map((url): WebAddress => {
    return {
      url,
      headTimeout: head,
      idleTimeout: timeouts.idle,
      mapResponse: mappers.length === 1 && only !== undefined ? only : mapResponse,
      askOwn: ownOriginByFetch({
        url,
        sendsPublicHost: server.host === "public",
        headTimeout: Math.min(head, 15_000),
        idleTimeout: Math.min(timeouts.idle, 30_000),
        decodable,
        decoderOf,
      }),
    };
  }) as [WebAddress, ...WebAddress[]];
  const patience = timeouts.connect + head;
  return {
    server,
    inTurn: new Addresses(addresses, { name, failover, patience, log, clock: Date.now }),
  };
}

function keyOf(
  { origins, originHost, timeouts, paths, rules }: RulesFile,
  originServer: string,
  originTimeout: number | undefined,
): string {
  const routes = rules.flatMap(({ origin, match }) =>
    origin === undefined ? [] : [[origin, match]],
  );
  const reach = [originServer, originTimeout, originHost, timeouts, origins];
  return JSON.stringify([...reach, routes, routes.length === 0 ? 0 : paths]);
}
