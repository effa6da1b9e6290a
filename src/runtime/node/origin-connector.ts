import type { TLSSocket } from "node:tls";
import { buildConnector } from "undici";

/** What TLS says where a server speaks none of the protocols on offer (RFC 7301 §3.2). */
const NO_PROTOCOL = "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL";

/** How the connections to the origin server are made. */
export interface ConnectorSettings {
  /** Milliseconds until the connection stands, TLS included. */
  readonly connectTimeout: number;
  /** Certificates in PEM that are trusted in place of the public authorities'. */
  readonly originCa?: string | undefined;
}

/**
 * Connects to an origin server: HTTP/1.1 by choice, since it costs less here (docs/decisions.md), and
 * HTTP/2 to a server that speaks nothing else. SNI and the certificate are of the origin's own host
 * name, whatever Host it gets.
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

  /** Whether the connection that was made last speaks HTTP/2; read in a pool's event "connect". */
  get isLatestHttp2(): boolean {
    return this.#isLatestHttp2;
  }

  readonly connect: buildConnector.connector = (options, callback) => {
    // Without a name of its own, undici would take the one in Host.
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
