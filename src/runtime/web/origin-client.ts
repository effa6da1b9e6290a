import {
  ClientGoneError,
  OriginError,
  type OriginRequest,
  type OriginResponse,
  type OwnOriginClient,
} from "../../pipeline/exchange.ts";
import type { ContentCheck } from "../../pipeline/content-check.ts";
import { nameOf } from "../../rules/origins.ts";
import type { RulesFile } from "../../rules/schema.ts";
import { forwardedRequest, type ForwardedClient, type MapResponse } from "../forward.ts";
import type { Address } from "../failover.ts";
import type { TokenSearch } from "../../admin/token-search.ts";
import type { PublicOrigin } from "../public-url.ts";
import { isRepeatable } from "../../http/safe-method.ts";
import type { DecoderOf } from "./body.ts";
import { toHeaders } from "./fields.ts";
import type { WebOrigins } from "./origin-routes.ts";
import type { WebRequest } from "./request.ts";
import { headWithin } from "./origin-timeouts.ts";
import { fromResponse } from "./respond.ts";

/** The settings for requests to one address of an origin server. */
export interface OriginReach extends Address {
  /** Milliseconds to the response's head. */
  readonly headTimeout: number;
  /** Milliseconds between two pieces of content that the proxy reads, at most. */
  readonly idleTimeout: number;
  readonly mapResponse: MapResponse;
}

/**
 * Sends a request to the origin server by `fetch`; if the connection is lost, one of a safe method
 * without content is sent again (RFC 9110 §9.2.2). Rejects with an OriginError.
 */
export function askOrigin(
  client: WebRequest,
  asked: OriginRequest,
  to: {
    readonly origins: Pick<WebOrigins, "routeOf">;
    /** Called with the address, and the name of its origin server, before each attempt. */
    readonly onAddress: (url: string, name: string | undefined) => void;
    readonly rules: RulesFile;
    readonly search: TokenSearch | undefined;
    readonly publicOrigin: PublicOrigin;
    readonly facts: Pick<ForwardedClient, "version" | "peer">;
    readonly decoderOf: DecoderOf;
    readonly contentCheck?: ContentCheck | undefined;
    /** Aborted if the client leaves. @default the runtime ends the request by itself */
    readonly signal?: AbortSignal | undefined;
  },
): Promise<OriginResponse> {
  const { publicOrigin, facts } = to;
  const { version, peer } = facts;
  const forwardedFor = { version, peer, publicOrigin, field: client.field };
  const { method, target, fields } = forwardedRequest(asked, to, forwardedFor);
  // workerd itself responds to it (RFC 9110 §10.1.1).
  fields.delete("expect");
  const headers = toHeaders(fields);
  const init: RequestInit = { method, headers, redirect: "manual" };
  const isOnce = client.hasContent || fields.get("upgrade") !== undefined;
  const { server, inTurn } = to.origins.routeOf(publicOrigin.host, target);
  return inTurn.ask({ method, isOnce, isShown }, (reach, left) => {
    to.onAddress(reach.url, nameOf(server));
    const headTimeout = Math.min(left, reach.headTimeout);
    const responded = (response: Response): OriginResponse => {
      const answer = fromResponse(response, method, to.decoderOf, reach.idleTimeout);
      if (answer.status === 101) return withDate(answer);
      const { status } = answer;
      try {
        reach.mapResponse(answer.fields, publicOrigin, { method, target, fields, status });
      } catch (error) {
        answer.body?.release();
        throw error;
      }
      return withDate(answer);
    };
    return responseOf(client, reach.url + target, init, responded, {
      headTimeout,
      isOnceMore: isRepeatable(method, isOnce),
      contentCheck: to.contentCheck,
      signal: to.signal,
    });
  });
}

const isShown = (): boolean => false;

interface Attempt {
  readonly headTimeout: number;
  /** Whether the request is sent again if its connection is lost. */
  readonly isOnceMore: boolean;
  readonly contentCheck: ContentCheck | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Sends the client's request to one address. Rejects with an OriginError.
 *
 * @param responded gets the response, in the same continuation: each one more costs a turn
 */
function responseOf(
  client: WebRequest,
  address: string,
  init: RequestInit,
  responded: (response: Response) => OriginResponse,
  { headTimeout, isOnceMore, contentCheck, signal }: Attempt,
): Promise<OriginResponse> {
  const failed = (error: unknown): never => {
    throw signal?.aborted === true ? new ClientGoneError() : originErrorOf(error);
  };
  if (!client.hasContent) {
    if (signal !== undefined) init.signal = signal;
    const ask = (): Promise<Response> => headWithin(headTimeout, fetch(address, init));
    const askAgain = (lost: unknown): Promise<OriginResponse> =>
      isLost(lost) ? ask().then(responded, failed) : failed(lost);
    return ask().then(responded, isOnceMore ? askAgain : failed);
  }
  // With content there is no timeout, since nothing shows when it has been sent.
  const { method } = init;
  // fetch accepts a GET with content only as a copy of such a request.
  const asking =
    method === "GET" || method === "HEAD"
      ? fetch(copyOf(client.raw, address, init))
      : fetch(address, { ...init, ...contentOf(client.raw, contentCheck, signal) });
  return asking.then(responded, failed);
}

function withDate(answer: OriginResponse): OriginResponse {
  // RFC 9110 §6.6.1: a recipient adds a missing Date.
  if (answer.fields.get("date") === undefined) {
    answer.fields.set("date", new Date().toUTCString());
  }
  return answer;
}

/** The content for a request to the origin server, which is aborted if the content is wrong. */
function contentOf(
  client: Request,
  check: ContentCheck | undefined,
  signal: AbortSignal | undefined,
): RequestInit {
  if (check === undefined) {
    return { body: client.body, ...(signal === undefined ? {} : { signal }) };
  }
  // workerd would end a chunked request whose content fails as if it were complete.
  const controller = new AbortController();
  const body = checkedBody(client, check, () => controller.abort());
  signal?.addEventListener("abort", () => controller.abort(), { once: true });
  return { body, signal: controller.signal };
}

/** The content of a request, compared if it must be; in workerd with its length, if that is known. */
export function checkedBody(
  { body, headers }: Request,
  check: ContentCheck | undefined,
  abort?: () => void,
): ReadableStream<Uint8Array> | null {
  if (body === null || check === undefined) return body;
  const checked = body.pipeThrough(check.stream(abort));
  const length = headers.get("content-length");
  const { FixedLengthStream } = globalThis as {
    FixedLengthStream?: new (length: number) => TransformStream<Uint8Array, Uint8Array>;
  };
  return length === null || FixedLengthStream === undefined
    ? checked
    : checked.pipeThrough(new FixedLengthStream(Number(length)));
}

/** Whether workerd reports that the connection ended before a response. */
function isLost(error: unknown): boolean {
  return error instanceof Error && error.message === "Network connection lost.";
}

/** A request with the client's content; for workerd, one of GET and HEAD must set no method. */
function copyOf(client: Request, address: string, { method, ...init }: RequestInit): Request {
  const copy = new Request(new Request(address, client), init);
  return method === copy.method || method === undefined ? copy : new Request(copy, { method });
}

function originErrorOf(error: unknown): OriginError {
  return error instanceof OriginError ? error : new OriginError("unknown", "head", error);
}

/** Creates the client for the proxy's own requests to the origin server, which uses `fetch`. */
export function ownOriginByFetch(
  settings: Omit<OriginReach, "mapResponse"> & {
    readonly sendsPublicHost: boolean;
    readonly decodable: ReadonlySet<string>;
    readonly decoderOf: DecoderOf;
  },
): OwnOriginClient {
  return async ({ method, target, fields }, publicHost) => {
    if (settings.sendsPublicHost) fields.set("host", publicHost);
    if (fields.get("accept-encoding") === undefined) {
      fields.set("accept-encoding", [...settings.decodable].join(", "));
    }
    const headers = toHeaders(fields);
    try {
      const asking = fetch(settings.url + target, { method, headers, redirect: "manual" });
      const response = await headWithin(settings.headTimeout, asking);
      return fromResponse(response, method, settings.decoderOf, settings.idleTimeout);
    } catch (error) {
      throw originErrorOf(error);
    }
  };
}
