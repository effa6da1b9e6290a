// The lines of docs/telemetry.md about OpenTelemetry, as printed, with a collector that never answers.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { builtCommand } from "../support/built-command.ts";
import { send } from "../support/client.ts";
import { startPlainSite, type PlainSite } from "../support/plain-site.ts";
import { freePort } from "../support/runtimes.ts";

const ROOT = join(import.meta.dirname, "../..");
const TOKEN = "the-token-of-the-operator";
const REQUESTS = 300;

let site: PlainSite;
let collector: Server;
let exported = "";

beforeAll(async () => {
  site = await startPlainSite();
  collector = createServer((socket) => {
    socket.on("error", () => {}).setEncoding("utf8");
    socket.on("data", (text: string) => (exported += text));
  }).listen(0, "127.0.0.1");
  await once(collector, "listening");
});
afterAll(async () => {
  collector?.close();
  await site?.close();
});

/** The first block of a language under the heading. */
function block(language: string): string {
  const page = readFileSync(join(ROOT, "docs/telemetry.md"), "utf8");
  const section = page.split("\n## OpenTelemetry\n")[1] ?? "";
  return new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(section)?.[1] ?? "";
}

/** An exporter in place of the standard one, which is no dependency: it sends spans as JSON. */
const EXPORTER = `export class OTLPTraceExporter {
  constructor({ url }) { this.url = url; }
  export(spans, done) {
    const body = JSON.stringify(spans.map(({ name, attributes }) => ({ name, attributes })));
    fetch(this.url, { method: "POST", body }).then(
      () => done({ code: 0 }),
      (error) => done({ code: 1, error }),
    );
  }
  async shutdown() {}
}
`;

/** The folder in which an operator has installed wayleave and the packages. */
async function install(): Promise<void> {
  const modules = join(site.folder, "node_modules");
  const exporter = join(modules, "@opentelemetry/exporter-trace-otlp-http");
  mkdirSync(join(modules, "wayleave/dist/cli"), { recursive: true });
  mkdirSync(exporter, { recursive: true });
  for (const name of ["api", "sdk-trace"]) {
    const path = join("@opentelemetry", name);
    symlinkSync(join(ROOT, "node_modules", path), join(modules, path));
  }
  writeFileSync(join(exporter, "package.json"), '{ "type": "module", "exports": "./index.js" }');
  writeFileSync(join(exporter, "index.js"), EXPORTER);
  writeFileSync(join(modules, "wayleave/package.json"), '{ "type": "module" }');
  writeFileSync(join(modules, "wayleave/dist/cli/main.js"), `import "${await builtCommand()}";`);
  const { port } = collector.address() as AddressInfo;
  const small = "new BatchSpanProcessor({ exporter, maxQueueSize: 40, maxExportBatchSize: 20, ";
  const module = block("js")
    .replace("127.0.0.1:4318", `127.0.0.1:${port}`)
    .replace("new BatchSpanProcessor({ ", `${small}exportTimeoutMillis: 2000, `)
    .replace("2000, exporter", "2000");
  expect(module).toContain("exportTimeoutMillis: 2000 }");
  writeFileSync(join(site.folder, "otel.mjs"), module);
}

it("exports spans; a collector that never answers delays no response and not the end", async () => {
  await install();
  const port = await freePort();
  const line = block("sh").trim().replace("https://www.example.com", site.origin.url);
  expect(line).toMatch(/^node --import /);
  const started = line.replace(/^node/, process.execPath);
  const more = `--rules rules.jsonc --runtime node --port ${port}`;
  const child = spawn("bash", ["-c", `exec ${started} ${more}`], {
    cwd: site.folder,
    env: { ...process.env, ADMIN_TOKEN: TOKEN, NODE_NO_WARNINGS: "1" },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  }
  try {
    await expect.poll(() => said, { timeout: 60_000 }).toContain("ready http");
    const url = `http://127.0.0.1:${port}`;
    const pages = Array.from({ length: REQUESTS }, (_, i) => send(`${url}/page-${i}`));
    for (const { status, body } of await Promise.all(pages)) {
      expect([status, body.toString()]).toEqual([200, "a page"]);
    }
    const dropped = async (): Promise<number> => {
      await send(`${url}/page`);
      const authorization = `Bearer ${TOKEN}`;
      const { body } = await send(`${url}/.wayleave/metrics`, { headers: { authorization } });
      return Number(/_dropped_total\{sink="open-telemetry"\} (\d+)/.exec(body.toString())?.[1]);
    };
    // 40 spans may wait, and 20 are on their way to the collector until their time is over.
    await expect.poll(dropped, { timeout: 60_000, interval: 300 }).toBeGreaterThan(100);
    expect(exported).toContain('"name":"GET /page-');
    expect(said.match(/"event":"open-telemetry-failed"/g)).toHaveLength(1);
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number | null];
    expect(code).toBe(0);
  } finally {
    child.kill("SIGKILL");
  }
}, 180_000);
