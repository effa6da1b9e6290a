import proxy from "@fastify/http-proxy";
import Fastify from "fastify";

const [upstream, port] = process.argv.slice(2);
const server = Fastify();
await server.register(proxy, { upstream, undici: { connections: 256 } });
await server.listen({ port: Number(port), host: "127.0.0.1" });
