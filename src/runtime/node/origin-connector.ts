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
 * Connects to an origin server over HTTP/1.1, which costs less (docs/decisions.md), or over HTTP/2 if the
 * server supports nothing else. SNI and certificate use the origin's own host name, not the field Host.
 */
export class OriginConnector {
  readonly #overHttp1: buildConnector.connector;
  readonly #overHttp2: buildConnector.connector;
  #isHttp2Only = false;
  #isLatestHttp2 = false;

  constructor({ connectTimeout: timeout, originCa }: ConnectorSettings) {
    const options = { timeout, ...(originCa === undefined ? {} : { ca: originCa }) };
    this.#overHttp1 = buildConnector({ ...options, allowH2: false });
    this.#overHttp2 = buildConnector({ ...options, allowH2: true, preferH2: true });
  }

  /** Whether the latest connection uses HTTP/2; read it in the pool's event "connect". */
  get isLatestHttp2(): boolean {
    return this.#isLatestHttp2;
  }

  readonly connect: buildConnector.connector = (options, callback) => {
    // undici's own name is that in Host.
    const { servername: _host, ...own } = options;
    const done: buildConnector.Callback = (...made) => {
      const [, socket] = made as readonly [unknown, TLSSocket | undefined];
      this.#isLatestHttp2 = socket?.alpnProtocol === "h2";
      callback(...made);
    };
    if (this.#isHttp2Only) {
      this.#overHttp2(own, done);
      return;
    }
    this.#overHttp1(own, (...made) => {
      if (codeOf(made[0]) !== NO_PROTOCOL) {
        done(...made);
        return;
      }
      this.#overHttp2(own, (...second) => {
        this.#isHttp2Only = second[0] === null;
        done(...second);
      });
    });
  };
}

function codeOf(error: Error | null): string | undefined {
  return error === null || !("code" in error) ? undefined : String(error.code);
}
