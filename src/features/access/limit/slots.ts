import type { Exchange } from "../../../pipeline/exchange.ts";
import type { RateStore, SlotAnswer } from "../../../store/rates.ts";

/** Seconds for which a slot is held without a renewal, e.g. after a crash. */
const LEASE = 60;
/** Milliseconds between two renewals. */
const RENEWAL = 20_000;

/** A slot for a request in progress. */
export interface Slot {
  readonly answer: SlotAnswer;
  /** Frees the slot. */
  leave(): void;
}

/** Takes a slot for an exchange; a slot that is taken is renewed until `leave`. */
export async function enterSlot(
  rates: RateStore,
  key: string,
  limit: number,
  exchange: Exchange,
): Promise<Slot> {
  const id = crypto.randomUUID();
  const enter = async (): Promise<SlotAnswer> => rates.enter(key, id, limit, LEASE);
  const answer = await enter();
  if (!answer.isTaken) return { answer, leave: () => {} };
  let isLeft = false;
  const renewal = setInterval(() => {
    if (!isLeft) enter().catch(() => {});
  }, RENEWAL);
  // On Node, a renewal keeps no process alive.
  if (typeof renewal === "object") renewal.unref();
  return {
    answer,
    leave() {
      if (isLeft) return;
      isLeft = true;
      clearInterval(renewal);
      exchange.background((async () => rates.leave(key, id))().catch(() => {}));
    },
  };
}
