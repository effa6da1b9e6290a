/**
 * Waits for work; after the given milliseconds, settles with the result of `late`. The work
 * continues, and its result or failure is ignored.
 *
 * @param late returns the result for work that takes too long, or throws
 */
export async function within<Done, Late>(
  milliseconds: number,
  work: Promise<Done>,
  late: () => Late,
): Promise<Done | Late> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<Late>((resolve) => {
    timer = setTimeout(() => resolve((async () => late())()), milliseconds);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves after the given milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
