import { resolveTarget } from "../http/target.ts";
import { ANONYMOUS } from "../agent/agent.ts";
import { dropUnwanted, setForwarded, type ForwardedFields } from "../http/forwarded.ts";
import { viaMember } from "../http/via.ts";
import {
  originOf,
  type Answer,
  type Exchange,
  type OriginClient,
  type OwnOriginClient,
} from "./exchange.ts";
import { OwnExchange } from "./exchange-at.ts";
import { isForEveryRequest } from "./interest.ts";
import { createPipeline, type Pipeline, type PipelineOptions } from "./run.ts";

/** Our own requests for public content, sent as an anonymous client would send them. */
export interface OwnRequests {
  /**
   * The origin server's response for a target, or the rules' refusal if they refuse an anonymous client.
   *
   * @param from an exchange with the same site
   * @param onAsk called for each request to the origin server
   */
  get(target: string, accept: string, from: Exchange, onAsk: () => void): Promise<Answer>;
  /** The first page under another host, to learn if the origin server distinguishes hosts. */
  getFrom(host: string, from: Exchange, onAsk: () => void): Promise<Answer>;
  /** A page in markdown, as the proxy would send it to a client. */
  render(target: string, from: Exchange, onAsk: () => void): Promise<Answer>;
}

/** The proxy, and the parts of a pipeline that sends requests past no feature but the guards. */
interface Pipelines {
  readonly pipeline: Pipeline;
  readonly guarded: Omit<PipelineOptions, "onDecided" | "cache">;
}

/**
 * Builds the only way in which the proxy requests public content for itself.
 *
 * @param find called at the first request, since stages get the own requests before there is a pipeline
 */
export function createOwnRequests(ask: OwnOriginClient, find: () => Pipelines): OwnRequests {
  let known: Pipeline | undefined;
  const gate: Pipeline = (exchange, origin) => {
    if (known === undefined) {
      const { guarded } = find();
      const stages = guarded.stages.filter(isForEveryRequest);
      known = createPipeline({ ...guarded, stages, identify: () => ANONYMOUS });
    }
    return known(exchange, origin);
  };
  const originFor = (from: Exchange, host: string, onAsk: () => void): OriginClient =>
    originRequests(ask, from, host, onAsk);
  return {
    get: async (target, accept, from, onAsk) =>
      gate(new OwnExchange(from, target, accept), originFor(from, from.host, onAsk)),
    getFrom: async (host, from, onAsk) =>
      gate(new OwnExchange(from, "/", PAGES), originFor(from, host, onAsk)),
    render: async (target, from, onAsk) =>
      find().pipeline(
        new OwnExchange(from, target, "text/markdown"),
        originFor(from, from.host, onAsk),
      ),
  };
}

/** Sends requests of our own for a site under a host to the origin server. */
export function originRequests(
  ask: OwnOriginClient,
  from: Exchange,
  host: string,
  onAsk: () => void = () => {},
): OriginClient {
  const [scheme = "http"] = originOf(from).split(":", 1);
  return (request) => {
    onAsk();
    request.fields.set("x-forwarded-proto", scheme);
    return ask(request, host);
  };
}

const PAGES = "text/html, */*;q=0.1";

/**
 * Sends requests as an unknown client would: their responses serve all clients, so the request must not
 * name one that the origin server might trust more. X-Forwarded-Proto has the scheme.
 *
 * @param which forwarding fields the origin server gets
 * @param isPublicHost whether the origin server may get this as the public host
 */
export function asStranger(
  ask: OwnOriginClient,
  isPublicHost: (host: string) => boolean,
  which: ForwardedFields = "both",
): OwnOriginClient {
  return (request, host) => {
    const { fields } = request;
    const scheme = fields.get("x-forwarded-proto") === "https" ? "https" : "http";
    for (const name of CREDENTIALS) fields.delete(name);
    if (fields.get("user-agent") === undefined) fields.set("user-agent", USER_AGENT);
    fields.set("via", viaMember("1.1"));
    if (isPublicHost(host)) {
      const facts = { peer: undefined, received: undefined, hops: 0, scheme, host };
      setForwarded(fields, facts, "both");
    } else {
      fields.set("forwarded", `for=unknown;proto=${scheme}`);
      fields.set("x-forwarded-proto", scheme);
      fields.delete("x-forwarded-host");
    }
    fields.set("x-forwarded-for", "unknown");
    dropUnwanted(fields, which);
    // As browsers do, the proxy requests no path with dot segments.
    return ask({ ...request, target: resolveTarget(request.target) }, host);
  };
}

const CREDENTIALS = ["authorization", "cookie", "proxy-authorization"];

/** Of the package; a test holds it to package.json. */
export const VERSION = "0.1.0";

/** The page that describes this program. */
export const PRODUCT_URL = "https://example.com/wayleave";

/** The proxy's User-Agent (RFC 9110 §10.1.5), with the address of its description. */
export const USER_AGENT = `wayleave/${VERSION} (+${PRODUCT_URL})`;
