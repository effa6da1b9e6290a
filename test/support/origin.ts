import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** An origin server whose answers a test writes; requests are kept to be looked at. */
export interface TestOrigin {
  readonly url: string;
  /** Answers of exact targets without query. */
  readonly routes: Map<string, Handler>;
  readonly requests: IncomingMessage[];
  /** The answer for a target without a route. @default 404 */
  missing: Handler | undefined;
  /** Accepts upgrades from now on. @default they are ignored */
  onUpgrade(handler: (request: IncomingMessage, socket: Duplex) => void): void;
  close(): Promise<void>;
}

/** Starts an origin server on a free port; a target without a route is 404. */
export async function startOrigin(): Promise<TestOrigin> {
  const routes = new Map<string, Handler>();
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    const handler = routes.get(path) ?? started.missing;
    if (handler !== undefined) handler(request, response);
    else response.writeHead(404, { "content-type": "text/plain" }).end("nothing here\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const started: TestOrigin = {
    missing: undefined,
    onUpgrade: (handler) => void server.on("upgrade", handler),
    url: `http://127.0.0.1:${port}`,
    routes,
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return started;
}
