// Further tables of the passthrough benchmark: stored responses, TLS with HTTP/2, and two processes.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { root, node, type Servers } from "../load.ts";
import { caddy, nginx, ORIGIN, type Peer, type Table } from "./peers.ts";

const STATIC = "node:http, static";
const OVER_TLS = "undici dispatch, TLS";
const ONE = "wayleave, one process";

/** A cached response against the same bytes of a server that has nothing else to do. */
export function ofCache({ folder }: Servers): Table {
  const peers: readonly Peer[] = [
    {
      name: STATIC,
      floor: STATIC,
      port: 9130,
      command: () => node("static-files.mjs", folder, "9130"),
    },
    {
      name: "wayleave, cached hit",
      floor: STATIC,
      port: 9131,
      command: () => node("wayleave-node.ts", ORIGIN, "9131"),
    },
    {
      name: "nginx, static",
      floor: STATIC,
      port: 9132,
      command: () => ["nginx", "-c", nginx(folder, "static", 9132)],
    },
  ];
  return { title: "Cached", peers, targets: ["/kept/1k.txt", "/kept/20k.txt"] };
}

/** The proxies that speak HTTP/2 to clients, each over TLS with the same certificate. */
export function overTls({ folder }: Servers, targets: readonly string[]): Table {
  const cert = join(folder, "cert.pem");
  const key = join(folder, "key.pem");
  const onNode = (name: string, port: number, script: string): Peer => ({
    name,
    floor: OVER_TLS,
    port,
    command: () => node(script, ORIGIN, String(port), cert, key),
  });
  const own = { name: "wayleave, TLS", floor: OVER_TLS, port: 9141 };
  const peers: readonly Peer[] = [
    {
      ...onNode(OVER_TLS, 9140, "undici-dispatch-tls.mjs"),
      command: () => {
        makeCertificate(cert, key);
        return node("undici-dispatch-tls.mjs", ORIGIN, "9140", cert, key);
      },
    },
    { ...own, command: () => start(folder, own.port, "--tls-cert", cert, "--tls-key", key) },
    onNode("@fastify/http-proxy, TLS", 9142, "fastify-http-proxy.mjs"),
    onNode("hono/proxy, TLS", 9143, "hono-proxy.mjs"),
    {
      name: "nginx, TLS",
      floor: OVER_TLS,
      port: 9144,
      command: () => ["nginx", "-c", nginx(folder, "proxy", 9144, { cert, key })],
    },
    {
      name: "Caddy, TLS",
      floor: OVER_TLS,
      port: 9145,
      command: () => caddy(folder, 9145, { cert, key }),
    },
  ];
  return { title: "TLS with HTTP/2", peers, targets, isHttp2: true };
}

/** The same load on two processes of the cluster as on one; both have the same core. */
export function ofProcesses({ folder }: Servers): Table {
  const peer = (name: string, port: number, processes: string): Peer => ({
    name,
    floor: ONE,
    port,
    command: () => start(folder, port, "--processes", processes),
  });
  const peers = [peer(ONE, 9150, "1"), peer("wayleave, two processes", 9151, "2")];
  return { title: "Processes", peers, targets: ["/1k.txt", "/20k.txt"] };
}

/** The command line of `wayleave start`, with a store of its own. */
function start(folder: string, port: number, ...more: string[]): readonly string[] {
  const main = join(root, "src/cli/main.ts");
  const store = `sqlite:${join(folder, `store-${port}`)}`;
  const options = ["--runtime", "node", "--origin", ORIGIN, "--port", String(port)];
  const rules = ["--rules", join(root, "rules/default.jsonc"), "--store", store, "--log", "off"];
  const flags = ["--disable-warning=ExperimentalWarning"];
  return [process.execPath, ...flags, main, "start", ...options, ...rules, ...more];
}

function makeCertificate(cert: string, key: string): void {
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  const made = spawnSync(
    "openssl",
    ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
      .concat(subject)
      .concat(["-keyout", key, "-out", cert]),
    { encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(made.stderr);
}
