import type { IncomingMessage, ServerResponse } from "node:http";
import type { App, Settings } from "../../app.ts";
import { parseRequestTarget } from "../../http/target.ts";
import type { Answer } from "../../pipeline/exchange.ts";
import type { Awaitable } from "../../pipeline/stage.ts";
import { decideAdmission, OPTIONS_ANSWER, tooLong } from "../admit.ts";
import { addProxyFields, forwardedRequest, responseMapper } from "../forward.ts";
import type { PathSettings } from "../../rules/paths-schema.ts";
import type { Tokens } from "../../admin/bearer.ts";
import type { FindPublicOrigin } from "../public-url.ts";
import { NodeExchange } from "./exchange.ts";
import type { Channel, NodeOrigin } from "./origin-client.ts";
import { ONLY_HTTP_1, refuse } from "./refuse.ts";
import { recordOf } from "./watch-requests.ts";

/** Takes one request through the pipeline; undefined if it was answered on the way. */
export type Relay = (channel: Channel) => Awaitable<Answer | undefined>;

/** What a relay works with. */
export interface RelayOptions {
  readonly pipeline: App["pipeline"];
  readonly rules: Settings["rules"];
  /** Never forwarded. */
  readonly tokens: Tokens;
  readonly findPublicOrigin: FindPublicOrigin;
  readonly origin: NodeOrigin;
  /** Its scheme, host and port. */
  readonly originServer: string;
  readonly background: (work: Promise<unknown>) => void;
}

/** Builds the function that admits a request, and relays what it admits. */
export function createRelay(options: RelayOptions): Relay {
  const { pipeline, rules, tokens, findPublicOrigin, origin, background } = options;
  const forwarding = { paths: rules.paths, tokens };
  const hops = rules.agents.trustedProxyHops;
  const mapResponse = responseMapper(options.originServer);
  const trustsForwarded = hops > 0 && rules.forwarded !== "none";
  const shared = { trustsForwarded, hops, background };

  return (channel) => {
    const { incoming, outgoing } = channel;
    const target = admitted(incoming, outgoing, rules.paths);
    if (target === undefined) return undefined;
    const { headers } = incoming;
    const publicOrigin = findPublicOrigin({
      scheme: "http",
      // RFC 9112 §3.2.2: the authority of an absolute form counts, whatever Host says.
      host: target.authority ?? headers.host ?? "localhost",
      field: (name) => headers[name]?.toString(),
    });
    if (publicOrigin === undefined) {
      refuse(
        outgoing,
        "bad-request",
        "The request names no host that can be read.",
        headers.accept,
      );
      return undefined;
    }
    const record = recordOf(incoming);
    if (record !== undefined) record.origin = options.originServer;
    const exchange = new NodeExchange(channel, target.target, publicOrigin, shared);
    return pipeline(exchange, (asked) => {
      const request = forwardedRequest(asked, forwarding);
      const { fields } = request;
      addProxyFields(fields, {
        method: request.method,
        version: incoming.httpVersion,
        peer: incoming.socket.remoteAddress,
        hops,
        forwarded: rules.forwarded,
        publicOrigin,
        field: (name) => exchange.field(name),
      });
      if (rules.originHost === "public") fields.set("host", publicOrigin.host);
      return origin.ask(request, channel, (received, status) =>
        mapResponse(received, publicOrigin, status < 200 ? undefined : { ...request, status }),
      );
    });
  };
}

/** The target of a request that is to be relayed; otherwise it is answered here. */
function admitted(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  paths: PathSettings,
): { target: string; authority?: string } | undefined {
  const { headers, method = "GET" } = incoming;
  if (incoming.httpVersionMajor !== 1) {
    refuse(outgoing, "version-not-supported", ONLY_HTTP_1, headers.accept);
    return undefined;
  }
  const target = parseRequestTarget(incoming.url ?? "/");
  // RFC 9112 §3.2: a request with another number of Host fields than one is refused.
  const hosts = countHosts(incoming.rawHeaders);
  if (target.kind === "invalid" || hosts > 1 || (hosts === 0 && incoming.httpVersionMinor > 0)) {
    const detail =
      target.kind === "invalid"
        ? "The request target is none that a server takes."
        : "A request names its host exactly once.";
    refuse(outgoing, "bad-request", detail, headers.accept);
    return undefined;
  }
  const long = target.kind === "origin" ? tooLong(target.target, paths) : undefined;
  if (long !== undefined) {
    refuse(outgoing, long.problem, long.detail, headers.accept);
    return undefined;
  }
  // Nearly every request is one of these, and needs no closer look.
  const isPlain = headers["transfer-encoding"] === undefined && PLAIN.has(method);
  if (isPlain && target.kind === "origin") return target;
  const admission = decideAdmission({
    method,
    asterisk: target.kind === "asterisk",
    isOld: incoming.httpVersionMinor === 0,
    field: (name) => headers[name] as string | undefined,
  });
  switch (admission.kind) {
    case "forward":
      return target.kind === "origin" ? target : undefined;
    case "refuse":
      refuse(outgoing, admission.problem, admission.detail, headers.accept);
      return undefined;
    case "answer":
      outgoing.writeHead(OPTIONS_ANSWER.status, OPTIONS_ANSWER.fields.flat());
      outgoing.end();
      return undefined;
  }
}

const PLAIN = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);

function countHosts(raw: readonly string[]): number {
  let hosts = 0;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (name.length === 4 && name.toLowerCase() === "host") hosts++;
  }
  return hosts;
}
