/**
 * Settles as the work does, or after so many milliseconds as `late` says. Work that takes longer goes on
 * unheard: that it fails then is no defect.
 *
 * @param late gives what counts if time is up, or throws
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

/** Waits for so many milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
