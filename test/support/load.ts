import { send, type RawResponse, type RequestOptions } from "./client.ts";

/** What became of requests that were sent all the time. */
export interface Load {
  readonly answers: readonly RawResponse[];
  readonly failures: readonly unknown[];
}

/** Sends requests, `width` at a time and each on a connection of its own, while `work` goes on. */
export async function underLoad(
  url: string,
  options: RequestOptions,
  width: number,
  work: (answers: readonly RawResponse[]) => Promise<void>,
): Promise<Load> {
  const answers: RawResponse[] = [];
  const failures: unknown[] = [];
  const over = new AbortController();
  const one = async (): Promise<void> => {
    while (!over.signal.aborted) {
      try {
        answers.push(await send(url, options));
      } catch (error) {
        failures.push(error);
      }
    }
  };
  const all = Array.from({ length: width }, one);
  try {
    await work(answers);
  } finally {
    over.abort();
    await Promise.all(all);
  }
  return { answers, failures };
}
