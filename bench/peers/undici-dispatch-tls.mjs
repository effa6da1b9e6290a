// The lower bound over TLS with HTTP/2: undici's dispatch writes to the response of node:http2.
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { Pool } from "undici";
import { relay } from "./undici-relay.mjs";

const [origin, port, cert, key] = process.argv.slice(2);
const pool = new Pool(origin, { connections: 256 });
const tls = { cert: readFileSync(cert), key: readFileSync(key), allowHTTP1: true };

createSecureServer(tls, (incoming, outgoing) => {
  const headers = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (!name.startsWith(":") && name !== "host" && name !== "connection") headers[name] = value;
  }
  const request = { path: incoming.url, method: incoming.method, headers };
  relay(pool, request, outgoing, () => outgoing.stream.close());
}).listen(Number(port), "127.0.0.1");
