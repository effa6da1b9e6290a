import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

/** A request that a facilitator got. */
export interface FacilitatorCall {
  readonly path: string;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

/** A document, with the status 200, or a function that answers in any way. */
type FacilitatorAnswer =
  | object
  | ((call: FacilitatorCall, response: ServerResponse, request: IncomingMessage) => unknown);

/** A facilitator of x402 v2 on a socket, whose answers a test sets. */
export interface TestFacilitator {
  readonly url: string;
  readonly calls: FacilitatorCall[];
  /** By path, e.g. "/verify". */
  readonly answers: Map<string, FacilitatorAnswer>;
  /** The number of requests for a path. */
  count(path: string): number;
  close(): Promise<void>;
}

/** Starts a facilitator that answers 404 until it has other answers; a function may return a document. */
export async function startFacilitator(): Promise<TestFacilitator> {
  const calls: FacilitatorCall[] = [];
  const answers = new Map<string, FacilitatorAnswer>();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString();
    const { url: path = "", headers } = request;
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    const call = { path, body, authorization: headers.authorization };
    calls.push(call);
    const given = answers.get(path);
    if (given === undefined) return response.writeHead(404).end();
    const document: unknown =
      typeof given === "function" ? await given(call, response, request) : given;
    if (response.headersSent || response.destroyed || document === undefined) return undefined;
    response.writeHead(200, { "content-type": "application/json" });
    return response.end(JSON.stringify(document));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    answers,
    count: (path) => calls.filter((call) => call.path === path).length,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
