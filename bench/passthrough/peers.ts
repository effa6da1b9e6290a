// The servers that the passthrough benchmark compares.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { node, nodeFrom, type Servers } from "../load.ts";

/** A server that passes requests on to the origin server. */
export interface Peer {
  readonly name: string;
  /** The peer to which its ratio is computed. */
  readonly floor: string;
  readonly port: number;
  /** The command line; makes what the server reads. */
  readonly command: () => readonly string[];
}

/** Peers whose ratios are one table. */
export interface Table {
  readonly title: string;
  readonly peers: readonly Peer[];
  readonly targets: readonly string[];
  /** Whether clients speak HTTP/2 over TLS. @default HTTP/1.1 without TLS */
  readonly isHttp2?: boolean;
}

export const ORIGIN_PORT = 9100;
export const ORIGIN = `http://127.0.0.1:${ORIGIN_PORT}`;
/** Only compression, on responses that it does not change. */
const COMPRESSION = '{"defaults":{"compression":true}}';
const DISPATCH = "undici dispatch";
const HONO = "workerd, Hono";
const WORKER = "workerd, wayleave";
const DEFAULT = "wayleave, default rules";

/** All peers but those of another version. */
export function peersOf(servers: Servers): readonly Peer[] {
  const { folder } = servers;
  const onNode = (name: string, port: number, script: string, ...more: string[]): Peer => ({
    name,
    floor: DISPATCH,
    port,
    command: () => node(script, ORIGIN, String(port), ...more),
  });
  return [
    onNode(DISPATCH, 9101, "undici-dispatch.mjs"),
    onNode(DEFAULT, 9102, "wayleave-node.ts"),
    onNode("wayleave, all off", 9103, "wayleave-node.ts", "off"),
    onNode("wayleave, compression", 9110, "wayleave-node.ts", COMPRESSION),
    onNode("http-proxy", 9104, "http-proxy.mjs"),
    onNode("@fastify/http-proxy", 9105, "fastify-http-proxy.mjs"),
    onNode("hono/proxy", 9106, "hono-proxy.mjs"),
    {
      name: "nginx",
      floor: DISPATCH,
      port: 9107,
      command: () => ["nginx", "-c", nginx(folder, "proxy", 9107)],
    },
    { name: "Caddy", floor: DISPATCH, port: 9120, command: () => caddy(folder, 9120) },
    {
      name: HONO,
      floor: HONO,
      port: 9108,
      command: () => {
        const bindings = { ORIGIN_URL: ORIGIN };
        return servers.workerd("hono", 9108, "bench/peers/hono-worker.ts", bindings);
      },
    },
    worker(servers, WORKER, 9109, {}),
    worker(servers, `${WORKER}, all off`, 9118, { RULES: "{}" }),
    worker(servers, `${WORKER}, compression`, 9111, { RULES: COMPRESSION }),
  ];
}

/** The proxy of another checkout; each is a floor of what this one has in its place. */
export function peersOfVersion(servers: Servers, checkout: string): readonly Peer[] {
  const onNode = (name: string, now: number, ...rules: string[]): readonly Peer[] => [
    {
      name: old(name),
      floor: old(name),
      port: now + 100,
      command: () => nodeFrom(checkout, "wayleave-node.ts", ORIGIN, String(now + 100), ...rules),
    },
    {
      name,
      floor: old(name),
      port: now,
      command: () => node("wayleave-node.ts", ORIGIN, String(now), ...rules),
    },
  ];
  const onWorkerd = (name: string, now: number, rules: Bindings): readonly Peer[] => [
    { ...worker(servers, old(name), now + 100, rules, checkout), floor: old(name) },
    { ...worker(servers, name, now, rules), floor: old(name) },
  ];
  return [
    ...onNode(DEFAULT, 9102),
    ...onNode("wayleave, all off", 9103, "off"),
    ...onNode("wayleave, compression", 9110, COMPRESSION),
    ...onWorkerd(WORKER, 9109, {}),
    ...onWorkerd(`${WORKER}, all off`, 9118, { RULES: "{}" }),
  ];
}

type Bindings = Readonly<Record<string, string>>;

function worker(
  servers: Servers,
  name: string,
  port: number,
  rules: Bindings,
  checkout?: string,
): Peer {
  const bundle = checkout === undefined ? "wayleave" : "before";
  const bindings = { ORIGIN_URL: ORIGIN, ...rules };
  return {
    name,
    floor: HONO,
    port,
    command: () => servers.workerd(bundle, port, undefined, bindings, checkout),
  };
}

/** A certificate and its key in files. */
interface Tls {
  readonly cert: string;
  readonly key: string;
}

export function caddy(folder: string, port: number, tls?: Tls): readonly string[] {
  const path = join(folder, `Caddyfile-${port}`);
  const scheme = tls === undefined ? "http" : "https";
  writeFileSync(
    path,
    `{
  admin off
  auto_https off
  log default {
    level ERROR
  }
}
${scheme}://127.0.0.1:${port} {
  ${tls === undefined ? "" : `tls ${tls.cert} ${tls.key}`}
  reverse_proxy 127.0.0.1:${ORIGIN_PORT}
}
`,
  );
  // Caddy saves its configuration in a folder, which versions before 2.7 can't be told not to do.
  const environment = [
    "env",
    "GOMAXPROCS=1",
    `XDG_CONFIG_HOME=${folder}`,
    `XDG_DATA_HOME=${folder}`,
  ];
  return [...environment, "caddy", "run", "--config", path, "--adapter", "caddyfile"];
}

/**
 * nginx with one process and no log: as the origin server and as a static one it serves the folder, as a
 * proxy it passes requests to the origin server. Below /kept/, responses may be stored.
 */
export function nginx(
  folder: string,
  role: "origin" | "static" | "proxy",
  port: number,
  tls?: Tls,
): string {
  const path = join(folder, `${role}-${port}.conf`);
  const files = `location / { root ${folder}; }
    location /kept/ { alias ${folder}/; add_header Cache-Control "public, max-age=3600"; }
    location /form { return 200 "sent"; }`;
  const passing = `location / { proxy_pass http://site; proxy_http_version 1.1; proxy_set_header Connection ""; }`;
  const listening =
    tls === undefined
      ? `listen 127.0.0.1:${port};`
      : `listen 127.0.0.1:${port} ssl http2; ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key};`;
  writeFileSync(
    path,
    `daemon off; master_process off; pid ${folder}/${role}-${port}.pid; error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 10000000;
  types { text/html html; text/plain txt; image/png png; }
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${folder};`).join(" ")}
  upstream site { server 127.0.0.1:${ORIGIN_PORT}; keepalive 64; }
  server {
    ${listening}
    ${role === "proxy" ? passing : files}
  }
}
`,
  );
  return path;
}

const old = (name: string): string => `before: ${name}`;
