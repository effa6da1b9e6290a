import { join } from "node:path";
import { makeAuthority, type Authority, type Certificate } from "../../support/authority.ts";
import { freePort } from "../../support/runtimes.ts";
import { writeTree } from "../tree.ts";
import { makeFolder, startProgram, type Origin } from "./program.ts";

/** nginx in front of the static site: `autoindex`, gzip, cache fields, a redirect, error pages. */
export function startNginx(): Promise<Origin> {
  return start();
}

/** The same with TLS and `http2`, under a certificate of an authority of its own. */
export function startTlsNginx(): Promise<Origin> {
  return start(makeAuthority());
}

async function start(authority?: Authority): Promise<Origin> {
  const folder = makeFolder("nginx");
  const port = await freePort();
  writeTree(join(folder, "site"));
  const certificate = authority?.issue("localhost", ["IP:127.0.0.1"]);
  const origin = await startProgram({
    command: "nginx",
    argv: ["-p", folder, "-e", "stderr", "-c", join(folder, "nginx.conf")],
    folder,
    port,
    scheme: authority === undefined ? "http" : "https",
    files: { "nginx.conf": configure(port, certificate) },
  });
  return authority === undefined ? origin : { ...origin, ca: authority.ca };
}

function configure(port: number, certificate: Certificate | undefined): string {
  const tls =
    certificate === undefined
      ? ""
      : `ssl_certificate ${certificate.certFile}; ssl_certificate_key ${certificate.keyFile};`;
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `  ${name}_temp_path temp-${name};`)
    .join("\n");
  return `daemon off;
master_process off;
pid nginx.pid;
events { worker_connections 256; }
http {
${temporary}
  access_log off;
  default_type application/octet-stream;
  types {
    text/html html; text/css css; text/javascript js; application/json json; text/xml xml;
    text/plain txt; text/markdown md; image/svg+xml svg; image/png png; image/jpeg jpg;
    video/mp4 mp4; application/pdf pdf; application/wasm wasm; font/woff2 woff2;
    application/zip zip; application/gzip gz;
  }
  if_modified_since before;
  gzip on;
  gzip_vary on;
  gzip_proxied any;
  gzip_min_length 200;
  gzip_types text/css text/javascript application/json text/xml text/plain image/svg+xml;
  server {
    listen 127.0.0.1:${port}${tls === "" ? "" : " ssl http2"};
    ${tls}
    root site;
    index index.html;
    charset utf-8;
    location /listing/ { autoindex on; }
    location /assets/ { add_header Cache-Control "public, max-age=600, immutable"; }
    location = /style.css { expires 1h; }
    location = /robots.txt {
      if ($http_x_forwarded_host = gone.example) { return 404; }
      if ($http_x_forwarded_host = broken.example) { return 503; }
      if ($http_x_forwarded_host = moved.example) { return 301 /for-crawlers/robots.txt; }
    }
    location = /old { return 301 /page.html; }
    location = /away { return 302 https://elsewhere.example/page; }
    location = /gone { return 410 "gone\\n"; }
    location = /teapot { return 418; }
    location = /private.html { add_header Cache-Control no-store; return 200 "<title>mine</title>"; }
  }
}
`;
}
