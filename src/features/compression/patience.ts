/** What a call gave, or how it failed. */
export type Outcome<Value> =
  | { readonly kind: "done"; readonly value: Value }
  | { readonly kind: "failed"; readonly error: string };

/** Waits for a store at most so many milliseconds; never throws. */
export async function patiently<Value>(
  work: () => Promise<Value>,
  milliseconds: number,
): Promise<Outcome<Value>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Outcome<Value>>((resolve) => {
    timer = setTimeout(resolve, milliseconds, { kind: "failed", error: "no answer in time" });
  });
  try {
    const done = work().then((value): Outcome<Value> => ({ kind: "done", value }));
    return await Promise.race([done, late]);
  } catch (error) {
    return { kind: "failed", error: String(error) };
  } finally {
    clearTimeout(timer);
  }
}
