import { Agent, request } from "node:http";
import process from "node:process";
import type { RawResponse, RequestOptions } from "./client.ts";

/** Sends requests to one of several processes that share a listening socket. */
export type Pinned = (path: string, options?: RequestOptions) => Promise<RawResponse>;

/**
 * Opens a connection that a process has to accept, since all others are stopped meanwhile.
 *
 * @param others the ids of the other processes
 */
export async function pin(url: string, others: readonly number[]): Promise<Pinned> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, keepAliveMsecs: 60_000 });
  const send: Pinned = (path, options = {}) =>
    new Promise((resolve, reject) => {
      const asking = request(
        url + path,
        { method: options.method ?? "GET", headers: { ...options.headers } as never, agent },
        (response) => {
          const pieces: Buffer[] = [];
          response.on("data", (piece: Buffer) => pieces.push(piece)).on("error", reject);
          response.on("end", () => {
            const { statusCode: status = 0, headers, rawHeaders } = response;
            resolve({ status, headers, rawHeaders, body: Buffer.concat(pieces) });
          });
        },
      );
      asking.on("error", reject);
      asking.end(options.body);
    });
  for (const pid of others) process.kill(pid, "SIGSTOP");
  try {
    await send("/pinned");
  } finally {
    for (const pid of others) process.kill(pid, "SIGCONT");
  }
  return send;
}
