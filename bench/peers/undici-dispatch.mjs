// The lower bound on Node: undici's dispatch writes directly to the response.
import { createServer } from "node:http";
import { Pool } from "undici";
import { relay } from "./undici-relay.mjs";

const [origin, port] = process.argv.slice(2);
const pool = new Pool(origin, { connections: 256 });

createServer((incoming, outgoing) => {
  const { host: _host, connection: _connection, ...headers } = incoming.headers;
  const request = { path: incoming.url, method: incoming.method, headers };
  relay(pool, request, outgoing, () => outgoing.destroy());
}).listen(Number(port), "127.0.0.1");
