import { readableCodings } from "../http/negotiate.ts";
import { problem } from "../http/problem.ts";
import { describeNotModified } from "../http/representation.ts";
import { formatEntityTag } from "../http/validators.ts";
import {
  concludePreconditions,
  NO_PRECONDITIONS,
  removePreconditions,
  translatePreconditions,
  type Preconditions,
} from "./conditional.ts";
import type { Answer, Exchange, OriginRequest } from "./exchange.ts";
import { ownAnswer } from "./own-answer.ts";
import type { StageTurn } from "./stage-turn.ts";

/** Fields that ask for a coding which the proxy can't decode. */
const OF_DICTIONARY = ["available-dictionary", "dictionary-id"];

/** Fields that ask for a part of the content (RFC 9110 §14.2, §13.1.5). */
const OF_PART = ["range", "if-range"];

/** The combined wishes of the request phases for the request to the origin server. */
export interface Plan {
  readonly method: string;
  /** Origin-form. */
  readonly target: string;
  /** Fields that stages set for the origin. */
  readonly set: readonly (readonly [name: string, value: string])[];
  /** Fields of the client that stages do not forward. */
  readonly drop: readonly string[];
  /** Whether a stage reads the content. */
  readonly reads: boolean;
  /** Whether the whole content is needed, even if the client asked for a part. */
  readonly whole: boolean;
  /** Whether the content is needed, even if the client has it. */
  readonly unconditional: boolean;
  /** The media-type variant that the client is to get. */
  readonly variant: string | undefined;
}

/** Combines the request outcomes of the enforced stages. */
export function planOf(exchange: Exchange, turns: readonly StageTurn[]): Plan {
  let { method, target } = exchange;
  let reads = false;
  let whole = false;
  let unconditional = false;
  let variant: string | undefined;
  const set: (readonly [name: string, value: string])[] = [];
  const drop: string[] = [];
  for (const { request } of turns) {
    if (request?.kind !== "forward") continue;
    target = request.target ?? target;
    method = request.method ?? method;
    unconditional ||= request.unconditional === true;
    reads ||= request.reads === true;
    whole ||= request.reads === true && request.keepsRange !== true;
    variant ??= request.variant;
    set.push(...(request.set ?? []));
    drop.push(...(request.drop ?? []));
  }
  return { method, target, set, drop, reads, whole, unconditional, variant };
}

/** Makes the request to the origin server: the client's own, changed only as enforced stages need. */
export function prepareRequest(
  exchange: Exchange,
  { method, target, set, drop, reads, whole, unconditional, variant }: Plan,
  decodable: ReadonlySet<string>,
): { readonly request: OriginRequest; readonly preconditions: Preconditions } {
  exchange.originTarget = target;
  const fields = exchange.forwardable();
  for (const name of drop) fields.delete(name);
  for (const [name, value] of set) fields.set(name, value);
  if (reads) {
    fields.set("accept-encoding", readableCodings(exchange.field("accept-encoding"), decodable));
    for (const name of OF_DICTIONARY) fields.delete(name);
  }
  if (whole) for (const name of OF_PART) fields.delete(name);
  const left = unconditional ? removePreconditions(fields) : undefined;
  const translated = translatePreconditions(fields, method, variant);
  const preconditions = left === undefined ? translated : { ...translated, ...left };
  return { request: { method, target, fields }, preconditions };
}

/** The preconditions of a request that are not sent to the origin server. */
export function preconditionsOf(
  exchange: Exchange,
  plan: Plan,
  decodable: ReadonlySet<string>,
): Preconditions {
  const names = ["if-match", "if-none-match"];
  if (names.some((name) => exchange.field(name) !== undefined)) {
    return prepareRequest(exchange, plan, decodable).preconditions;
  }
  exchange.originTarget = plan.target;
  return NO_PRECONDITIONS;
}

/** The answer after the proxy has evaluated the preconditions that the origin server did not get. */
export function concludeAnswer(
  exchange: Exchange,
  answer: Answer,
  preconditions: Preconditions,
): Answer {
  if (answer.status !== 200) return answer;
  const { fields, body } = answer;
  const conclusion = concludePreconditions(fields, preconditions);
  if (conclusion.kind === "send") return answer;
  body?.release();
  if (conclusion.kind === "failed") {
    const detail = "No entity tag in If-Match is the current one of the page.";
    return ownAnswer(exchange, problem("precondition-failed", detail, exchange.field("accept")));
  }
  const { cached } = conclusion;
  const tag = cached === undefined ? fields.get("etag") : formatEntityTag(cached);
  // Other fields are the origin server's own, as they would be in its 304.
  const own = ["last-modified", "accept-ranges"].map((name) => [name, fields.get(name)] as const);
  describeNotModified(fields, tag, true);
  for (const [name, value] of own) if (value !== undefined) fields.set(name, value);
  return { status: 304, fields, body: null };
}
