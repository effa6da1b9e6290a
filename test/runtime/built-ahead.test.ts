import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brotliDecompressSync, zstdDecompressSync } from "node:zlib";
import { folderDeltas } from "../../src/runtime/node/built-deltas.ts";
import { bundle } from "../features/compression/bundles.ts";
import { runCommand } from "../support/cli.ts";
import { decodeDcb } from "../support/decode-dcb.ts";
import { send } from "../support/client.ts";
import { startCloudflareStorage, type CloudflareStorage } from "../support/cloudflare-storage.ts";
import { named, startDictionaryOrigin } from "../support/dictionary-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const old = Buffer.from(bundle(1));
const next = Buffer.from(bundle(2));
const oldStyle = Buffer.from(bundle(5, 30_000));
const nextStyle = Buffer.from(bundle(6, 30_000));

const folder = mkdtempSync(join(tmpdir(), "wayleave-ahead-"));
const out = join(folder, "deltas");
let files: Map<string, Buffer>;

beforeAll(async () => {
  for (const [name, script, style] of [
    ["old", old, oldStyle],
    ["new", next, nextStyle],
  ] as const) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "app.js"), script);
    writeFileSync(join(folder, name, "site.css"), style);
  }
  const { code } = await runCommand(folder, "deltas build old new --out deltas".split(" "));
  if (code !== 0) throw new Error(`wayleave deltas build ended with ${code}`);
  // What was done to the deltas of one file between the build and the deploy.
  const { deltas } = JSON.parse(readFileSync(join(out, "deltas.json"), "utf8")) as {
    deltas: { file: string; path: string }[];
  };
  for (const { file } of deltas.filter(({ path }) => path.endsWith(".css"))) {
    const content = readFileSync(join(out, file));
    content[content.length - 1] = (content.at(-1) ?? 0) ^ 1;
    writeFileSync(join(out, file), content);
  }
  files = new Map(readdirSync(out).map((name) => [name, readFileSync(join(out, name))]));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(["node", "workerd"] as RuntimeName[])("deltas built ahead, on %s", (runtime) => {
  let origin: Awaited<ReturnType<typeof startDictionaryOrigin>>;
  let proxy: Proxy;
  let storage: CloudflareStorage | undefined;
  const dropped: string[] = [];

  beforeAll(async () => {
    origin = await startDictionaryOrigin();
    if (runtime === "workerd") {
      storage = await startCloudflareStorage();
      const objects = storage.objects as Map<string, { content: Buffer; uploaded: number }>;
      for (const [name, content] of files) {
        objects.set(`deltas/${name}`, { content, uploaded: Date.now() });
      }
    }
    const now = (): number => Date.now() / 1000;
    const log = {
      warn: (event: string, facts: object) =>
        void dropped.push(JSON.stringify({ event, ...facts })),
      info: () => {},
    };
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        defaults: { compression: { dictionary: { match: "/b/*", deltas: "./deltas" } } },
      },
      platform: { builtIn: (name) => folderDeltas(join(folder, name), { now, log }) },
      ...(storage === undefined ? {} : { storage }),
    });
    origin.files.set("/b/app.2.js", { content: next });
    origin.files.set("/b/site.2.css", { content: nextStyle, type: "text/css" });
  });
  afterAll(async () => {
    await proxy?.close();
    storage?.close();
    await origin?.close();
  });

  const offering = (target: string, dictionary: Buffer, codings: string) =>
    send(proxy.url + target, {
      headers: { "accept-encoding": codings, "available-dictionary": named(dictionary) },
    });

  it.each(["dcb", "dcz"])(
    "are served in %s, though the old version was never seen",
    async (coding) => {
      const got = await offering("/b/app.2.js", old, `br, ${coding}`);
      expect(got.headers["content-encoding"]).toBe(coding);
      const built = [...files].find(
        ([name]) => name.endsWith(`.${coding}`) && files.get(name)?.equals(got.body),
      );
      expect(built).toBeDefined();
      const options = { dictionary: old } as object;
      const decoded =
        coding === "dcb"
          ? decodeDcb(got.body.subarray(36), old)
          : zstdDecompressSync(got.body.subarray(40), options);
      expect(decoded.equals(next)).toBe(true);
      expect(origin.asked.some(({ target }) => target.includes("app.1"))).toBe(false);
    },
  );

  it("that were altered are dropped and reported", async () => {
    const got = await offering("/b/site.2.css", oldStyle, "br, dcb, dcz");
    expect(got.headers["content-encoding"]).toBe("br");
    expect(brotliDecompressSync(got.body).equals(nextStyle)).toBe(true);
    const log = [...dropped, ...proxy.log].join("\n");
    expect(log).toContain('"event":"built-delta-dropped"');
    expect(log).toContain('"reason":"altered"');
  });

  // Node has a folder and no bucket.
  if (runtime !== "workerd") return;
  it("are not used if the bucket hangs", async () => {
    const other = Buffer.from(bundle(9));
    origin.files.set("/b/other.js", { content: other });
    (storage as CloudflareStorage).fault = "hangs";
    const got = await offering("/b/other.js", old, "br, dcz");
    (storage as CloudflareStorage).fault = "none";
    expect(got.headers["content-encoding"]).toBe("br");
    expect(brotliDecompressSync(got.body).equals(other)).toBe(true);
  });
});
