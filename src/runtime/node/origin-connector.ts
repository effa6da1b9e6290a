import type { TLSSocket } from "node:tls";
import { buildConnector } from "undici";

/** The TLS error of a server that supports none of the offered protocols (RFC 7301 §3.2). */
const NO_PROTOCOL = "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL";

/** How the connections to the origin server are made. */
export interface ConnectorSettings {
  /** Milliseconds to establish a connection, including TLS. */
  readonly connectTimeout: number;
  /** CA certificates in PEM. @default the public authorities */
  readonly originCa?: string | undefined;
}

/**
 * Connects to an origin server over HTTP/1.1, which costs less (docs/decisions.md), or over HTTP/2
 * if it supports nothing else. SNI and certificate use the origin's own host name, not Host.
 */
export function createOriginConnector({ connectTimeout: timeout, originCa }: ConnectorSettings) {
  const common = { timeout, ...(originCa === undefined ? {} : { ca: originCa }) };
  const overHttp1 = buildConnector({ ...common, allowH2: false });
  const overHttp2 = buildConnector({ ...common, allowH2: true, preferH2: true });
  let isHttp2Only = false;
  let isLatestHttp2 = false;
  const connect: buildConnector.connector = (options, callback) => {
    // undici's own name is that in Host.
    const { servername: _host, ...own } = options;
    const done: buildConnector.Callback = (...made) => {
      const [, socket] = made as readonly [unknown, TLSSocket | undefined];
      isLatestHttp2 = socket?.alpnProtocol === "h2";
      callback(...made);
    };
    if (isHttp2Only) {
      overHttp2(own, done);
      return;
    }
    overHttp1(own, (...made) => {
      if (codeOf(made[0]) !== NO_PROTOCOL) {
        done(...made);
        return;
      }
      overHttp2(own, (...second) => {
        isHttp2Only = second[0] === null;
        done(...second);
      });
    });
  };
  /** Whether the latest connection uses HTTP/2; call it in the pool's event "connect". */
  const isHttp2 = (): boolean => isLatestHttp2;
  return { connect, isHttp2 };
}

function codeOf(error: Error | null): string | undefined {
  return error === null || !("code" in error) ? undefined : String(error.code);
}
