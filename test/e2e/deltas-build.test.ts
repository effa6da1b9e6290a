import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { brotliDecompressSync, zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nativeDcb } from "../../src/codecs/brotli-native.ts";
import { builtCommand } from "../support/built-command.ts";
import { needs } from "../support/needs.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const module = await builtCommand();
const ASSETS = join(ROOT, "fixtures/site/assets");
const folder = mkdtempSync(join(tmpdir(), "wayleave-deltas-"));
afterAll(() => rmSync(folder, { recursive: true }));

const at = (...parts: string[]): string => join(folder, ...parts);
const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

function put(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), content);
}

function deltas(...argv: string[]) {
  const command = ["--disable-warning=ExperimentalWarning", module, "deltas", ...argv];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, out: stdout, err: stderr };
}

interface Entry {
  readonly file: string;
  readonly sha256: string;
  readonly length: number;
  readonly content: string;
  readonly contentLength: number;
  readonly dictionary: string;
  readonly coding: "dcb" | "dcz";
  readonly path: string;
  readonly from: string;
}

const listed = (out: string): Entry[] =>
  (JSON.parse(readFileSync(at(out, "deltas.json"), "utf8")) as { deltas: Entry[] }).deltas;

/** The place of an entry's dictionary in one of the old builds. */
const dictionaryOf = ({ from }: Entry): string =>
  ["old", "older"]
    .map((build) => at(build, from))
    .find((place) => statSync(place, { throwIfNoEntry: false }) !== undefined) as string;

const style = (seed: number): string =>
  Array.from({ length: 400 }, (_, i) => `.c${i * seed}{margin:${(i * seed) % 97}px}\n`).join("");

beforeAll(() => {
  for (const [name, version] of [
    ["old", "v1"],
    ["older", "v2"],
    ["new", "v3"],
  ] as const) {
    // The best brotli takes a second of processor time for the whole.
    const part = readFileSync(join(ASSETS, `app.${version}.js`)).subarray(0, 60_000);
    put(`${name}/assets/app-${sha(Buffer.from(version)).slice(0, 8)}.js`, part);
    put(`${name}/same.txt`, "the same words in each build\n".repeat(100));
    put(`${name}/image.png`, `${version}${"x".repeat(5000)}`);
    put(`${name}/tiny.js`, version);
  }
  put("old/site.css", style(7));
  put("new/site.css", `${style(7)}.new{color:red}\n`);
  // Nothing in common with the old one.
  put("old/noise.bin", Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * i * 7919) >> 5)));
  put("new/noise.bin", Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * i * 104_729) >> 7)));
});

describe("deltas build", () => {
  it("makes deltas that Node decodes, and lists them", () => {
    const ran = deltas("build", "old", "older", "new", "--out", "out");
    expect(ran.status).toBe(0);
    expect(ran.out).toMatch(/^ *bytes +br 11 +dcb +dcz +file +from\n/);
    expect(ran.out).toContain("no-gain  no-gain  noise.bin");
    expect(ran.out).toContain("6 made, 0 there already, 2 skipped\n");
    expect(ran.err).toContain("/4 site.css from site.css\n");
    const entries = listed("out");
    expect(
      entries.map(({ path, coding }) => `${path.replace(/-.*/, "")} ${coding}`).sort(),
    ).toEqual([
      "assets/app dcb",
      "assets/app dcb",
      "assets/app dcz",
      "assets/app dcz",
      "site.css dcb",
      "site.css dcz",
    ]);
    for (const entry of entries) {
      const body = readFileSync(at("out", entry.file));
      expect(entry.file).toBe(`${entry.content}-${entry.dictionary}.${entry.coding}`);
      expect([sha(body), body.length]).toEqual([entry.sha256, entry.length]);
      const content = readFileSync(at("new", entry.path));
      expect([sha(content), content.length]).toEqual([entry.content, entry.contentLength]);
      const dictionary = readFileSync(dictionaryOf(entry));
      expect(sha(dictionary)).toBe(entry.dictionary);
      if (entry.coding === "dcz") {
        expect(zstdDecompressSync(body.subarray(40), { dictionary }).equals(content)).toBe(true);
      } else if (nativeDcb() !== undefined) {
        const decoded = brotliDecompressSync(body.subarray(36), { dictionary } as object);
        expect(decoded.equals(content)).toBe(true);
      }
    }
    // Nothing else: no drafts, no names of the build.
    expect(readdirSync(at("out")).sort()).toEqual(
      [...entries.map(({ file }) => file), "deltas.json"].sort(),
    );
  });

  it("makes deltas that zstd decodes", needs("zstd"), () => {
    const coded = listed("out").filter(({ coding }) => coding === "dcz");
    for (const entry of coded) {
      // zstd's own program skips the header by itself.
      const argv = ["-dc", "-D", dictionaryOf(entry), at("out", entry.file)];
      const decoded = execFileSync("zstd", argv, { maxBuffer: 1 << 26 });
      expect(decoded.equals(readFileSync(at("new", entry.path)))).toBe(true);
    }
    expect(coded).toHaveLength(3);
  });

  it("makes only missing deltas in a second run, and the same list", () => {
    const list = readFileSync(at("out/deltas.json"), "utf8");
    const [torn, whole] = listed("out");
    if (torn === undefined || whole === undefined) throw new Error("nothing there");
    const { mtimeMs } = statSync(at("out", whole.file));
    writeFileSync(at("out", torn.file), "torn");
    const ran = deltas("build", "old", "older", "new", "--out", "out");
    expect(ran.out).toContain("1 made, 5 there already, 2 skipped\n");
    expect(readFileSync(at("out/deltas.json"), "utf8")).toBe(list);
    expect(statSync(at("out", whole.file)).mtimeMs).toBe(mtimeMs);
    expect(sha(readFileSync(at("out", torn.file)))).toBe(torn.sha256);
  });

  it("removes deltas that no longer belong to a pair, and nothing else", () => {
    cpSync(at("out"), at("fewer"), { recursive: true });
    put("fewer/notes.txt", "mine");
    expect(deltas("build", "old", "new", "--out", "fewer").status).toBe(0);
    const names = listed("fewer").map(({ file }) => file);
    expect(names).toHaveLength(4);
    expect(readdirSync(at("fewer")).sort()).toEqual([...names, "deltas.json", "notes.txt"].sort());
  });

  it("ignores a damaged list", () => {
    mkdirSync(at("damaged"));
    put("damaged/deltas.json", `{"version":1,"deltas":[{"file":"../../x"},7,null]}`);
    expect(deltas("build", "old", "new", "--out", "damaged").status).toBe(0);
    expect(listed("damaged")).toEqual(listed("fewer"));
  });

  it("reports the result of each pair in JSON", () => {
    const ran = deltas("build", "old", "new", "--out", "json", "--json");
    const outcomes = JSON.parse(ran.out) as { path: string; result: { kind: string } }[];
    expect(outcomes.filter(({ result }) => result.kind === "made")).toHaveLength(4);
    expect(outcomes.filter(({ path }) => path === "noise.bin").map(({ result }) => result)).toEqual(
      [
        { kind: "skipped", reason: "no-gain", length: expect.any(Number) as number },
        { kind: "skipped", reason: "no-gain", length: expect.any(Number) as number },
      ],
    );
  });

  it("pairs by pattern if names do not show the pairs", () => {
    put("named-old/bundles/shop.js", style(3));
    put("named-new/bundles/store.mjs", `${style(3)}.x{color:blue}`);
    expect(deltas("build", "named-old", "named-new", "--out", "named").out).toContain("0 made");
    const argv = ["build", "named-old", "named-new", "--out", "named", "--match", "/bundles/*"];
    expect(deltas(...argv).out).toContain("2 made");
  });

  it("follows no link out of a build, and ends if links go in circles", () => {
    put("secret/key.txt", style(5));
    for (const name of ["link-old", "link-new"]) {
      put(`${name}/app.js`, style(9) + name);
      symlinkSync(at("secret"), at(name, "outside"));
      symlinkSync(at("secret/key.txt"), at(name, "key.txt"));
      symlinkSync(at(name), at(name, "circle"));
      symlinkSync(at("nowhere"), at(name, "broken"));
    }
    writeFileSync(at("secret/key.txt"), style(6));
    const ran = deltas("build", "link-old", "link-new", "--out", "links", "--json");
    expect(ran.status).toBe(0);
    const paths = (JSON.parse(ran.out) as { path: string }[]).map(({ path }) => path);
    expect(new Set(paths)).toEqual(new Set(["app.js"]));
  });

  it.each([
    [[], "the only action is build: deltas build OLD_DIR NEW_DIR"],
    [
      ["build", "new", "--out", "x"],
      "give the folder of the old build, then the folder of the new one",
    ],
    [["build", "old", "new"], "give the output folder with --out DIR"],
    [["build", "none", "new", "--out", "x"], "none is not a readable folder"],
    [
      ["build", "old", "new", "--out", "x", "--match", "app"],
      '--match app: a path must begin with "/"',
    ],
  ])("refuses %j in one line", (argv, why) => {
    expect(deltas(...argv)).toEqual({ status: 2, out: "", err: `wayleave deltas: ${why}\n` });
  });
});
