import { readableCodings } from "../http/negotiate.ts";
import { problem } from "../http/problem.ts";
import { describeNotModified } from "../http/representation.ts";
import { formatEntityTag } from "../http/validators.ts";
import {
  concludePreconditions,
  translatePreconditions,
  type Preconditions,
} from "./conditional.ts";
import type { Answer, Exchange, OriginRequest } from "./exchange.ts";
import { ownAnswer } from "./own-answer.ts";
import type { RequestOutcome } from "./stage.ts";

/** Fields that ask for a part or a coding of content that is to be read as a whole here. */
const WHOLE_ONLY = ["available-dictionary", "dictionary-id", "range", "if-range"];

/** What goes to the origin: the client's request, changed only where an enforced stage needs it. */
export function prepareRequest(
  exchange: Exchange,
  outcomes: Iterable<RequestOutcome | undefined>,
  decodable: ReadonlySet<string>,
): { readonly request: OriginRequest; readonly preconditions: Preconditions } {
  let { method, target } = exchange;
  let reads = false;
  let unconditional = false;
  let variant: string | undefined;
  const set: (readonly [name: string, value: string])[] = [];
  for (const outcome of outcomes) {
    if (outcome?.kind !== "forward") continue;
    target = outcome.target ?? target;
    method = outcome.method ?? method;
    unconditional ||= outcome.unconditional === true;
    reads ||= outcome.reads === true;
    variant ??= outcome.variant;
    set.push(...(outcome.set ?? []));
  }
  exchange.originTarget = target;
  const fields = exchange.forwardable();
  for (const [name, value] of set) fields.set(name, value);
  if (reads) {
    fields.set("accept-encoding", readableCodings(exchange.field("accept-encoding"), decodable));
    for (const name of WHOLE_ONLY) fields.delete(name);
  }
  if (unconditional) {
    fields.delete("if-none-match");
    fields.delete("if-modified-since");
  }
  const preconditions = translatePreconditions(fields, method, variant);
  return { request: { method, target, fields }, preconditions };
}

/** The answer once the preconditions that were left to us are evaluated. */
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
    const detail = "None of the entity tags in If-Match is that of the page as it is now.";
    return ownAnswer(exchange, problem("precondition-failed", detail, exchange.field("accept")));
  }
  const { held } = conclusion;
  const tag = held === undefined ? fields.get("etag") : formatEntityTag(held);
  describeNotModified(fields, tag, true);
  return { status: 304, fields, body: null };
}
