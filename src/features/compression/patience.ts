import { within } from "../../timing/timeout.ts";

/** The result of a call, or its failure. */
type Outcome<Value> =
  | { readonly kind: "done"; readonly value: Value }
  | { readonly kind: "failed"; readonly error: string };

const TOO_LATE = { kind: "failed", error: "no answer in time" } as const;

/** Waits for a store for a limited time; never throws. */
export async function patiently<Value>(
  work: () => Promise<Value>,
  milliseconds: number,
): Promise<Outcome<Value>> {
  try {
    const done = work().then((value): Outcome<Value> => ({ kind: "done", value }));
    return await within(milliseconds, done, () => TOO_LATE);
  } catch (error) {
    return { kind: "failed", error: String(error) };
  }
}
