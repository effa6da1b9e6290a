import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { proxy } from "hono/proxy";

const [origin, port] = process.argv.slice(2);
const app = new Hono();
app.all("*", (context) => proxy(origin + context.req.path, context.req.raw));
serve({ fetch: app.fetch, port: Number(port), hostname: "127.0.0.1" });
