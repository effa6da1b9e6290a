// One response from memory: by node:http alone, by a Hono app, or by our server with a stage.
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import process from "node:process";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { ForwardedCensus } from "../../src/runtime/forwarded-census.ts";
import { createRelays } from "../../src/runtime/node/relay.ts";
import { send } from "../../src/runtime/node/send.ts";
import { parseAnswer, staticServer } from "./static-pipeline.ts";

const [file = "", port, kind, rules = "{}"] = process.argv.slice(2);
const answer = parseAnswer(readFileSync(file, "utf8"));
const listen = { port: Number(port), hostname: "127.0.0.1" };

if (kind === "hono") {
  const app = new Hono();
  const headers = answer.fields as [string, string][];
  app.get("*", () => new Response(answer.content, { headers }));
  serve({ fetch: app.fetch, ...listen });
} else if (kind === "this server") {
  const bots = readFileSync(new URL("../../rules/bots.jsonc", import.meta.url), "utf8");
  const upstream = { ask: () => Promise.reject(new Error("no origin")) };
  const parts = staticServer(answer, rules, bots);
  const { site: relay } = createRelays({
    app: {
      pipeline: parts.pipeline,
      operator: () => Promise.reject(new Error("no operator")),
      owns: () => false,
    },
    census: new ForwardedCensus(),
    settings: { rules: parts.rules, bots: [], dev: false, originServer: "http://127.0.0.1" },
    tokens: {},
    upstream,
    background: () => {},
  });
  const respond = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const made = await relay({ incoming, outgoing });
    if (made !== undefined) await send(outgoing, made);
  };
  createServer((incoming, outgoing) => void respond(incoming, outgoing)).listen(listen.port);
} else {
  const { fields, content } = answer;
  const flat = [...fields, ["content-length", String(content.length)]].flat();
  createServer((_incoming, outgoing) => outgoing.writeHead(200, flat).end(content)).listen(
    listen.port,
  );
}
