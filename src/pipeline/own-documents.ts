import { problem } from "../http/problem.ts";
import { splitTarget } from "../http/target.ts";
import type { Exchange, OriginClient, OriginResponse } from "./exchange.ts";
import { ownAnswer } from "./own-answer.ts";
import type { Awaitable, OwnResponse } from "./stage.ts";

/**
 * The owner of a document that the proxy can make. "ours": the proxy alone; "origin-first": the
 * origin server, or the proxy if the origin has none (404, 410); "merged": the proxy, from the
 * origin's document if there is one.
 */
export type DocumentOwner = "ours" | "origin-first" | "merged";

/**
 * A document that the proxy makes at one path. Rules, traces and Vary apply to it as to any
 * response.
 */
export interface OwnDocument {
  readonly owner: DocumentOwner;
  /**
   * Makes it; undefined to leave the origin server's response as it is.
   *
   * @param origin the origin's response; undefined if the origin has none, or gets no request
   */
  readonly make: (
    exchange: Exchange,
    origin: OriginResponse | undefined,
  ) => Awaitable<OwnResponse | undefined>;
}

/** Documents of our own, by requested path. */
export type OwnDocuments = ReadonlyMap<string, OwnDocument>;

/** The origin client of one exchange, with our documents in place of the origin server's. */
export function withOwnDocuments(
  documents: OwnDocuments | undefined,
  exchange: Exchange,
  origin: OriginClient,
): OriginClient {
  if (documents === undefined || documents.size === 0) return origin;
  return (request) => {
    const document = documents.get(splitTarget(request.target).path);
    return document === undefined
      ? origin(request)
      : answer(document, exchange, () => origin(request));
  };
}

async function answer(
  { owner, make }: OwnDocument,
  exchange: Exchange,
  ask: () => Promise<OriginResponse>,
): Promise<OriginResponse> {
  const isRead = exchange.method === "GET" || exchange.method === "HEAD";
  if (owner === "ours")
    return isRead ? made(exchange, await make(exchange, undefined)) : refused(exchange);
  const response = await ask();
  const isMissing = response.status === 404 || response.status === 410;
  if (!isRead || (owner === "origin-first" && !isMissing)) return response;
  const own = await make(exchange, isMissing ? undefined : response);
  if (own === undefined) return response;
  response.body?.release();
  return ownAnswer(exchange, own);
}

function made(exchange: Exchange, own: OwnResponse | undefined): OriginResponse {
  const accept = exchange.field("accept");
  return ownAnswer(exchange, own ?? problem("not-found", "There is no such document.", accept));
}

function refused(exchange: Exchange): OriginResponse {
  const detail = "It is read with GET or HEAD.";
  const { fields, ...rest } = problem("method-not-allowed", detail, exchange.field("accept"));
  exchange.record?.refused("method-not-allowed", "endpoint");
  return ownAnswer(exchange, { ...rest, fields: [...fields, ["allow", "GET, HEAD"]] });
}
