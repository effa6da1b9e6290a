import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { CheckedItem } from "../../../src/audit/model.ts";
import { createRequester } from "../../../src/cli/audit/requester.ts";
import { runFurther } from "../../support/audit-further.ts";
import { needs } from "../../support/needs.ts";
import { startOrigin, type TestOrigin } from "../../support/origin.ts";
import { RUNTIMES, freePort, type Proxy } from "../../support/runtimes.ts";
import { startDemoOrigin, type DemoOrigin } from "../../../src/cli/start/demo/origin.ts";
import { makeFolder, startProgram, type Origin } from "../../real-world/origins/program.ts";

const DOCTOR = ["cacheVariants", "cacheConditions", "cacheCodings", "cacheRobots"] as const;

async function examine(url: string): Promise<Record<(typeof DOCTOR)[number], CheckedItem>> {
  const requester = createRequester({ allowsPrivate: true, time: 60_000 });
  const found: [string, CheckedItem][] = [];
  for (const id of DOCTOR)
    found.push([
      id,
      await runFurther(id, requester.send, url, { maxPages: 2, invent: () => crypto.randomUUID() }),
    ]);
  requester.close();
  return Object.fromEntries(found) as Record<(typeof DOCTOR)[number], CheckedItem>;
}

/** nginx with `proxy_cache` in front of an origin server. */
async function startNginxCache(origin: string, more: string): Promise<Origin> {
  const folder = makeFolder("nginx-cache");
  const port = await freePort();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path temp-${name};`)
    .join(" ");
  const configuration = `daemon off; master_process off; pid nginx.pid;
events { worker_connections 256; }
http {
  ${temporary}
  access_log off;
  proxy_cache_path cache keys_zone=pages:1m;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${origin};
      proxy_set_header Host 127.0.0.1:${port};
      proxy_cache pages;
      add_header X-Cache-Status $upstream_cache_status;
      ${more}
    }
  }
}
`;
  return startProgram({
    command: "nginx",
    argv: ["-p", folder, "-e", "stderr", "-c", join(folder, "nginx.conf")],
    folder,
    port,
    files: { "nginx.conf": configuration },
  });
}

describe("the cache doctor in front of wayleave", () => {
  let demo: DemoOrigin;
  let proxy: Proxy;

  beforeAll(async () => {
    demo = await startDemoOrigin({
      root: new URL("../../../fixtures/site", import.meta.url).pathname,
    });
    proxy = await RUNTIMES.node({
      origin: demo.url,
      rules: { defaults: { markdown: true, compression: true, cache: true } },
    });
  });
  afterAll(async () => {
    await proxy?.close();
    await demo?.close();
  });

  it("finds no fault without a cache", async () => {
    const found = await examine(proxy.url);
    for (const id of DOCTOR)
      expect([id, found[id].status, found[id].message]).toEqual([id, "pass", expect.any(String)]);
  });

  it("finds no fault of nginx, which obeys Vary", needs("nginx"), async () => {
    const nginx = await startNginxCache(proxy.url, "");
    const found = await examine(nginx.url);
    for (const id of DOCTOR)
      expect([id, found[id].status, found[id].message]).toEqual([id, "pass", expect.any(String)]);
    await nginx.stop();
  });

  it("finds nginx that is configured to ignore Vary", needs("nginx"), async () => {
    const nginx = await startNginxCache(
      proxy.url,
      "proxy_ignore_headers Vary Cache-Control; proxy_cache_valid 200 10m;",
    );
    const found = await examine(nginx.url);
    expect(found.cacheVariants.status).toBe("fail");
    expect(found.cacheVariants.message).toMatch(/x-cache-status: HIT/);
    expect(JSON.stringify(found.cacheVariants.details)).toMatch(/HTML gets Markdown/);
    expect(found.cacheCodings.message).toMatch(/a request that accepts \w+ gets \w+ .*HIT/);
    await nginx.stop();
  });

  it("finds no fault of Caddy, which stores nothing", needs("caddy"), async () => {
    const folder = makeFolder("caddy-front");
    const port = await freePort();
    const caddy = await startProgram({
      command: "caddy",
      argv: ["run", "--config", "Caddyfile", "--adapter", "caddyfile"],
      folder,
      port,
      files: {
        Caddyfile: `{\n  admin off\n  auto_https off\n}\nhttp://127.0.0.1:${port} {\n  reverse_proxy ${proxy.url.slice(7)}\n}\n`,
      },
      env: { XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    });
    const found = await examine(caddy.url);
    for (const id of DOCTOR)
      expect([id, found[id].status, found[id].message]).toEqual([id, "pass", expect.any(String)]);
    await caddy.stop();
  });
});

describe("a robots.txt that nginx stores too long", needs("nginx"), () => {
  let origin: TestOrigin;
  let nginx: Origin;
  let version = 1;

  beforeEach(async () => {
    version = 1;
    origin = await startOrigin();
    origin.routes.set(
      "/",
      (_request, response) =>
        void response.writeHead(200, { "content-type": "text/html" }).end("<title>x</title>"),
    );
    origin.routes.set("/robots.txt", (_request, response) => {
      const date = new Date(Date.UTC(2026, 0, version)).toUTCString();
      response
        .writeHead(200, { "content-type": "text/plain", "last-modified": date })
        .end(`User-agent: *\nAllow: /\n# ${version}\n`);
    });
    nginx = await startNginxCache(origin.url, "proxy_cache_valid 200 10d;");
  });
  afterEach(async () => {
    await nginx?.stop();
    await origin?.close();
  });

  it("is found after a change", async () => {
    expect((await examine(nginx.url)).cacheRobots.status).toBe("pass");
    version = 2;
    const { cacheRobots } = await examine(nginx.url);
    expect([cacheRobots.status, cacheRobots.message]).toEqual([
      "fail",
      expect.stringMatching(/outdated robots\.txt .*HIT/),
    ]);
  });
});
