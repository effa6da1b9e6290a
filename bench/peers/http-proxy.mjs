import { Agent } from "node:http";
import httpProxy from "http-proxy";

const [target, port] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
httpProxy.createProxyServer({ target, agent }).listen(Number(port), "127.0.0.1");
