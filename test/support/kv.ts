import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A server that plays KV to bare workerd, and how it may fail. */
export interface TestKv {
  readonly url: string;
  readonly entries: Map<string, string>;
  /** Keys that were read, in order. */
  readonly reads: string[];
  mode: "works" | "fails" | "hangs";
  close(): Promise<void>;
}

/** Speaks what workerd's KV binding does: GET and PUT of `/KEY?urlencoded=true`. */
export async function startKv(): Promise<TestKv> {
  const entries = new Map<string, string>();
  const reads: string[] = [];
  const server = createServer((request, response) => {
    if (kv.mode === "hangs") return;
    if (kv.mode === "fails") {
      response.writeHead(500).end();
      return;
    }
    const key = decodeURIComponent((request.url ?? "/").slice(1).split("?")[0] ?? "");
    if (request.method === "PUT") {
      let text = "";
      request.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      request.on("end", () => {
        entries.set(key, text);
        response.writeHead(200).end();
      });
      return;
    }
    reads.push(key);
    const text = entries.get(key);
    response.writeHead(text === undefined ? 404 : 200).end(text);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const kv: TestKv = {
    url: `http://127.0.0.1:${port}`,
    entries,
    reads,
    mode: "works",
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return kv;
}
