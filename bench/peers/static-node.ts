// One answer from memory: by node:http alone, by a Hono app, or by our pipeline.
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import process from "node:process";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createPipeline } from "../../src/pipeline/run.ts";
import { NodeExchange } from "../../src/runtime/node/exchange.ts";
import { send } from "../../src/runtime/node/send.ts";
import { publicOrigins } from "../../src/runtime/public-url.ts";
import { parseAnswer, staticPipeline } from "./static-pipeline.ts";

const [file = "", port, kind] = process.argv.slice(2);
const answer = parseAnswer(readFileSync(file, "utf8"));
const listen = { port: Number(port), hostname: "127.0.0.1" };

if (kind === "hono") {
  const app = new Hono();
  const headers = answer.fields as [string, string][];
  app.get("*", () => new Response(answer.content, { headers }));
  serve({ fetch: app.fetch, ...listen });
} else if (kind === "pipeline") {
  const pipeline = createPipeline(staticPipeline(answer));
  const find = publicOrigins({ publicOrigin: undefined, trustedProxyHops: 0 });
  const shared = { trustsForwarded: false, hops: 0, background: () => {} };
  const respond = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const host = incoming.headers.host ?? "";
    const own = find({ scheme: "http", host, field: (name) => incoming.headers[name]?.toString() });
    if (own === undefined) throw new Error("no host");
    const exchange = new NodeExchange(incoming, incoming.url ?? "/", own, shared);
    await send(outgoing, await pipeline(exchange, () => Promise.reject(new Error("no origin"))));
  };
  createServer((incoming, outgoing) => void respond(incoming, outgoing)).listen(listen.port);
} else {
  const { fields, content } = answer;
  const flat = [...fields, ["content-length", String(content.length)]].flat();
  createServer((_incoming, outgoing) => outgoing.writeHead(200, flat).end(content)).listen(
    listen.port,
  );
}
