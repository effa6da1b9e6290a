import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** What the server in front saw of the last request for a target. */
export interface Passed {
  /** Whether the browser offered a dictionary. */
  readonly offered: boolean;
  readonly coding: string | undefined;
  readonly useAsDictionary: string | undefined;
  readonly status: number | undefined;
}

/**
 * A server in front of another that lets the client accept one delta coding only: a browser accepts
 * both, and can't be told otherwise. All else passes as it is.
 */
export async function startFront(target: () => string) {
  const state: { only: "dcb" | "dcz" | undefined } = { only: undefined };
  const passed = new Map<string, Passed>();
  const server = createServer((incoming, outgoing) => {
    const { method, url = "/", headers } = incoming;
    const { only } = state;
    const accepts = headers["accept-encoding"]
      ?.split(", ")
      .filter((coding) => only === undefined || !/^dc[bz]$/.test(coding) || coding === only)
      .join(", ");
    const fields = accepts === undefined ? headers : { ...headers, "accept-encoding": accepts };
    const asked = request(target() + url, { method, headers: fields }, (answer) => {
      const field = (name: string) => answer.headers[name]?.toString();
      passed.set(url, {
        offered: headers["available-dictionary"] !== undefined,
        coding: field("content-encoding"),
        useAsDictionary: field("use-as-dictionary"),
        status: answer.statusCode,
      });
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    asked.on("error", () => outgoing.destroy());
    incoming.pipe(asked);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    state,
    passed,
    url: `http://127.0.0.1:${port}`,
    /** The same server under another site's name. */
    elsewhere: `http://localhost:${port}`,
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
