import { Pool, type buildConnector } from "undici";
import { MAX_RESPONSE_HEAD } from "../../pipeline/origin-problem.ts";
import { OriginConnection } from "./origin-connection.ts";
import { createOriginConnector, type ConnectorSettings } from "./origin-connector.ts";

/** The settings of the connections to an origin server. */
export interface OriginPoolSettings extends ConnectorSettings {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Milliseconds from the request to the response's head. */
  readonly headTimeout: number;
  /** Milliseconds between two pieces of the content, at most. */
  readonly idleTimeout: number;
  readonly connections: number;
}

/** Concurrent requests on one HTTP/2 connection; a server may allow fewer. */
const STREAMS = 100;

/** Creates the pool of connections to an origin server; opens none yet. */
export function createOriginPool(settings: OriginPoolSettings): Pool {
  const { connect, isHttp2 } = createOriginConnector(settings);
  const pool = new Pool(settings.origin, {
    ...clientOptions(settings, connect),
    factory: (origin, options) => new OriginConnection(origin, options),
    connections: settings.connections,
  });
  pool.on("connect", (_origin, targets) => {
    const client = targets.at(-1);
    if (isHttp2() && client !== undefined && "pipelining" in client) {
      client.pipelining = STREAMS;
    }
  });
  return pool;
}

/** Creates a separate connection for one request. */
export function createOriginConnection(settings: OriginPoolSettings): OriginConnection {
  const options = clientOptions(settings, createOriginConnector(settings).connect);
  return new OriginConnection(new URL(settings.origin), options);
}

function clientOptions(settings: OriginPoolSettings, connect: buildConnector.connector) {
  return {
    pipelining: 1,
    headersTimeout: settings.headTimeout,
    bodyTimeout: settings.idleTimeout,
    maxHeaderSize: MAX_RESPONSE_HEAD,
    allowH2: false,
    connect,
  };
}
