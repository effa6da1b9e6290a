import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { stripTypeScriptTypes } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { needsThat } from "../support/needs.ts";
import { dcbCase } from "./cases.ts";
import { nativeDictionary } from "./native.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "dcb-workerd-"));
let origin = "";
let workerd: ChildProcess;

/** Answers with the stream for its body: the dictionary's length (u32), the dictionary, the input. */
const WORKER = `
import { brotliDecompressSync } from "node:zlib";
import module from "dcb.wasm";
import { wasmDcb } from "codecs/dcb/wasm.ts";
export default {
  async fetch(request) {
    if (request.method === "GET") return new Response("ready");
    const body = await request.arrayBuffer();
    const split = 4 + new DataView(body).getUint32(0);
    const dictionary = new Uint8Array(body, 4, split - 4);
    const input = new Uint8Array(body, split);
    const quality = Number(new URL(request.url).searchParams.get("quality"));
    return new Response(wasmDcb(module, { quality, decodeBrotli: brotliDecompressSync }).encode(input, dictionary));
  },
};`;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

beforeAll(async () => {
  const names = [
    "codecs/dcb/wasm",
    "codecs/dcb/instance",
    "codecs/dcb/static-words",
    "codecs/delta",
    "http/bytes",
  ].map((name) => `${name}.ts`);
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    const source = readFileSync(join(root, "src", name), "utf8");
    writeFileSync(join(folder, name), stripTypeScriptTypes(source));
  }
  cpSync(join(root, "wasm/dcb/dcb.wasm"), join(folder, "dcb.wasm"));
  writeFileSync(join(folder, "worker.js"), WORKER);
  const modules = ["worker.js", ...names].map(
    (name) => `(name = "${name}", esModule = embed "${name}")`,
  );
  const port = await freePort();
  writeFileSync(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [${modules.join(", ")}, (name = "dcb.wasm", wasm = embed "dcb.wasm")],
  compatibilityDate = "2026-10-30",
);`,
  );
  workerd = spawn(
    join(root, "node_modules/.bin/workerd"),
    ["serve", join(folder, "config.capnp")],
    { stdio: "inherit" },
  );
  origin = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 100; attempt++) {
    if (
      await fetch(origin).then(
        () => true,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("workerd did not start");
});

afterAll(() => {
  workerd.kill();
  rmSync(folder, { recursive: true, force: true });
});

const native = needsThat(nativeDictionary.works, "Brotli with a dictionary (Node 24.15)");

test("the same module encodes and decodes on workerd", native, async () => {
  for (let seed = 700; seed < 740; seed++) {
    const { dictionary, input, quality } = dcbCase(seed);
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, dictionary.length);
    const response = await fetch(`${origin}/?quality=${quality}`, {
      method: "POST",
      body: Buffer.concat([length, dictionary, input]),
    });
    expect(response.status, `seed ${seed}`).toBe(200);
    const stream = new Uint8Array(await response.arrayBuffer());
    const options = dictionary.length === 0 ? {} : nativeDictionary.options(dictionary);
    expect(brotliDecompressSync(stream, options), `seed ${seed}`).toEqual(Buffer.from(input));
  }
});
