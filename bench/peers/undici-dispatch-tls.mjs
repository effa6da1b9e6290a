// The lower bound over TLS with HTTP/2: undici's dispatch writes to the response of node:http2.
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { Pool } from "undici";

const [origin, port, cert, key] = process.argv.slice(2);
const pool = new Pool(origin, { connections: 256 });
const tls = { cert: readFileSync(cert), key: readFileSync(key), allowHTTP1: true };

createSecureServer(tls, (incoming, outgoing) => {
  const headers = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (!name.startsWith(":") && name !== "host" && name !== "connection") headers[name] = value;
  }
  pool.dispatch(
    { path: incoming.url, method: incoming.method, headers },
    {
      onRequestStart() {},
      onResponseStart(_controller, status, fields) {
        delete fields.connection;
        delete fields["keep-alive"];
        outgoing.writeHead(status, fields);
      },
      onResponseData(controller, piece) {
        if (outgoing.write(piece)) return;
        controller.pause();
        outgoing.once("drain", () => controller.resume());
      },
      onResponseEnd: () => outgoing.end(),
      onResponseError: () => outgoing.stream.close(),
    },
  );
}).listen(Number(port), "127.0.0.1");
