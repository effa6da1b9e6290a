import { describe, expect, test } from "vitest";
import {
  addressOf,
  chunksOf,
  markOf,
  parseAddress,
  useOf,
} from "../../../../src/features/compression/chunks/address.ts";
import {
  chooseChunks,
  decideArrival,
  deployOf,
  hasOneChunk,
  MOST_BYTES,
  MOST_CHUNKS,
  parseFolder,
  setChunk,
  setMade,
  type Chunk,
  type Folder,
} from "../../../../src/features/compression/chunks/members.ts";
import { Companions } from "../../../../src/features/compression/chunks/companions.ts";
import { sketchOf } from "../../../../src/features/compression/auto/sketch.ts";
import { bundle } from "../bundles.ts";

const hash = (number: number): string => number.toString(16).padStart(64, "0");
const sketches = await Promise.all(
  [1, 2, 3].map((version) => sketchOf(Buffer.from(bundle(version)))),
);
const other = await sketchOf(Buffer.from("an entirely other text ".repeat(300)));

function folderOf(...chunks: Partial<Chunk>[]): Folder {
  const standard = { size: 10_000, sketch: other, deploy: 0, isReplaced: false, hasChanged: false };
  const all = chunks.map((chunk, i): Chunk => {
    const name = hash(i + 1);
    return Object.assign({ hash: name, blob: name, seenAt: 1000 + i }, standard, chunk);
  });
  return { chunks: new Map(all.map((chunk) => [chunk.hash, chunk])), made: undefined };
}

describe("the address of a dictionary of chunks", () => {
  test.each([
    ["/c/0a0005893610d8da1814.js", "/c/*.js"],
    ["/dist/chunk-Q3WWDTN6.js", "/dist/chunk-*.js"],
    ["/_next/static/chunks/0cz1d0mv5g_q7.js", "/_next/static/chunks/*.js"],
    ["/_next/static/chunks/0e5ce63c2f1a7b9c.css", "/_next/static/chunks/*.css"],
  ])("%s", (target, match) => {
    const chunks = chunksOf(target);
    expect(chunks).toEqual({ match });
    const address = addressOf({ match }, 7);
    expect(parseAddress(address)).toEqual({ chunks, deploy: 7 });
    const patterns = [useOf({ match }, 7), markOf({ match }, 7)].map(
      (field) => /match="([^"]+)"/.exec(field)?.[1] as string,
    );
    for (const pattern of patterns) {
      const compiled = new URLPattern(pattern, "https://a.example");
      for (const each of [target, address]) {
        expect(compiled.test(`https://a.example${each}`)).toBe(true);
      }
    }
    // RFC 9842 §2.2.3: browsers prefer the longer one.
    expect(patterns[0]?.length).toBeGreaterThan(patterns[1]?.length as number);
  });

  test.each([
    "/assets/index-BqXz3k2a.js",
    "/main.js",
    "/v1.2.3/0a0005893610d8da1814.js",
    "/c/0a0005893610d8da1814.js?v=1",
    "/c//0a0005893610d8da1814.js",
    "/0a0005893610d8da1814",
  ])("is not made for %s", (target) => {
    expect(chunksOf(target)).toBeUndefined();
  });

  test.each(["/c/wayleave-dictionary-x.js", "/c/wayleave-dictionary-1234567.js", "/c/app.js"])(
    "is not %s",
    (target) => {
      expect(parseAddress(target)).toBeUndefined();
    },
  );
});

describe("a chunk that arrives", () => {
  const [first, second, third] = sketches as [Chunk["sketch"], Chunk["sketch"], Chunk["sketch"]];

  test("replaces the most similar one, and begins a deploy", () => {
    const folder = folderOf({ sketch: other }, { sketch: first });
    const arrival = decideArrival(folder, { hash: hash(9), size: 9000, sketch: second }, 1100);
    expect(arrival.replaced?.hash).toBe(hash(2));
    expect(arrival.chunk).toMatchObject({ deploy: 1, hasChanged: true, isReplaced: false });
  });

  test("replaces none that belongs to the same deploy, however alike", () => {
    const folder = folderOf({ sketch: other }, { sketch: first }, { sketch: third });
    const seen = { hash: hash(9), size: 9000, sketch: second };
    const closest = decideArrival(folder, seen, 1100).replaced?.hash as string;
    const beside = decideArrival(folder, seen, 1100, (each) => each === closest);
    expect(beside.replaced?.hash).toBe(closest === hash(2) ? hash(3) : hash(2));
    const alone = decideArrival(folder, seen, 1100, () => true);
    expect(alone).toMatchObject({ replaced: undefined, chunk: { deploy: 0, hasChanged: false } });
  });

  test("without a predecessor belongs to the latest deploy", () => {
    const folder = folderOf({ sketch: first, deploy: 3 });
    const arrival = decideArrival(folder, { hash: hash(9), size: 9000, sketch: other }, 1100);
    expect(arrival).toMatchObject({ replaced: undefined, chunk: { deploy: 3, hasChanged: false } });
  });

  test("of a deploy that has begun does not begin another, unless ten minutes have passed", () => {
    const folder = folderOf(
      { sketch: first, deploy: 0 },
      { sketch: other, deploy: 1, seenAt: 2000 },
    );
    const seen = { hash: hash(9), size: 9000, sketch: third };
    expect(decideArrival(folder, seen, 2100).chunk.deploy).toBe(1);
    expect(decideArrival(folder, seen, 2700).chunk.deploy).toBe(2);
  });

  test("takes the place of a replaced chunk, else of the oldest", () => {
    const many = Array.from({ length: MOST_CHUNKS }, () => ({}));
    const seen = { hash: hash(999), size: 9000, sketch: first };
    expect(decideArrival(folderOf(...many), seen, 5000).evicted).toMatchObject([{ hash: hash(1) }]);
    many[50] = { isReplaced: true };
    expect(decideArrival(folderOf(...many), seen, 5000).evicted).toMatchObject([
      { hash: hash(51) },
    ]);
  });
});

describe("two chunks", () => {
  test("belong to one deploy if a client got both since the later one appeared", () => {
    const companions = new Companions(() => 1000);
    for (const client of ["ann", "ben"]) {
      companions.note("home", client);
      companions.note("shop", client);
    }
    expect(companions.areTogether("home", "shop", "ben")).toBe(true);
    expect(companions.areTogether("shop", "home", "ben")).toBe(true);
  });

  test("belong to two deploys if each client since then got one of them", () => {
    const companions = new Companions(() => 1000);
    for (const client of ["ann", "ben", "carl"]) companions.note("old", client);
    companions.note("new", "ann");
    // An open page still loads the old one.
    companions.note("old", "dora");
    companions.note("new", "ben");
    expect(companions.areTogether("old", "new", "ben")).toBe(false);
  });

  test("belong to one deploy if the first is requested long after the second appeared", () => {
    let now = 1000;
    const companions = new Companions(() => now);
    companions.note("home", "ann");
    companions.note("help", "ann");
    now += 3600;
    companions.note("home", "ben");
    companions.note("help", "carl");
    expect(companions.areTogether("home", "help", "carl")).toBe(true);
  });

  test("are unrelated if the process has not seen both", () => {
    const companions = new Companions(() => 1000);
    companions.note("new", "ann");
    expect(companions.areTogether("old", "new", "ann")).toBe(false);
  });

  test("are forgotten beyond a bound, and so are clients", () => {
    const companions = new Companions(() => 1000);
    companions.note("home", "ann");
    companions.note("shop", "ann");
    companions.note("home", "ann");
    for (let i = 0; i < 10; i++) companions.note("home", `client ${i}`);
    expect(companions.areTogether("home", "shop", "ann")).toBe(false);
  });
});

describe("a folder", () => {
  test("has one chunk of each deploy once no other has come for a while", () => {
    const one = folderOf({ isReplaced: true }, { seenAt: 1000 });
    expect([1029, 1030].map((now) => hasOneChunk(one, now))).toEqual([false, true]);
    expect(hasOneChunk(folderOf({}, {}), 9000)).toBe(false);
    expect(hasOneChunk(folderOf(), 9000)).toBe(false);
  });
});

describe("the dictionary", () => {
  const chosen = (folder: Folder) => chooseChunks(folder).map((chunk) => chunk.hash);

  test("has the latest versions of chunks that have changed, and no replaced one", () => {
    const folder = folderOf({ isReplaced: true }, { hasChanged: true, deploy: 1 });
    expect(chosen(folder)).toEqual([hash(2)]);
    expect(deployOf(folder)).toBe(1);
  });

  test("has chunks that never changed for as many bytes again", () => {
    expect(chosen(folderOf({}, {}, {}))).toEqual([]);
    expect(chosen(folderOf({ hasChanged: true }, {}, {}))).toEqual([hash(1), hash(3)]);
  });

  test("is bounded", () => {
    const many = Array.from({ length: 80 }, () => ({ hasChanged: true }));
    expect(chosen(folderOf(...many)).length).toBe(Math.floor(MOST_BYTES / 10_000));
  });
});

test("entries are read as they were written, and malformed ones are ignored", () => {
  const { chunks } = folderOf({ hasChanged: true }, { isReplaced: true, deploy: 4 });
  const made = { hash: hash(8), deploy: 4, madeAt: 5000 };
  const entries = new Map(
    [...[...chunks.values()].map((chunk) => setChunk(chunk, 60)), setMade(made, 60)].map(
      ({ key, value = "" }) => [key, value],
    ),
  );
  expect(parseFolder(entries)).toEqual({ chunks, made });
  for (const [key, value] of entries) entries.set(key, value.slice(1));
  entries.set("chunk/x", "[]");
  entries.set("other", "1");
  expect(parseFolder(entries)).toEqual({ chunks: new Map(), made: undefined });
});
