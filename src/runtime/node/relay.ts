import type { Socket } from "node:net";
import type { App } from "../../app.ts";
import { parseRequestTarget } from "../../http/target.ts";
import type { Answer } from "../../pipeline/exchange.ts";
import type { Awaitable } from "../../pipeline/stage.ts";
import { decideAdmission, OPTIONS_ANSWER, showsToken, tooLong } from "../admit.ts";
import { forwardedRequest } from "../forward.ts";
import type { ForwardedCensus } from "../forwarded-census.ts";
import type { PathSettings } from "../../rules/paths-schema.ts";
import type { Tokens } from "../../admin/bearer.ts";
import { tokenSearch, type TokenSearch } from "../../admin/token-search.ts";
import { publicOrigins, type PublicOrigin } from "../public-url.ts";
import { NodeExchange } from "./exchange.ts";
import { isHttp10, isHttp2, type ClientRequest, type ClientResponse } from "./message.ts";
import type { Channel } from "./origin-client.ts";
import { ONLY_HTTP_1, refuse } from "./refuse.ts";
import type { NodeSettings } from "./settings.ts";
import type { Upstream } from "./upstream.ts";
import { recordOf } from "./watch-requests.ts";
import { writeHead } from "./write-head.ts";

/** Processes one request in the pipeline; returns undefined if the response is sent already. */
export type Relay = (channel: Channel) => Awaitable<Answer | undefined>;

interface RelayOptions {
  readonly app: Pick<App, "pipeline" | "operator" | "owns">;
  readonly settings: NodeSettings;
  /** Our tokens, which are never forwarded. */
  readonly tokens: Tokens;
  readonly upstream: Pick<Upstream, "ask">;
  readonly census: ForwardedCensus;
  readonly background: (work: Promise<unknown>) => void;
}

/** The relay of the site's listener, and that of the operator's. */
export interface Relays {
  readonly site: Relay;
  /** Responds only with our own documents. */
  readonly operator: Relay;
}

/** Creates the functions that admit requests and relay those that they admit. */
export function createRelays(options: RelayOptions): Relays {
  const { app, tokens, upstream, census } = options;
  const { rules } = options.settings;
  const search = tokenSearch(tokens);
  const forwarding = { rules, search };
  const admit = exchanges(options, search);

  return {
    operator: (channel) => {
      const admission = admit(channel);
      return admission && app.operator(admission.exchange);
    },
    site: (channel) => {
      const { incoming } = channel;
      const admission = admit(channel);
      if (admission === undefined) return undefined;
      const { exchange, publicOrigin } = admission;
      if (census.isDue() && !app.owns(exchange.target)) {
        const forwardedFor = exchange.field("x-forwarded-for");
        census.count(incoming.socket.remoteAddress, forwardedFor);
      }
      return app.pipeline(exchange, (asked) => {
        const request = forwardedRequest(asked, forwarding, {
          version: incoming.httpVersion,
          peer: incoming.socket.remoteAddress,
          publicOrigin,
          field: (name) => exchange.field(name),
        });
        const { contentCheck } = exchange;
        const via = contentCheck === undefined ? channel : { ...channel, contentCheck };
        const record = recordOf(incoming);
        return upstream.ask(request, via, {
          publicOrigin,
          onAddress: (url, name) => {
            record?.sentTo(url, name);
          },
        });
      });
    },
  };
}

/** Creates the function that makes exchanges of requests; it refuses those that it does not admit. */
function exchanges({ settings, background }: RelayOptions, search: TokenSearch | undefined) {
  const { rules, originServer } = settings;
  const hops = rules.agents.trustedProxyHops;
  const findPublicOrigin = publicOrigins(rules);
  const trustsForwarded = hops > 0 && rules.forwarded !== "none";
  const shared = { trustsForwarded, hops, background };
  return (channel: Channel): { exchange: NodeExchange; publicOrigin: PublicOrigin } | undefined => {
    const { incoming, outgoing } = channel;
    const target = admitted(incoming, outgoing, rules.paths);
    if (target === undefined) return undefined;
    const { headers } = incoming;
    // RFC 9112 §3.2.2: the authority of an absolute form replaces Host.
    const host = target.authority ?? headers.host ?? "localhost";
    const shown = showsToken({ host, target: target.target }, search);
    if (shown !== undefined) {
      refuse(outgoing, shown.problem, shown.detail);
      return undefined;
    }
    if (search !== undefined) removeTokens(incoming, search);
    const publicOrigin = findPublicOrigin({
      scheme: isEncrypted(incoming.socket) ? "https" : "http",
      host,
      field: (name) => headers[name]?.toString(),
    });
    if (publicOrigin === undefined) {
      refuse(outgoing, "bad-request", "The request does not name a valid host.");
      return undefined;
    }
    const record = recordOf(incoming);
    if (record !== undefined) record.origin = originServer;
    return {
      exchange: new NodeExchange(channel, target.target, publicOrigin, shared),
      publicOrigin,
    };
  };
}

/** Removes fields that have a token of the operator, before any part of the proxy reads them. */
function removeTokens(incoming: ClientRequest, search: TokenSearch): void {
  const { rawHeaders, headers } = incoming;
  const left = search.without(rawHeaders);
  if (left === undefined) return;
  const values = new Map<string, string[]>();
  for (let i = 0; i < left.length; i += 2) {
    const name = (left[i] as string).toLowerCase();
    values.set(name, [...(values.get(name) ?? []), left[i + 1] as string]);
  }
  for (const [name, joined] of Object.entries(headers)) {
    const lines = values.get(name);
    if (lines === undefined) delete headers[name];
    // Of several lines, Node has joined those with a token, too.
    else if (typeof joined === "string")
      headers[name] = lines.join(name === "cookie" ? "; " : ", ");
  }
  rawHeaders.splice(0, rawHeaders.length, ...left);
}

/** Returns the target of a request to relay; otherwise responds and returns undefined. */
function admitted(
  incoming: ClientRequest,
  outgoing: ClientResponse,
  paths: PathSettings,
): { target: string; authority?: string } | undefined {
  const { headers, method = "GET" } = incoming;
  if (incoming.httpVersionMajor !== 1 && !isHttp2(incoming)) {
    refuse(outgoing, "version-not-supported", ONLY_HTTP_1);
    return undefined;
  }
  const target = parseRequestTarget(incoming.url ?? "/");
  // RFC 9112 §3.2: a request with another number of Host fields than one is refused.
  const hosts = countHosts(incoming.rawHeaders);
  if (target.kind === "invalid" || hosts > 1 || (hosts === 0 && !isHttp10(incoming))) {
    const detail =
      target.kind === "invalid"
        ? "The request target is malformed."
        : "A request must have exactly one Host field.";
    refuse(outgoing, "bad-request", detail);
    return undefined;
  }
  const long = target.kind === "origin" ? tooLong(target.target, paths) : undefined;
  if (long !== undefined) {
    refuse(outgoing, long.problem, long.detail);
    return undefined;
  }
  // Most requests need no further check.
  const isPlain = headers["transfer-encoding"] === undefined && PLAIN.has(method);
  if (isPlain && target.kind === "origin") return target;
  const admission = decideAdmission({
    method,
    asterisk: target.kind === "asterisk",
    isOld: isHttp10(incoming),
    field: (name) => headers[name] as string | undefined,
  });
  switch (admission.kind) {
    case "forward":
      return target.kind === "origin" ? target : undefined;
    case "refuse":
      refuse(outgoing, admission.problem, admission.detail);
      return undefined;
    case "answer":
      writeHead(outgoing, OPTIONS_ANSWER.status, undefined, OPTIONS_ANSWER.fields.flat());
      outgoing.end();
      return undefined;
  }
}

/** Whether a connection has TLS. */
function isEncrypted(socket: Socket & { readonly encrypted?: boolean }): boolean {
  return socket.encrypted === true;
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
