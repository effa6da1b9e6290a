import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { R2Bucket } from "@cloudflare/workers-types";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { folderDeltas } from "../../src/runtime/node/built-deltas.ts";
import { bucketDeltas } from "../../src/runtime/workers/built-deltas.ts";
import type { BuiltDeltas } from "../../src/feature/parts.ts";

const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const CONTENT = sha(Buffer.from("content"));
const OLD = sha(Buffer.from("old"));
const DCB = Buffer.from("the delta in dcb");
const DCZ = Buffer.from("the delta in dcz");

function entry(coding: "dcb" | "dcz", body: Buffer, changes: object = {}) {
  return {
    file: `${CONTENT}-${OLD}.${coding}`,
    sha256: sha(body),
    length: body.length,
    content: CONTENT,
    contentLength: 1000,
    dictionary: OLD,
    coding,
    path: "app.js",
    from: "app.js",
    ...changes,
  };
}
const list = (...deltas: object[]): string => JSON.stringify({ version: 1, deltas });

/** Where deltas lie in a test. */
interface Place {
  put(name: string, content: string | Buffer): void;
  open(): BuiltDeltas;
}

let time = 0;
const warn = vi.fn();
const io = { now: () => time, log: { warn, info: vi.fn() } };
const dropped = (): unknown[] =>
  warn.mock.calls.map(([, facts]: readonly unknown[]) => {
    const { file, reason } = facts as { file: string; reason: string };
    return [file.slice(-4), reason];
  });

function folderPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-built-"));
  let written = 1;
  return {
    put(name, content) {
      writeFileSync(join(folder, name), content);
      // Each write has a time of its own, however coarse the file system's clock.
      written += 10;
      utimesSync(join(folder, name), written, written);
    },
    open: () => {
      cleanUp.push(() => rmSync(folder, { recursive: true }));
      return folderDeltas(folder, io);
    },
  };
}

function bucketPlace(): Place {
  const objects = new Map<string, Buffer>();
  const get = async (key: string, options?: { onlyIf?: { etagDoesNotMatch?: string } }) => {
    const content = objects.get(key);
    if (content === undefined) return null;
    const head = { key, size: content.length, etag: sha(content) };
    if (options?.onlyIf?.etagDoesNotMatch === head.etag) return head;
    const { body } = new Response(new Uint8Array(content));
    return {
      ...head,
      body,
      text: () => new Response(body).text(),
      arrayBuffer: () => new Response(body).arrayBuffer(),
    };
  };
  return {
    put: (name, content) => void objects.set(`deltas/${name}`, Buffer.from(content)),
    open: () => bucketDeltas({ get } as unknown as R2Bucket, io),
  };
}

const cleanUp: (() => void)[] = [];
beforeEach(() => {
  time = 0;
  warn.mockClear();
});
afterEach(() => {
  for (const act of cleanUp.splice(0)) act();
});

describe.each([
  ["a folder", folderPlace],
  ["a bucket", bucketPlace],
])("deltas in %s", (_, make) => {
  it("are found in the first coding that there is", async () => {
    const place = make();
    place.put("deltas.json", list(entry("dcb", DCB), entry("dcz", DCZ)));
    place.put(entry("dcb", DCB).file, DCB);
    place.put(entry("dcz", DCZ).file, DCZ);
    const deltas = place.open();
    expect(await deltas.find(CONTENT, OLD, ["dcz", "dcb"])).toEqual({
      coding: "dcz",
      content: new Uint8Array(DCZ),
    });
    expect((await deltas.find(CONTENT, OLD, ["dcb"]))?.coding).toBe("dcb");
    expect(await deltas.find(CONTENT, OLD, [])).toBeUndefined();
    expect(await deltas.find(OLD, CONTENT, ["dcb", "dcz"])).toBeUndefined();
    expect(warn).not.toHaveBeenCalled();
  });

  it("are nowhere without a list, and found once there is one", async () => {
    const place = make();
    const deltas = place.open();
    expect(await deltas.find(CONTENT, OLD, ["dcb"])).toBeUndefined();
    place.put(entry("dcb", DCB).file, DCB);
    place.put("deltas.json", list(entry("dcb", DCB)));
    expect(await deltas.find(CONTENT, OLD, ["dcb"])).toBeUndefined();
    time += 60;
    expect((await deltas.find(CONTENT, OLD, ["dcb"]))?.coding).toBe("dcb");
    place.put("deltas.json", list());
    time += 60;
    expect(await deltas.find(CONTENT, OLD, ["dcb"])).toBeUndefined();
    expect(warn).not.toHaveBeenCalled();
  });

  it.each([
    ["altered", Buffer.from("THE DELTA IN DCB"), "altered"],
    ["torn", DCB.subarray(0, 5), "missing"],
    ["too long", Buffer.concat([DCB, DCB]), "missing"],
    ["missing", undefined, "missing"],
  ])("that are %s are dropped, and the next coding is used", async (_name, body, reason) => {
    const place = make();
    place.put("deltas.json", list(entry("dcb", DCB), entry("dcz", DCZ)));
    if (body !== undefined) place.put(entry("dcb", DCB).file, body);
    place.put(entry("dcz", DCZ).file, DCZ);
    const deltas = place.open();
    for (let i = 0; i < 3; i++) {
      expect((await deltas.find(CONTENT, OLD, ["dcb", "dcz"]))?.coding).toBe("dcz");
    }
    // Once, not with each request.
    expect(dropped()).toEqual([[".dcb", reason]]);
  });

  it("of a malformed list do not replace those before", async () => {
    const place = make();
    place.put("deltas.json", list(entry("dcb", DCB)));
    place.put(entry("dcb", DCB).file, DCB);
    const deltas = place.open();
    await deltas.find(CONTENT, OLD, ["dcb"]);
    for (const text of ["{", "[]", '{"version":2,"deltas":[]}', "null", ""]) {
      place.put("deltas.json", text);
      time += 60;
      expect((await deltas.find(CONTENT, OLD, ["dcb"]))?.coding).toBe("dcb");
    }
    expect(dropped()).toEqual(Array.from({ length: 5 }, () => ["json", "malformed"]));
  });

  it.each([
    { file: "../../etc/passwd" },
    { file: `../${CONTENT}-${OLD}.dcb` },
    { sha256: "7" },
    { length: -1.5 },
    { coding: "br" },
    { content: OLD },
    { path: 7 },
  ])("whose entry has %j are left out", async (changes) => {
    const place = make();
    place.put("deltas.json", list(entry("dcb", DCB, changes)));
    place.put(entry("dcb", DCB).file, DCB);
    expect(await place.open().find(CONTENT, OLD, ["dcb"])).toBeUndefined();
  });

  it("are read from memory the second time", async () => {
    const place = make();
    place.put("deltas.json", list(entry("dcb", DCB)));
    place.put(entry("dcb", DCB).file, DCB);
    const deltas = place.open();
    await deltas.find(CONTENT, OLD, ["dcb"]);
    place.put(entry("dcb", DCB).file, "gone");
    expect((await deltas.find(CONTENT, OLD, ["dcb"]))?.content).toEqual(new Uint8Array(DCB));
  });
});

describe("a bucket that fails", () => {
  it("has no deltas, and fails no request", async () => {
    const get = () => Promise.reject(new Error("R2 is away"));
    const deltas = bucketDeltas({ get } as unknown as R2Bucket, io);
    expect(await deltas.find(CONTENT, OLD, ["dcb"])).toBeUndefined();
    expect(dropped()).toEqual([["json", "unreadable"]]);
  });
});
