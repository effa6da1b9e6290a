import { problem } from "../http/problem.ts";
import type { Exchange, OriginClient, OriginResponse } from "./exchange.ts";
import { ownAnswer } from "./own-answer.ts";
import type { Awaitable, OwnResponse } from "./stage.ts";

/**
 * The maker of a document. "ours": the proxy alone; "origin-first": the origin server, or the proxy if the origin server has none
 * (404, 410); "merged": the proxy, from the origin server's document if there is one.
 */
export type DocumentOwner = "ours" | "origin-first" | "merged";

/**
 * A document that the proxy makes at one path. Rules, traces and Vary apply to it as to any
 * response, but no rule refuses a client a document that is ours alone.
 */
export interface OwnDocument {
  readonly owner: DocumentOwner;
  /** Methods that it answers. @default GET and HEAD */
  readonly methods?: readonly string[] | "any" | undefined;
  /**
   * Makes the document; undefined leaves the origin server's response as it is.
   *
   * @param origin the origin server's response; undefined if it has none, or got no request
   */
  readonly make: (
    exchange: Exchange,
    origin: OriginResponse | undefined,
  ) => Awaitable<OwnResponse | undefined>;
}

/** Finds our own document at an origin-form target; undefined if the target is the site's. */
export type OwnDocuments = (target: string) => OwnDocument | undefined;

/** The origin client of one exchange, with our documents in place of the origin server's. */
export function withOwnDocuments(
  documents: OwnDocuments | undefined,
  exchange: Exchange,
  origin: OriginClient,
): OriginClient {
  if (documents === undefined) return origin;
  return (request) => {
    const document = documents(request.target);
    return document === undefined
      ? origin(request)
      : answer(document, exchange, () => origin(request));
  };
}

async function answer(
  { owner, methods = READ, make }: OwnDocument,
  exchange: Exchange,
  ask: () => Promise<OriginResponse>,
): Promise<OriginResponse> {
  const isMade = methods === "any" || methods.includes(exchange.method);
  if (owner === "ours") {
    if (!isMade) return refused(exchange, methods);
    return ownAnswer(exchange, (await make(exchange, undefined)) ?? missing(exchange));
  }
  const response = await ask();
  const isMissing = response.status === 404 || response.status === 410;
  if (!isMade || (owner === "origin-first" && !isMissing)) return response;
  const own = await make(exchange, isMissing ? undefined : response);
  if (own === undefined) return response;
  response.body?.release();
  return ownAnswer(exchange, own);
}

const READ = ["GET", "HEAD"];

function missing(exchange: Exchange): OwnResponse {
  exchange.record?.refused("not-found", "endpoint");
  return problem("not-found", "The proxy has no document at this path.", exchange.field("accept"));
}

function refused(exchange: Exchange, methods: readonly string[]): OriginResponse {
  const allow = methods.join(", ");
  const detail = `Use ${methods.join(" or ")}.`;
  exchange.record?.refused("method-not-allowed", "endpoint");
  const { fields, ...rest } = problem("method-not-allowed", detail, exchange.field("accept"));
  return ownAnswer(exchange, { ...rest, fields: [...fields, ["allow", allow]] });
}
