import { readFileSync } from "node:fs";
import proxy from "@fastify/http-proxy";
import Fastify from "fastify";

// With a certificate and its key, over TLS in HTTP/2.
const [upstream, port, cert, key] = process.argv.slice(2);
const tls = cert === undefined ? undefined : { cert: readFileSync(cert), key: readFileSync(key) };
const server = tls === undefined ? Fastify() : Fastify({ http2: true, https: tls });
await server.register(proxy, { upstream, undici: { connections: 256 } });
await server.listen({ port: Number(port), host: "127.0.0.1" });
