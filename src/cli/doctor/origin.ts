import { request as requestHttp, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import { once } from "node:events";
import { connect, type PeerCertificate } from "node:tls";
import { isIP } from "node:net";
import { within } from "../../timing/timeout.ts";
import { countOf, spanOf } from "./words.ts";
import { findingsOf, reasonOf, type SetupFinding } from "./finding.ts";

/** Milliseconds for a request or a handshake. */
const TIMEOUT = 10_000;
/** Seconds before its end at which a certificate should have been renewed. */
const RENEWAL = 14 * 86_400;
/** Seconds that a clock may be off: signatures allow some, `Date` has whole seconds. */
const SKEW = 5;

/** The origin server, and how the proxy reaches it. */
export interface OriginAccess {
  /** The name of the origin server in the rules. @default none */
  readonly name?: string | undefined;
  readonly origin: string;
  /** The Host that it gets; undefined for its own name. */
  readonly host: string | undefined;
  readonly publicOrigin: string | undefined;
  /** CA certificates in PEM. */
  readonly ca: string | undefined;
}

/** Looks at the origin server's response to a request for the home page, and at its clock. */
export async function lookAtOrigin(
  access: OriginAccess,
  clock: () => number,
): Promise<readonly SetupFinding[]> {
  const { ok, doubtful, bad } = findingsOf("origin");
  const of = prefixOf(access);
  const began = performance.now();
  let response: IncomingMessage;
  try {
    response = await headOf(access);
  } catch (error) {
    return [bad(`${of}${access.origin} can't be reached: ${reasonOf(error)}`)];
  }
  const took = Math.round(performance.now() - began);
  const { statusCode: status = 0, headers } = response;
  const findings: SetupFinding[] = [];
  const target = headers.location;
  const leadsTo = target === undefined ? undefined : URL.parse(target, access.origin);
  if (status >= 500) findings.push(bad(`${of}${access.origin}/ answers ${status}`));
  else if (leadsTo !== undefined && leadsTo?.origin === access.publicOrigin) {
    findings.push(
      doubtful(
        `${of}${access.origin}/ redirects to the public origin (${status})`,
        'The origin server may want another Host or X-Forwarded-Proto: see "originHost" and "forwarded".',
      ),
    );
  } else findings.push(ok(`${of}${access.origin}/ answers ${status} after ${took} ms`));
  return [...findings, ...clockOf(of, headers.date, clock)];
}

/** The beginning of findings about an origin server with a name. */
function prefixOf({ name }: OriginAccess): string {
  return name === undefined ? "" : `${name}: `;
}

async function headOf({ origin, host, ca }: OriginAccess): Promise<IncomingMessage> {
  const send = origin.startsWith("https:") ? requestHttps : requestHttp;
  const headers = { "user-agent": "wayleave-doctor", ...(host === undefined ? {} : { host }) };
  const signal = AbortSignal.timeout(TIMEOUT);
  const request = send(`${origin}/`, { headers, ca, signal, agent: false });
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.destroy();
  return response;
}

/** Compares this machine's clock with the field Date of a response. */
function clockOf(
  of: string,
  date: string | undefined,
  clock: () => number,
): readonly SetupFinding[] {
  const { ok, doubtful, unknown } = findingsOf("clock");
  const theirs = date === undefined ? Number.NaN : Date.parse(date) / 1000;
  if (Number.isNaN(theirs))
    return [unknown(`${of}the origin server sends no Date to compare with`)];
  const difference = Math.round(clock() - theirs);
  if (Math.abs(difference) <= SKEW) return [ok(`${of}as the origin server's`)];
  const way = difference > 0 ? "ahead of" : "behind";
  return [
    doubtful(
      `${of}${spanOf(Math.abs(difference))} ${way} the origin server's`,
      "Set both by NTP: signatures and freshness depend on the time.",
    ),
  ];
}

/** Looks at the certificates of the origin servers and of the public origin. */
export async function lookAtCertificates(
  accesses: readonly OriginAccess[],
  clock: () => number,
): Promise<readonly SetupFinding[]> {
  const { unknown } = findingsOf("certificate");
  const origins = [
    ...accesses.map((access) => ({
      of: prefixOf(access),
      url: access.origin,
      ca: access.ca,
      key: access.name === undefined ? "originCa" : `origins.${access.name}.ca`,
    })),
    { of: "", url: accesses[0]?.publicOrigin, ca: undefined, key: "originCa" },
  ];
  const secure = origins.flatMap(({ url, ...rest }) =>
    url?.startsWith("https:") === true ? [{ ...rest, url: new URL(url) }] : [],
  );
  if (secure.length === 0) return [unknown("neither origin uses https")];
  return Promise.all(secure.map((each) => certificateOf(each, clock)));
}

/** A server whose certificate is looked at. */
interface SecureServer {
  /** The beginning of its finding. */
  readonly of: string;
  readonly url: URL;
  readonly ca: string | undefined;
  /** The key of the rules that names its authority. */
  readonly key: string;
}

async function certificateOf(
  { of, url, ca, key }: SecureServer,
  clock: () => number,
): Promise<SetupFinding> {
  const { ok, doubtful, bad, unknown } = findingsOf("certificate");
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? 443 : Number(url.port);
  const name = isIP(host) === 0 ? { servername: host } : {};
  const socket = connect({ host, port, ca, rejectUnauthorized: false, ...name });
  try {
    const isReady = once(socket, "secureConnect").then(() => true);
    if (!(await within(TIMEOUT, isReady, () => false))) {
      return unknown(`${of}${url.host}: the handshake takes too long`);
    }
    const certificate = socket.getPeerCertificate() as Partial<PeerCertificate>;
    const left = Date.parse(certificate.valid_to ?? "") / 1000 - clock();
    if (!socket.authorized) {
      const why = String(socket.authorizationError);
      return bad(`${of}${url.host}: ${why}`, `Name a private authority in "${key}" of the rules.`);
    }
    const days = countOf(Math.floor(left / 86_400), "day");
    return left < RENEWAL
      ? doubtful(`${of}${url.host}: valid for ${days} more`, "Renew it.")
      : ok(`${of}${url.host}: valid for ${days}`);
  } catch (error) {
    return unknown(`${of}${url.host} can't be reached: ${reasonOf(error)}`);
  } finally {
    socket.destroy();
  }
}
