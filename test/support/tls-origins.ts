import { spawn } from "node:child_process";
import { once } from "node:events";
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { freePort } from "./runtimes.ts";
import type { Certificate } from "./authority.ts";

/** An origin server with TLS. */
export interface TlsOrigin {
  readonly port: number;
  close(): Promise<void>;
}

type Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** A server of node:http2. @param allowHTTP1 whether it speaks HTTP/1.1, too */
export async function startHttp2(
  { cert, key }: Certificate,
  handler: Handler,
  allowHTTP1: boolean,
): Promise<TlsOrigin> {
  const server = createSecureServer({ cert, key, allowHTTP1 }, handler);
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => sessions.add(session));
  server.on("secureConnection", (socket) => sessions.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}

/** A server of node:https, which speaks HTTP/1.1 alone. */
export async function startHttps({ cert, key }: Certificate, text = "ok\n"): Promise<TlsOrigin> {
  const server = createHttpsServer({ cert, key }, (_request, response) => response.end(text));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** nginx with TLS and HTTP/2 in front of a folder of files. */
export async function startNginx(
  { certFile, keyFile }: Certificate,
  files: Readonly<Record<string, string>>,
): Promise<TlsOrigin> {
  const port = await freePort();
  const folder = folderOf(files);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((each) => `${each}_temp_path ${folder}/tmp/${each};`)
    .join(" ");
  mkdirSync(join(folder, "tmp"));
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events {}
http {
  access_log off; ${temporary}
  server {
    listen 127.0.0.1:${port} ssl http2;
    server_name origin.test;
    ssl_certificate ${certFile}; ssl_certificate_key ${keyFile};
    root ${folder}/root;
    location /seen { return 200 "$server_protocol $host $ssl_server_name\\n"; }
  }
}`,
  );
  return run(port, folder, "nginx", ["-p", folder, "-c", join(folder, "nginx.conf")]);
}

/** Caddy with TLS and HTTP/2 in front of a folder of files. */
export async function startCaddy(
  { certFile, keyFile }: Certificate,
  files: Readonly<Record<string, string>>,
): Promise<TlsOrigin> {
  const port = await freePort();
  const folder = folderOf(files);
  writeFileSync(
    join(folder, "Caddyfile"),
    `{
  admin off
  auto_https off
  storage file_system ${folder}/data
}
https://:${port} {
  bind 127.0.0.1
  tls ${certFile} ${keyFile}
  root * ${folder}/root
  respond /seen "{http.request.proto} {http.request.host} {http.request.tls.server_name}"
  file_server
}`,
  );
  return run(port, folder, "caddy", ["run", "--config", join(folder, "Caddyfile")]);
}

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-origin-"));
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, "root", name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
  }
  return folder;
}

async function run(
  port: number,
  folder: string,
  program: string,
  args: readonly string[],
): Promise<TlsOrigin> {
  const child = spawn(program, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const stop = (): void => void child.kill("SIGKILL");
  process.on("exit", stop);
  const until = Date.now() + 10_000;
  while (!(await isOpen(port))) {
    if (Date.now() > until || child.exitCode !== null) {
      stop();
      throw new Error(`${program} does not start: ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    port,
    async close() {
      process.off("exit", stop);
      if (child.exitCode === null) {
        const ended = once(child, "exit");
        child.kill("SIGKILL");
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => (socket.destroy(), resolve(true)));
    socket.once("error", () => resolve(false));
  });
}
