import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { serve as serveHono } from "@hono/node-server";
import fastify from "fastify";
import { Hono } from "hono";
import { programPath } from "../../support/needs.ts";
import { freePort } from "../../support/runtimes.ts";

/** What only who may read the protected paths gets. */
export const SECRET = "the protected text";

/** An origin server that serves the protected text in the way that is usual for its framework. */
export interface BypassOrigin {
  readonly port: number;
  close(): Promise<void>;
}

/** How an origin is started, and the programs that it takes. */
export interface OriginKind {
  readonly needs: readonly string[];
  start(): Promise<BypassOrigin>;
}

const require = createRequire(import.meta.url);

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Of Express, 4 or 5, what is used here: it has no types of its own. */
type Express = Record<"get" | "use", (...parts: readonly unknown[]) => void> & Listener;
type ExpressModule = { (): Express; Router(): Express };
interface ExpressResponse {
  send(text: string): void;
}

/** Of koa, what is used here. */
interface KoaContext {
  readonly path: string;
  body: string;
}
type KoaModule = new () => {
  use(handler: (context: KoaContext) => void): void;
  callback(): Listener;
};

/** Origins that are libraries, and those that are programs. */
export const ORIGINS: Readonly<Record<string, OriginKind>> = {
  "express 5": { needs: [], start: () => listen(createServer(expressApp("express"))) },
  "express 4": {
    needs: [],
    start: () => listen(createServer(expressApp("express4"))),
  },
  koa: { needs: [], start: () => listen(createServer(koaApp())) },
  fastify: { needs: [], start: startFastify },
  hono: { needs: [], start: startHono },
  "nginx, files": { needs: ["nginx"], start: () => startNginx("files") },
  "nginx, location": { needs: ["nginx"], start: () => startNginx("location") },
  apache: { needs: ["apache2"], start: startApache },
  flask: { needs: ["python3-flask"], start: startFlask },
  php: { needs: ["php"], start: startPhp },
};

async function listen(server: Server): Promise<BypassOrigin> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function expressApp(name: "express" | "express4"): Listener {
  const framework = require(name) as ExpressModule;
  const secret = (_request: unknown, response: ExpressResponse): void => response.send(SECRET);
  const app = framework();
  const data = framework.Router();
  data.get("/report", secret);
  data.use(secret);
  app.use("/data", data);
  app.get("/account", secret);
  app.get("/@admin/users", secret);
  app.use((_request: unknown, response: ExpressResponse) => response.send("public"));
  return app;
}

/** Looks at the path by itself, as small koa programs do. */
function koaApp(): Listener {
  const app = new (
    (require("koa") as { default?: KoaModule }).default ?? (require("koa") as KoaModule)
  )();
  app.use((context) => {
    const { path } = context;
    let decoded = path;
    try {
      decoded = decodeURIComponent(path);
    } catch {
      // As it is.
    }
    const isSecret = [path, decoded].some(
      (each) => each.startsWith("/data/") || each === "/account" || each.startsWith("/@admin/"),
    );
    context.body = isSecret ? SECRET : "public";
  });
  return app.callback();
}

async function startFastify(): Promise<BypassOrigin> {
  const app = fastify({
    routerOptions: {
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
      caseSensitive: false,
    },
  });
  for (const path of ["/data/*", "/account", "/@admin/:page"]) app.get(path, () => SECRET);
  app.setNotFoundHandler(() => "public");
  await app.listen({ port: 0, host: "127.0.0.1" });
  return {
    port: (app.server.address() as AddressInfo).port,
    close: async () => {
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

async function startHono(): Promise<BypassOrigin> {
  const app = new Hono();
  for (const path of ["/data/*", "/account", "/@admin/:page"]) {
    app.get(path, (context) => context.text(SECRET));
  }
  app.notFound((context) => context.text("public"));
  const server = serveHono({
    fetch: app.fetch,
    port: 0,
    hostname: "127.0.0.1",
    overrideGlobalObjects: false,
  }) as Server;
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Files at the protected paths, and a public one. */
function writeSite(folder: string): void {
  for (const name of ["data", "account", "@admin"])
    mkdirSync(join(folder, name), { recursive: true });
  for (const file of ["data/report", "data/index.html", "account/index.html", "@admin/users"]) {
    writeFileSync(join(folder, file), SECRET);
  }
  writeFileSync(join(folder, "index.html"), "public");
}

async function startNginx(kind: "files" | "location"): Promise<BypassOrigin> {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-nginx-"));
  writeSite(join(folder, "site"));
  const port = await freePort();
  const text = (content: string): string => `default_type text/plain; return 200 "${content}";`;
  const locations =
    kind === "files"
      ? `root ${folder}/site; merge_slashes on;`
      : `location /data/ { ${text(SECRET)} }
         location = /account { ${text(SECRET)} }
         location ~* ^/@admin/ { ${text(SECRET)} }
         location / { ${text("public")} }`;
  const config = join(folder, "nginx.conf");
  writeFileSync(
    config,
    `daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 512; }
http {
  access_log off; keepalive_requests 100000;
  client_body_temp_path ${folder}/a; proxy_temp_path ${folder}/b; fastcgi_temp_path ${folder}/c;
  uwsgi_temp_path ${folder}/d; scgi_temp_path ${folder}/e;
  server { listen 127.0.0.1:${port}; ${locations} }
}
`,
  );
  return program(
    programPath("nginx"),
    ["-c", config, "-e", join(folder, "error.log")],
    port,
    folder,
  );
}

async function startApache(): Promise<BypassOrigin> {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-apache-"));
  writeSite(join(folder, "site"));
  const port = await freePort();
  const modules = ["mpm_event", "authz_core", "dir", "mime"]
    .map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
    .join("\n");
  const config = join(folder, "apache.conf");
  writeFileSync(
    config,
    `ServerRoot ${folder}
ServerName localhost
${modules}
PidFile ${folder}/pid
Listen 127.0.0.1:${port}
ErrorLog ${folder}/error.log
TypesConfig /dev/null
DefaultRuntimeDir ${folder}
MaxKeepAliveRequests 0
DocumentRoot ${folder}/site
DirectoryIndex index.html
AllowEncodedSlashes On
<Directory ${folder}/site>
  Require all granted
</Directory>
`,
  );
  return program(programPath("apache2"), ["-X", "-f", config], port, folder);
}

async function startFlask(): Promise<BypassOrigin> {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-flask-"));
  const port = await freePort();
  const file = join(folder, "app.py");
  writeFileSync(
    file,
    `from flask import Flask
import logging, sys
from werkzeug.serving import WSGIRequestHandler
logging.getLogger("werkzeug").disabled = True
WSGIRequestHandler.protocol_version = "HTTP/1.1"
WSGIRequestHandler.disable_nagle_algorithm = True
app = Flask(__name__, static_folder=None)
@app.route("/data/<path:rest>")
def data(rest): return "${SECRET}"
@app.route("/account")
def account(): return "${SECRET}"
@app.route("/@admin/<page>")
def admin(page): return "${SECRET}"
@app.errorhandler(404)
def other(error): return "public"
app.run(host="127.0.0.1", port=int(sys.argv[1]), threaded=True)
`,
  );
  return program(programPath("python3-flask"), [file, String(port)], port, folder);
}

/** A front controller, as every PHP framework has one. */
async function startPhp(): Promise<BypassOrigin> {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-php-"));
  const port = await freePort();
  const file = join(folder, "router.php");
  writeFileSync(
    file,
    `<?php
$path = parse_url($_SERVER["REQUEST_URI"], PHP_URL_PATH) ?? explode("?", $_SERVER["REQUEST_URI"])[0];
$path = "/" . trim(rawurldecode((string) $path), "/");
$secret = str_starts_with($path, "/data/") || $path === "/account" || str_starts_with($path, "/@admin/");
header("Content-Type: text/plain");
echo $secret ? "${SECRET}" : "public";
`,
  );
  const argv = ["-q", "-S", `127.0.0.1:${port}`, "-t", folder, file];
  return program(programPath("php"), argv, port, folder);
}

async function program(
  path: string | undefined,
  argv: readonly string[],
  port: number,
  folder: string,
): Promise<BypassOrigin> {
  if (path === undefined) throw new Error("the program is not installed");
  const child = spawn(path, argv, { stdio: "ignore" });
  const stop = (): void => void child.kill("SIGKILL");
  process.on("exit", stop);
  await untilListening(port, child);
  return {
    port,
    close: async () => {
      process.off("exit", stop);
      if (child.exitCode === null) {
        const ended = once(child, "exit");
        stop();
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  const end = Date.now() + 20_000;
  while (Date.now() < end && child.exitCode === null) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${child.spawnfile} does not listen`);
}
