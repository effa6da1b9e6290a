import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { nodePlainCodecs } from "../../src/runtime/node/codecs.ts";
import { startBareWorker } from "../support/bare-worker.ts";
import { answerCoded } from "./plain-handler.ts";

/** A server that codes what it is sent. */
export interface Subject {
  readonly url: string;
  close(): void;
}

export const SUBJECTS: Readonly<Record<"node" | "workerd", () => Promise<Subject>>> = {
  node: startNode,
  workerd: () => startBareWorker(new URL("plain-worker.ts", import.meta.url).pathname),
};

async function startNode(): Promise<Subject> {
  const codecs = nodePlainCodecs();
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const hasContent = incoming.method === "POST";
    const body = hasContent ? (Readable.toWeb(incoming) as ReadableStream) : null;
    const init = { method: incoming.method ?? "GET", body, duplex: "half" };
    const request = new Request(`http://127.0.0.1${incoming.url}`, init);
    const response = await answerCoded(request, codecs);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.flushHeaders();
    for await (const chunk of response.body ?? []) outgoing.write(chunk);
    outgoing.end();
  };
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => void server.close() };
}
