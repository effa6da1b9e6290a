import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import { describeError } from "../../telemetry/describe-error.ts";
import type { Log } from "../../telemetry/log.ts";
import { createHttpServer, KEEP_ALIVE, type HttpServerParts } from "./http-server.ts";
import { createHttp2Server } from "./http2/server.ts";
import type { Offenders } from "./http2/offenders.ts";
import { loadCertificates, type CertificatePair } from "./tls/certificates.ts";
import { createTlsServer, type TlsServer } from "./tls/server.ts";

/** An address to listen on. */
interface Address {
  readonly port: number;
  readonly host: string;
  /** A socket that listens already, in place of both. @default none */
  readonly fd?: number | undefined;
}

/** Options of a server with TLS. */
export interface TlsOptions {
  /** Chosen by the name that a client wants; the first is for all others. */
  readonly certificates: readonly CertificatePair[];
  /** The value of `Strict-Transport-Security`. @default the site has none of ours */
  readonly hsts?: string | undefined;
  /** The key of session tickets: 48 bytes, which all processes share. @default random */
  readonly ticketKey?: Buffer | undefined;
}

/** The addresses of a proxy. */
export interface ListenOptions extends Address {
  /** Serves https, in HTTP/2 and HTTP/1.1. @default http */
  readonly tls?: TlsOptions | undefined;
  /** A listener for our own endpoints; the site's then has only health and ready. @default none */
  readonly operator?: Address | undefined;
  /** Milliseconds that the head of a request may take. @default 60000 */
  readonly headTimeout?: number;
  /** The processes that serve, among which the memory of caches is divided. @default 1 */
  readonly processes?: number | undefined;
}

/** The servers that listen. */
export interface Listeners {
  readonly servers: readonly Server[];
  /** Scheme, host and port. */
  readonly url: string;
  readonly operatorUrl: string | undefined;
  /** Throws a CertificateError; without TLS it does nothing. */
  readonly useCertificates: (certificates: readonly CertificatePair[]) => void;
  /** Replaces the key of session tickets; without TLS it does nothing. */
  readonly useTicketKey: (key: Buffer) => void;
}

/** The parts of the site's server. */
export interface SiteParts extends HttpServerParts {
  readonly offenders: Offenders;
}

/** Listens for the site, and for the operator by option. Rejects if a port is taken. */
export async function openListeners(
  listen: ListenOptions,
  log: Log,
  parts: { readonly site: SiteParts; readonly operator: Omit<HttpServerParts, "recorder"> },
): Promise<Listeners> {
  const site = createSiteServer(parts.site, listen.tls);
  const url = await listenAt(site.server, listen, log, listen.tls === undefined ? "http" : "https");
  const other = await serveOperator(listen.operator, parts.operator, log);
  return {
    servers: other === undefined ? [site.server] : [site.server, other.server],
    url,
    operatorUrl: other?.url,
    useCertificates: (certificates) => site.tls?.use(loadCertificates(certificates)),
    useTicketKey: (key) => site.tls?.useTicketKey(key),
  };
}

/** Starts the operator's listener. Its requests are none of the site, so no event records them. */
async function serveOperator(
  address: Address | undefined,
  parts: Omit<HttpServerParts, "recorder">,
  log: Log,
): Promise<{ readonly server: Server; readonly url: string } | undefined> {
  if (address === undefined) return undefined;
  const server = createHttpServer({ ...parts, recorder: undefined });
  return { server, url: await listenAt(server, address, log) };
}

/** Creates the site's server, with TLS by option. Throws a CertificateError. */
function createSiteServer(
  parts: SiteParts,
  tls: TlsOptions | undefined,
): { readonly server: Server; readonly tls?: TlsServer } {
  const http1 = createHttpServer(parts);
  if (tls === undefined) return { server: http1 };
  const { headTimeout: head, idle, shutdown } = parts;
  const http2 = createHttp2Server({ ...parts, times: { head, idle, keepAlive: KEEP_ALIVE } });
  const certificates = loadCertificates(tls.certificates);
  const made = createTlsServer(certificates, {
    http1,
    http2,
    shutdown,
    handshakeTimeout: head,
    refuses: (address) => parts.offenders.refuses(address),
    ticketKey: tls.ticketKey,
  });
  return { server: made.server, tls: made };
}

/** Returns the address of a server once it listens. Rejects if the port is taken. */
async function listenAt(
  server: Server,
  { port, host, fd }: Address,
  log: Log,
  scheme = "http",
): Promise<string> {
  server.listen(fd === undefined ? { port, host } : { fd });
  await once(server, "listening");
  // E.g. no file descriptor is left for a connection: the server goes on without it.
  server.on("error", (error) => log.warn("accept-failed", { error: describeError(error) }));
  const { port: opened, address } = server.address() as AddressInfo;
  const at = fd === undefined ? host : address;
  return `${scheme}://${at.includes(":") ? `[${at}]` : at}:${opened}`;
}
