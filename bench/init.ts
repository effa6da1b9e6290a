// `wayleave init` on sites that real generators build in a temporary folder: npm run bench -- init [NAME…]
import { execFileSync } from "node:child_process";
import { createReadStream, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, extname, join, normalize } from "node:path";
import process from "node:process";
import { draftFor } from "../test/support/run-init.ts";

/** A generator, a small source for it, and the folder that it builds. */
interface Generator {
  readonly packages: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  readonly command: readonly [string, ...string[]];
  readonly output: string;
}

const TEXT = `# Lamps\n\n${"Lamps for the desk, the wall and the garden. ".repeat(20)}\n`;

const GENERATORS: Readonly<Record<string, Generator>> = {
  vitepress: {
    packages: ["vitepress@1.6.4"],
    files: {
      "index.md": `${TEXT}\n[Guide](/guide)\n`,
      "guide.md": TEXT,
      ".vitepress/config.mjs":
        'export default { title: "Lamps", sitemap: { hostname: "https://lamps.example" } };\n',
    },
    command: ["vitepress", "build"],
    output: ".vitepress/dist",
  },
  eleventy: {
    packages: ["@11ty/eleventy@3.1.2"],
    files: { "index.md": `${TEXT}\n[Guide](/guide/)\n`, "guide.md": TEXT },
    command: ["eleventy"],
    output: "_site",
  },
  astro: {
    packages: ["astro@5.16.0"],
    files: {
      "src/pages/index.astro": `<html><head><meta name="generator" content={Astro.generator}><title>Lamps</title><style>h1 { color: red }</style></head><body><h1>Lamps</h1><p>${"Lamps for the desk. ".repeat(300)}</p><a href="/guide/">Guide</a><script>document.title += " " + Date.now();</script></body></html>`,
      "src/pages/guide.astro": `<html><head><title>Guide</title></head><body><p>${"Lamps. ".repeat(50)}</p></body></html>`,
      "astro.config.mjs":
        'export default { build: { inlineStylesheets: "never" }, vite: { build: { assetsInlineLimit: 0 } } };\n',
    },
    command: ["astro", "build"],
    output: "dist",
  },
};

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".xml": "application/xml",
  ".txt": "text/plain",
};

const named = process.argv.slice(2);
let hasFailed = false;
for (const [name, generator] of Object.entries(GENERATORS)) {
  if (named.length > 0 && !named.includes(name)) continue;
  const folder = mkdtempSync(join(tmpdir(), `wayleave-${name}-`));
  try {
    console.log(await measured(name, generator, folder));
  } catch (error) {
    hasFailed = true;
    console.log(`${name}: ${error instanceof Error ? error.message.slice(0, 600) : "failed"}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
process.exitCode = hasFailed ? 1 : 0;

async function measured(name: string, generator: Generator, folder: string): Promise<string> {
  build(generator, folder);
  const server = await serveFolder(join(folder, generator.output));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { survey, checked, tested } = await draftFor(url, join(folder, "rules"));
    const { framework, pages, bundles } = survey as {
      readonly framework?: { readonly name: string };
      readonly pages: readonly unknown[];
      readonly bundles: { readonly groups: readonly { readonly match: string }[] };
    };
    const faults = `${checked.faults.length} faults, ${checked.warnings.length} warnings`;
    if (checked.faults.length > 0 || tested.failed > 0) hasFailed = true;
    return [
      `${generator.packages.join(" ")}: framework ${framework?.name ?? "unknown"}, ${pages.length} pages`,
      `${faults}, ${tested.passed} tests passed, ${tested.failed} failed`,
      `bundles ${bundles.groups.map(({ match }) => match).join(" ") || "none"}`,
    ].join("; ");
  } catch (error) {
    throw new Error(`${name}: ${String(error)}`, { cause: error });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function build({ packages, files, command: [program, ...args] }: Generator, folder: string): void {
  const own = { name: "lamps", private: true, type: "module" };
  const all = { "package.json": JSON.stringify(own), ...files };
  for (const [path, content] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const options = { cwd: folder, stdio: "pipe", timeout: 600_000 } as const;
  execFileSync("npm", ["install", "--no-audit", "--no-fund", ...packages], options);
  const env = { ...process.env, ASTRO_TELEMETRY_DISABLED: "1" };
  execFileSync(process.execPath, [join(folder, "node_modules", ".bin", program), ...args], {
    ...options,
    env,
  });
}

/** Serves a folder as static hosts do: a folder by its index.html, a page without its extension. */
async function serveFolder(root: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://x").pathname));
    const candidates = [path, join(path, "index.html"), `${path}.html`];
    const found = candidates
      .map((each) => join(root, each))
      .find((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
    if (found === undefined) {
      response.writeHead(404, { "content-type": "text/html" }).end("<title>404</title>");
      return;
    }
    response.setHeader("content-type", TYPES[extname(found)] ?? "application/octet-stream");
    createReadStream(found).pipe(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
