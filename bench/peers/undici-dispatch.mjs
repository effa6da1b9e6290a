// The lower bound on Node: undici's dispatch writes directly to the response.
import { createServer } from "node:http";
import { Pool } from "undici";

const [origin, port] = process.argv.slice(2);
const pool = new Pool(origin, { connections: 256 });

createServer((incoming, outgoing) => {
  const { host: _host, connection: _connection, ...headers } = incoming.headers;
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
      onResponseError: () => outgoing.destroy(),
    },
  );
}).listen(Number(port), "127.0.0.1");
