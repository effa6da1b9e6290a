import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { warm } from "../../src/cli/warm/command.ts";
import { bundle } from "../features/compression/bundles.ts";
import { named } from "../support/dictionary-origin.ts";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";

const TOKEN = "the-token-of-the-operator";
const script = (version: number) => Buffer.from(bundle(version, 20_000));
const folder = mkdtempSync(join(tmpdir(), "wayleave-warm-"));

let origin: TestOrigin;
let proxy: Proxy;
beforeAll(async () => {
  origin = await startOrigin();
  const match = ["/a/app.*.js", "/a/site.*.css"];
  proxy = await RUNTIMES.node({
    origin: origin.url,
    adminToken: TOKEN,
    rules: { defaults: { cache: true, compression: { dictionary: { match } } } },
  });
  const put = (path: string, type: string, content: Buffer | string): void =>
    void origin.routes.set(path, (_request, response) => {
      response.writeHead(200, { "content-type": type, "cache-control": "public, max-age=600" });
      response.end(content);
    });
  for (const version of [1, 2]) put(`/a/app.${version}.js`, "text/javascript", script(version));
  put("/a/site.1.css", "text/css", script(5));
  put(
    "/",
    "text/html",
    `<link rel="stylesheet" href="/a/site.1.css"><script src="a/app.2.js"></script>
     <script src="https://cdn.example/other.js"></script>${"<p>text</p>".repeat(200)}`,
  );
  put("/sitemap.xml", "application/xml", `<urlset><url><loc>${proxy.url}/</loc></url></urlset>`);
});
afterAll(async () => {
  await proxy?.close();
  await origin?.close();
  rmSync(folder, { recursive: true });
});

async function run(...argv: string[]) {
  let out = "";
  let err = "";
  const code = await warm.run({
    argv,
    env: { ADMIN_TOKEN: TOKEN },
    input: process.stdin,
    color: false,
    isTerminal: false,
    out: (text) => void (out += String(text)),
    err: (text) => void (err += text),
  });
  return { code, out: out.replaceAll(proxy.url, ""), err };
}

it("prints the codings that are ready, and the smallest delta", async () => {
  const first = await run(`${proxy.url}/a/app.1.js`);
  expect([first.code, first.out]).toEqual([
    0,
    expect.stringMatching(/^\/a\/app\.1\.js: br \d+, zstd \d+, gzip \d+\n$/),
  ]);
  const { code, out } = await run(`${proxy.url}/a/app.2.js`);
  const found =
    /^\/a\/app\.2\.js: br \d+, zstd \d+, gzip \d+, dcb (\d+) \(1 version\), dcz \d+ \(1 version\)\n$/.exec(
      out,
    );
  expect([code, out]).toEqual([0, found?.[0]]);
  const delta = await send(`${proxy.url}/a/app.2.js`, {
    headers: { "accept-encoding": "br, dcb", "available-dictionary": named(script(1)) },
  });
  expect(delta.body.length).toBe(Number(found?.[1]));
});

it("reads URLs from a page, a sitemap and manifests", async () => {
  const page = await run("--from", `${proxy.url}/`);
  expect(page.out.match(/^\S+(?=:)/gm)).toEqual(["/", "/a/app.2.js", "/a/site.1.css"]);
  expect(page.err).toBe("1 URLs of other sites are left out\n");
  expect((await run("--from", `${proxy.url}/sitemap.xml`)).out.match(/^\S+(?=:)/gm)).toEqual(["/"]);
  const manifest = join(folder, "manifest.json");
  const entries = {
    "src/main.js": {
      file: "app.2.js",
      src: "src/main.js",
      css: ["site.1.css"],
      imports: ["_x.js"],
    },
  };
  writeFileSync(manifest, JSON.stringify(entries));
  const vite = await run("--from", manifest, "--base", `${proxy.url}/a/`, "--json");
  const urls = (JSON.parse(vite.out) as { url: string }[]).map(({ url }) => url);
  expect(urls).toEqual(["/a/app.2.js", "/a/site.1.css"]);
  writeFileSync(manifest, JSON.stringify({ "main.js": "/a/app.1.js", "a.png": "/a/a.png" }));
  const webpack = await run("--from", manifest, "--base", proxy.url);
  expect(webpack.out.match(/^\S+(?=:)/gm)).toEqual(["/a/app.1.js"]);
});

it("ends with 1 if a URL is not there, and names the fault of a wrong call", async () => {
  const { code, out } = await run(`${proxy.url}/nothing.js`, `${proxy.url}/a/app.1.js`);
  expect([code, out.split("\n")[0]]).toEqual([1, "/nothing.js: status 404"]);
  await expect(run()).rejects.toThrow("give a URL");
  await expect(run("--from", join(folder, "x.json"))).rejects.toThrow("needs --base");
  await expect(run("http://www.example.com/a.js")).rejects.toThrow("others could read the token");
});
