import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import zlib from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasProgram, needs } from "../support/needs.ts";
import { SUBJECTS, type Subject } from "./plain-subjects.ts";

const CODINGS = ["br", "zstd", "gzip"] as const;
type Coding = (typeof CODINGS)[number];

const DECODERS: Readonly<Record<Coding, (body: Uint8Array) => Buffer>> = {
  br: (body) => zlib.brotliDecompressSync(body),
  zstd: (body) => zlib.zstdDecompressSync(body),
  gzip: (body) => zlib.gunzipSync(body),
};
const STREAM_DECODERS: Readonly<Record<Coding, () => NodeJS.ReadWriteStream>> = {
  br: () => zlib.createBrotliDecompress(),
  zstd: () => zlib.createZstdDecompress(),
  gzip: () => zlib.createGunzip(),
};

const folder = mkdtempSync(join(tmpdir(), "wayleave-plain-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Lines that a coder can shorten, and that differ from each other. */
function text(bytes: number): Buffer {
  let lines = "";
  for (let i = 0; lines.length < bytes; i++) {
    lines += `const value${i % 977} = find("${(i * 7919) % 10_007}", ${i});\n`;
  }
  return Buffer.from(lines.slice(0, bytes));
}

function noise(bytes: number): Buffer {
  const content = Buffer.alloc(bytes);
  for (let i = 0, state = 1; i < bytes; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    content[i] = state >> 16;
  }
  return content;
}

const CONTENTS: readonly (readonly [string, Buffer])[] = [
  ["nothing", Buffer.alloc(0)],
  ["one byte", Buffer.from("a")],
  ["300 KB of text", text(300_000)],
  ["100 KB of noise", noise(100_000)],
];
const LARGE = text(10_000_000);

const run = promisify(execFile);
/** What curl can decode; a build of it may be without br or zstd. */
const curl = spawnSync("curl", ["-V"], { encoding: "utf8" }).stdout ?? "";
/** Programs that decode each coding; curl reads br below if the one of brotli is missing. */
const PROGRAMS = { br: "brotli", zstd: "zstd", gzip: "gzip" } as const;

describe.each(["node", "workerd"] as const)("plain codecs on %s", (runtime) => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await SUBJECTS[runtime]();
  }, 30_000);
  afterAll(() => subject.close());

  async function code(path: string, content: Uint8Array<ArrayBuffer>): Promise<Buffer> {
    // A raw request: fetch would decode what it is given.
    return new Promise((resolve, reject) => {
      const outgoing = request(`${subject.url}/${path}`, { method: "POST" }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("end", () => resolve(Buffer.concat(chunks)));
        incoming.on("error", reject);
      });
      outgoing.on("error", reject);
      outgoing.end(content);
    });
  }

  describe.each(CODINGS)("%s", (coding) => {
    it.each(CONTENTS)("gives %s back, whole and as a stream", async (_, content) => {
      for (const how of ["inline", "best", "stream"]) {
        const coded = await code(`${coding}/${how}`, new Uint8Array(content));
        expect(DECODERS[coding](coded).equals(content), how).toBe(true);
        if (content.length === 300_000) expect(coded.length).toBeLessThan(75_000);
        expect(coded.length).toBeLessThan(content.length + 100);
      }
    });

    it("gives 10 MB back, whole and as a stream", async () => {
      for (const how of ["inline", "stream"]) {
        const coded = await code(`${coding}/${how}`, new Uint8Array(LARGE));
        expect(DECODERS[coding](coded).equals(LARGE), how).toBe(true);
        expect(coded.length).toBeLessThan(LARGE.length / 3);
      }
    });

    it("is smaller with more effort", async () => {
      const content = new Uint8Array(readFileSync("fixtures/site/assets/app.v1.js"));
      const inline = await code(`${coding}/inline`, content);
      const best = await code(`${coding}/best`, content);
      expect(best.length).toBeLessThan(inline.length);
    });

    it("sends each piece before the next one arrives", async () => {
      const decoder = STREAM_DECODERS[coding]();
      const outgoing = request(`${subject.url}/${coding}/stream`, { method: "POST" });
      outgoing.flushHeaders();
      let decoded = "";
      let reached = (): void => {};
      decoder.on("data", (chunk: Buffer) => {
        decoded += chunk.toString("latin1");
        reached();
      });
      outgoing.on("response", (incoming) => incoming.pipe(decoder));
      let sent = "";
      for (const piece of ["<html>", "x", text(100_000).toString("latin1"), "</html>"]) {
        sent += piece;
        outgoing.write(piece);
        // Nothing more is sent until all that was sent has been decoded.
        await new Promise<void>((resolve) => {
          reached = () => decoded.length >= sent.length && resolve();
          reached();
        });
        expect(decoded).toBe(sent);
      }
      outgoing.end();
      await new Promise((resolve) => decoder.once("end", resolve));
      expect(decoded).toBe(sent);
    });

    it("breaks off if the content breaks off", async () => {
      const outcome = await new Promise<string>((resolve) => {
        const outgoing = request(`${subject.url}/${coding}/broken`, { method: "POST" });
        outgoing.on("response", (incoming) => {
          incoming.once("data", () => outgoing.write("second piece"));
          incoming.on("end", () => resolve("whole"));
          incoming.on("error", () => resolve("broken off"));
        });
        outgoing.on("error", () => resolve("broken off"));
        outgoing.write("first piece");
      });
      expect(outcome).toBe("broken off");
    });

    const program = PROGRAMS[coding];
    if (program === "brotli" && !hasProgram(program)) return;
    it("is read by programs of others", needs(program), async () => {
      const content = new Uint8Array(text(50_000));
      for (const how of ["inline", "stream"]) {
        const file = join(folder, `${runtime}.${coding}`);
        writeFileSync(file, await code(`${coding}/${how}`, content));
        const { stdout } = spawnSync(program, ["-dc", file], { maxBuffer: 1 << 24 });
        expect(stdout.equals(Buffer.from(content)), how).toBe(true);
      }
    });
  });

  it.each(CODINGS.filter((coding) => coding === "gzip" || curl === "" || curl.includes(coding)))(
    "curl --compressed reads %s",
    needs("curl"),
    async (coding) => {
      const file = join(folder, "content.txt");
      writeFileSync(file, text(200_000));
      for (const how of ["inline", "best", "stream"]) {
        const argv = ["-sf", "--compressed", "--data-binary", `@${file}`, "-H", "Expect:"];
        argv.push(`${subject.url}/${coding}/${how}`);
        const { stdout } = await run("curl", argv, { encoding: "buffer" });
        expect(stdout.equals(text(200_000)), how).toBe(true);
      }
    },
  );
});
