import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sqliteStore } from "../../src/store/adapters/sqlite/store.ts";
import { bundle } from "../features/compression/bundles.ts";
import { runCommand } from "../support/cli.ts";
import { send } from "../support/client.ts";
import { named, startDictionaryOrigin } from "../support/dictionary-origin.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";

const folder = mkdtempSync(join(tmpdir(), "explain-store-"));
const rules = {
  publicOrigin: "https://www.example.com",
  defaults: { compression: { dictionary: true } },
};
const file = join(folder, "rules.jsonc");
const store = join(folder, "wayleave.sqlite");
const now = (): number => Math.floor(Date.now() / 1000);
const name = (hash: string): string => `/assets/index-${hash}.js`;
const version = (number: number): Buffer => Buffer.from(bundle(number));

let origin: Awaited<ReturnType<typeof startDictionaryOrigin>>;
let proxy: Proxy;

beforeAll(async () => {
  origin = await startDictionaryOrigin();
  writeFileSync(file, JSON.stringify(rules));
  proxy = await RUNTIMES.node({
    origin: origin.url,
    rules,
    platform: { store: sqliteStore(store, now) },
  });
});
afterAll(async () => {
  await origin?.close();
  rmSync(folder, { recursive: true, force: true });
});

const explain = async (path: string, ...more: string[]): Promise<string> => {
  const given = [
    "--rules",
    file,
    "--store",
    `sqlite:${store}`,
    "--store-origin",
    origin.url,
    "--header",
    "Accept-Encoding: br",
  ];
  const response = ["Content-Type: text/javascript", "Cache-Control: max-age=60"].flatMap(
    (line) => ["--response-header", line],
  );
  const html = ["--html", join(folder, "bundle.js")];
  const { out, err, code } = await runCommand(folder, [
    "explain",
    path,
    ...given,
    ...html,
    ...response,
    ...more,
  ]);
  expect({ err, code }).toEqual({ err: "", code: 0 });
  return out.replaceAll(/\s+/g, " ");
};

/** All that is kept, but for when it was last used. */
function rowsOf(path: string): string {
  const db = new DatabaseSync(path);
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  const rows = tables.map(({ name: table }) => {
    const all = db.prepare(`SELECT * FROM ${String(table)}`).all();
    const kept = all.map((row) =>
      Object.entries(row).map(([column, value]) => (/used|seen/.test(column) ? "" : String(value))),
    );
    return [table, kept];
  });
  db.close();
  return (
    createHash("sha256").update(JSON.stringify(rows)).digest("hex") +
    JSON.stringify(rows.map(([table]) => table))
  );
}

describe("wayleave explain --store", () => {
  let agents = 0;
  const visit = async (hash: string, content: Buffer) => {
    origin.files.set(name(hash), { content });
    const headers = { "accept-encoding": "br", "user-agent": `visitor ${agents++ % 2}` };
    return send(proxy.url + name(hash), { headers });
  };

  it("shows the state of the automatic mode of a proxy, as it changes", async () => {
    writeFileSync(join(folder, "bundle.js"), version(2));
    expect(await explain(name("BqXz3k2a"))).toContain("gain first-version");
    await visit("BqXz3k2a", version(1));
    // A dictionary of one client alone would tell others of its visit.
    expect(await explain(name("BqXz3k2a"))).toContain("gain first-version");
    // A second client fetches the same version.
    await visit("BqXz3k2a", version(1));
    await expect
      .poll(() => explain(name("BqXz3k2a")), { timeout: 30_000 })
      .toContain('use-as-dictionary: match="/assets/index-*.js"');
  });

  it("knows the stored dictionaries, and writes nothing", async () => {
    writeFileSync(join(folder, "bundle.js"), version(3));
    const offer = (content: Buffer): string[] => [
      "--header",
      "Accept-Encoding: br, dcb",
      "--header",
      `Available-Dictionary: ${named(content)}`,
    ];
    const path = name("Kw04pzQ7");
    const stored = async (): Promise<string> => {
      await visit("f9Tr81Lm", version(2));
      return explain(path, ...offer(version(2)));
    };
    await expect.poll(stored, { timeout: 30_000 }).toContain("content-encoding: dcb");
    await proxy.close();
    const before = rowsOf(store);
    expect(before).toContain("ledger");
    expect(await explain(path, ...offer(version(2)))).toContain("content-encoding: dcb");
    expect(await explain(path, ...offer(version(9)))).toContain(
      "the proxy has not stored the client's dictionary",
    );
    expect(rowsOf(store)).toBe(before);
  });

  it("reads no data of another origin server's site, and needs an option to choose a site", async () => {
    const other = await explain(name("f9Tr81Lm"), "--store-origin", "http://127.0.0.1:9");
    expect(other).toContain("gain first-version");
    const { code, err } = await runCommand(folder, ["explain", "/", "--store", `sqlite:${store}`]);
    expect(code).toBe(2);
    expect(err).toContain("--store-origin URL");
  });

  it("reports a store that does not exist", async () => {
    const { code, err } = await runCommand(folder, [
      "explain",
      "/",
      "--rules",
      file,
      "--store",
      "sqlite:none",
      "--store-origin",
      origin.url,
    ]);
    expect({ code, err }).toEqual({
      code: 2,
      err: "wayleave explain: the store none does not exist\n",
    });
  });
});
