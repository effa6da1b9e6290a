import { parseMediaType } from "../http/media-type.ts";
import { problem } from "../http/problem.ts";
import type { Answer, Exchange, OriginClient, OriginResponse } from "./exchange.ts";
import type { ExchangeRun } from "./exchange-run.ts";
import { guard } from "./guard.ts";
import { ownAnswer } from "./own-answer.ts";
import type { FeatureName } from "./policy.ts";
import type { StageTurn } from "./stage-turn.ts";
import type { Awaitable, FinalOutcome, OwnResponse } from "./stage.ts";

/** A document that only the proxy has: no rule refuses it to a client, and the origin server gets no request. */
export interface OurDocument {
  readonly owner: "ours";
  /** Methods that it answers. @default GET and HEAD */
  readonly methods?: readonly string[] | "any";
  /** Makes the document; undefined if there is none at this path. */
  readonly make: (exchange: Exchange) => Awaitable<OwnResponse | undefined>;
}

/** A document that a stage makes for GET and HEAD, instead of its decisions on a request and its response. */
export interface StageDocument<Policy = unknown, Reason extends string = string> {
  /**
   * "origin-first": the stage makes it only if the origin server has none (404, 410, or HTML, which
   * single-page apps send anywhere). "merged": the stage makes it from the origin server's, if there is
   * one.
   */
  readonly owner: "origin-first" | "merged";
  /** Matches the origin-form targets at which it is. */
  readonly at: Pick<RegExp, "test">;
  /**
   * Whether the origin server gets no request, since it is known to have none, or the stage needs none of
   * its document. @default never
   */
  isMissing?(exchange: Exchange, policy: Policy): boolean;
  /**
   * Called only if the policy enforces the feature. `declined` leaves the origin server's response as it is.
   *
   * @param origin the origin server's document, which this runtime can decode; undefined if there is none
   */
  make(
    exchange: Exchange,
    policy: Policy,
    origin: OriginResponse | undefined,
  ): Awaitable<DocumentOutcome<Reason>>;
}

/** A document of ours that a stage makes at targets of its own, whatever the rules say of its feature. */
export interface OwnedDocument extends OurDocument {
  /** Matches the origin-form targets at which it is. */
  readonly at: Pick<RegExp, "test">;
}

/** A document, or why there is none. */
export type DocumentOutcome<Reason extends string = string> = FinalOutcome<Reason> & {
  readonly kind: "declined" | "respond";
};

type FeatureDocument = StageDocument & { readonly feature: FeatureName };

/** An entry of the table of own documents. Rules, traces and Vary apply to it as to any response. */
export type OwnDocument = OurDocument | FeatureDocument;

/** Finds our own document at an origin-form target; undefined if the target is the site's. */
export type OwnDocuments = (target: string) => OwnDocument | undefined;

/** A merged document needs the whole of the origin server's, in a coding that this runtime decodes. */
const WHOLE = { kind: "forward", reason: "merged", reads: true, unconditional: true } as const;

/** Ends the turn of the stage that makes the document at the client's target: it makes no other decision. */
export function enterDocument(run: ExchangeRun, document: OwnDocument | undefined): void {
  const turn = turnOf(document, run);
  if (turn === undefined) return;
  turn.out = true;
  if (document?.owner !== "merged" || turn.effective.mode !== "enforce") return;
  turn.request = { ...WHOLE, method: "GET" };
}

/** The origin client of one exchange, with our documents in place of the origin server's. */
export function withOwnDocuments(
  documents: OwnDocuments,
  run: ExchangeRun,
  origin: OriginClient,
): OriginClient {
  return (request) => {
    const document = documents(request.target);
    if (document?.owner === "ours") return answerOurs(document, run.exchange);
    const isOwn = request.target === run.exchange.target;
    const turn = isOwn ? turnOf(document, run) : undefined;
    return turn === undefined || document === undefined
      ? origin(request)
      : answer(document, turn, run, () => origin(request));
  };
}

/** The turn of the stage that makes a document, if the rules switch its feature on. */
function turnOf(document: OwnDocument | undefined, { turns, exchange }: ExchangeRun) {
  if (document === undefined || document.owner === "ours") return undefined;
  if (!READ.includes(exchange.method)) return undefined;
  return turns.find(({ stage }) => stage.feature === document.feature);
}

/** Responds with a document of ours, or a problem if there is none. */
export async function answerOurs(
  { methods = READ, make }: OurDocument,
  exchange: Exchange,
): Promise<Answer> {
  if (methods !== "any" && !methods.includes(exchange.method)) return refused(exchange, methods);
  return ownAnswer(exchange, (await make(exchange)) ?? missing(exchange));
}

async function answer(
  document: FeatureDocument,
  turn: StageTurn,
  run: ExchangeRun,
  ask: () => Awaitable<OriginResponse>,
): Promise<OriginResponse> {
  const { exchange } = run;
  const { mode, policy } = turn.effective;
  const decline = (phase: "request" | "response", reason: string): void => {
    run.begin();
    run.record(turn, phase, { kind: "declined", reason });
  };
  let response: OriginResponse | undefined;
  if (mode !== "enforce" || document.isMissing?.(exchange, policy) !== true) {
    decline("request", "origin-is-asked-first");
    response = await ask();
  }
  if (mode === "enforce") run.vary(turn.stage);
  const origin = response === undefined || lacksDocument(response) ? undefined : response;
  if (origin !== undefined && document.owner === "origin-first") {
    decline("response", origin.status < 400 ? "origin-has-its-own" : "origin-refuses");
    return origin;
  }
  if (mode !== "enforce") {
    decline("response", "watched-only");
    return response ?? ask();
  }
  run.begin();
  const made = await guard(async () => {
    const outcome = await document.make(exchange, policy, origin);
    const own = outcome.kind === "respond" ? ownAnswer(exchange, outcome.response) : undefined;
    return { outcome, own };
  }, run.timeout);
  if (made.ok) run.record(turn, "response", made.value.outcome);
  else run.fail(turn, "response", made.error);
  const own = made.ok ? made.value.own : undefined;
  if (own === undefined) return response ?? ask();
  run.acted(turn);
  response?.body?.release();
  // A range of a document of ours is the whole (RFC 9110 §14.3).
  if (own.status === 200) own.fields.set("accept-ranges", "none");
  return own;
}

/** Whether the origin server has no document here: a single-page app sends HTML at any path. */
function lacksDocument({ status, fields }: OriginResponse): boolean {
  if (status === 404 || status === 410) return true;
  return status === 200 && parseMediaType(fields.get("content-type"))?.essence === "text/html";
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
