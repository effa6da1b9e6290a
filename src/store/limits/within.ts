/** The outcome of an operation, or after so many milliseconds a rejection with what `late` makes. */
export async function within<T>(
  operation: () => Promise<T>,
  milliseconds: number,
  late: () => Error,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds);
  });
  try {
    return await Promise.race([operation(), over]);
  } finally {
    clearTimeout(timer);
  }
}
