// One answer from memory, without any proxy: by node:http alone, or by a Hono app.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import process from "node:process";
import { serve } from "@hono/node-server";
import { Hono } from "hono";

const [file = "", port, kind] = process.argv.slice(2);
const { fields, body } = JSON.parse(readFileSync(file, "utf8")) as {
  fields: [string, string][];
  body: string;
};
const content = Buffer.from(body, "base64");

if (kind === "hono") {
  const app = new Hono();
  app.get("*", () => new Response(content, { headers: fields }));
  serve({ fetch: app.fetch, port: Number(port), hostname: "127.0.0.1" });
} else {
  const flat = [...fields, ["content-length", String(content.length)]].flat();
  createServer((_incoming, outgoing) => outgoing.writeHead(200, flat).end(content)).listen(
    Number(port),
    "127.0.0.1",
  );
}
