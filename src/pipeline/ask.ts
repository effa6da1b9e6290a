import { readableCodings } from "../http/negotiate.ts";
import { parseEntityTag } from "../http/validators.ts";
import { restoreEntityTag, translateConditionals, type ListedTags } from "./conditional.ts";
import type { Answer, Exchange, OriginClient, OriginRequest } from "./exchange.ts";
import { guard } from "./guard.ts";
import { headOf } from "./head.ts";
import { ownAnswer } from "./own-answer.ts";
import type { Slot } from "./slot.ts";
import type { HeldResponse, Reask } from "./stage.ts";

/** Times that the origin is asked for one exchange at most. */
const MAX_ASKS = 3;

/** The origin's answer, or what a stage holds of it. */
export interface Asked {
  readonly answer: Answer;
  /** The stage whose held response this is; its response phase has been carried out before. */
  readonly heldBy?: Slot;
}

/** Gets the answer that the response phases work on; rejects with the origin client's error. */
export async function ask(
  exchange: Exchange,
  slots: readonly Slot[],
  origin: OriginClient,
  options: {
    readonly decodable: ReadonlySet<string>;
    readonly timeout: number;
    /** A stage's look at the origin's head failed: the answer stays as it is. */
    onFailure(slot: Slot, error: unknown): void;
    onReask(slot: Slot, reask: Reask): void;
  },
): Promise<Asked> {
  const holder = findHolder(slots);
  const held = holder?.request?.kind === "forward" ? holder.request.held : undefined;
  if (holder !== undefined && held?.isFresh === true) {
    return { answer: ownAnswer(exchange, held.response()), heldBy: holder };
  }
  let plan = planOf(exchange, slots);
  const asked: string[] = [];
  for (;;) {
    exchange.originTarget = plan.target;
    const { request, listed } = prepareRequest(exchange, plan, options.decodable);
    const confirms = asked.length === 0 && addValidator(request, listed, held);
    const answer = await origin(request);
    asked.push(plan.target);
    if (answer.status === 304) {
      if (confirms && holder !== undefined && held !== undefined) {
        return { answer: ownAnswer(exchange, held.response(answer.fields)), heldBy: holder };
      }
      restoreEntityTag(answer.fields, listed);
    }
    const again = asked.length < MAX_ASKS && reaskOf(exchange, slots, answer, asked, options);
    if (again === false) return { answer };
    answer.body?.release();
    plan = { target: again.target, reads: plan.reads, variant: again.variant };
  }
}

/** What the request phases want of the origin. */
interface Plan {
  readonly target: string;
  readonly reads: boolean;
  readonly variant: string | undefined;
}

function planOf(exchange: Exchange, slots: readonly Slot[]): Plan {
  let { target } = exchange;
  let reads = false;
  let variant: string | undefined;
  for (const { request } of slots) {
    if (request?.kind !== "forward") continue;
    target = request.target ?? target;
    reads ||= request.reads === true;
    variant ??= request.variant;
  }
  return { target, reads, variant };
}

/** A held response counts only where no stage before its own wants to see the origin's. */
function findHolder(slots: readonly Slot[]): Slot | undefined {
  for (const slot of slots) {
    const { request } = slot;
    if (request?.kind !== "forward") continue;
    if (request.held !== undefined) return slot;
    if (request.reads === true) return undefined;
  }
  return undefined;
}

/** What goes to the origin: the client's request, changed only where an enforced stage needs it. */
function prepareRequest(
  exchange: Exchange,
  { target, reads, variant }: Plan,
  decodable: ReadonlySet<string>,
): { request: OriginRequest; listed: ListedTags } {
  const fields = exchange.forwardable();
  if (reads) {
    fields.set("accept-encoding", readableCodings(exchange.field("accept-encoding"), decodable));
    for (const name of ["available-dictionary", "dictionary-id", "range", "if-range"]) {
      fields.delete(name);
    }
  }
  const listed = translateConditionals(fields, variant);
  return { request: { method: exchange.method, target, fields }, listed };
}

/**
 * Asks whether what we hold still holds, where the client's own preconditions leave room: a 304 must
 * tell by itself whose validator it confirms.
 */
function addValidator(
  { fields }: OriginRequest,
  listed: ListedTags,
  held: HeldResponse | undefined,
): boolean {
  const tag = held?.etag === undefined ? undefined : parseEntityTag(held.etag);
  if (tag === undefined || listed.length > 0) return false;
  const names = ["if-none-match", "if-modified-since", "if-match", "if-unmodified-since"];
  if (names.some((name) => fields.get(name) !== undefined)) return false;
  fields.set("if-none-match", held?.etag ?? "");
  return true;
}

function reaskOf(
  exchange: Exchange,
  slots: readonly Slot[],
  answer: Answer,
  asked: readonly string[],
  options: Parameters<typeof ask>[3],
): Reask | false {
  for (const slot of slots) {
    const { stage, request, effective, out } = slot;
    if (out || request?.kind !== "forward" || stage.onOriginHead === undefined) continue;
    const result = guard(
      () => stage.onOriginHead?.(headOf(answer), exchange, effective.policy, asked),
      options.timeout,
    );
    if (result instanceof Promise) continue;
    if (!result.ok) options.onFailure(slot, result.error);
    else if (result.value !== undefined) {
      options.onReask(slot, result.value);
      return result.value;
    }
  }
  return false;
}
