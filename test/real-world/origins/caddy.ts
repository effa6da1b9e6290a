import { join } from "node:path";
import { freePort } from "../../support/runtimes.ts";
import { writeTree } from "../tree.ts";
import { makeFolder, startProgram, type Origin } from "./program.ts";

/** Caddy in front of the static site: `file_server` with `browse`, `encode`, redirects, `Alt-Svc` of its own. */
export async function startCaddy(): Promise<Origin> {
  const folder = makeFolder("caddy");
  const port = await freePort();
  writeTree(join(folder, "site"));
  return startProgram({
    command: "caddy",
    argv: ["run", "--config", "Caddyfile", "--adapter", "caddyfile"],
    folder,
    port,
    files: { Caddyfile: configure(port) },
    env: { XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  });
}

function configure(port: number): string {
  return `{
  admin off
  auto_https off
}
http://127.0.0.1:${port} {
  root * site
  encode zstd gzip
  @gone {
    path /robots.txt
    header X-Forwarded-Host gone.example
  }
  respond @gone "none" 404
  @broken {
    path /robots.txt
    header X-Forwarded-Host broken.example
  }
  respond @broken "later" 503
  @moved {
    path /robots.txt
    header X-Forwarded-Host moved.example
  }
  redir @moved /for-crawlers/robots.txt 301
  redir /old /page.html 301
  redir /away https://elsewhere.example/page 302
  respond /gone "gone" 410
  header /style.css Cache-Control "public, max-age=3600"
  header /assets/* Cache-Control "public, max-age=600, immutable"
  file_server browse
}
`;
}
