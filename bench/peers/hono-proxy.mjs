import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { proxy } from "hono/proxy";

// With a certificate and its key, over TLS in HTTP/2.
const [origin, port, cert, key] = process.argv.slice(2);
const app = new Hono();
app.all("*", (context) => proxy(origin + context.req.path, context.req.raw));
const tls =
  cert === undefined
    ? {}
    : {
        createServer: createSecureServer,
        serverOptions: { cert: readFileSync(cert), key: readFileSync(key) },
      };
serve({ fetch: app.fetch, port: Number(port), hostname: "127.0.0.1", ...tls });
