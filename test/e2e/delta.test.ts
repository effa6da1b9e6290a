import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { brotliDecompressSync, zstdDecompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { nativeDcb } from "../../src/codecs/brotli-native.ts";
import { builtCommand } from "../support/built-command.ts";

const root = new URL("../..", import.meta.url).pathname;
const module = await builtCommand();
const OLD = "fixtures/site/assets/app.v1.js";
const NEW = "fixtures/site/assets/app.v2.js";

function wayleave(...argv: string[]) {
  const command = ["--disable-warning=ExperimentalWarning", module, ...argv];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: root });
  return { status, out: stdout, err: stderr.toString() };
}

describe("delta", () => {
  const dictionary = readFileSync(root + OLD);
  const decoders = {
    dcb: (body: Buffer) => brotliDecompressSync(body.subarray(36), { dictionary } as object),
    dcz: (body: Buffer) => zstdDecompressSync(body.subarray(40), { dictionary }),
  };

  it.each([
    ["dcb", "native"],
    ["dcb", "wasm"],
    ["dcz", "native"],
    ["dcz", "wasm"],
  ] as const)("%s by the %s encoder decodes to the new file", (coding, encoder) => {
    const ran = wayleave(
      "delta",
      "--coding",
      coding,
      "--encoder",
      encoder,
      "--dictionary",
      OLD,
      NEW,
    );
    if (coding === "dcb" && nativeDcb() === undefined) {
      // A Node whose Brotli ignores dictionaries can neither make nor read one.
      expect(ran.status).toBe(encoder === "native" ? 2 : 0);
      return;
    }
    expect(ran.status).toBe(0);
    expect(ran.out.length).toBeLessThan(4000);
    expect(decoders[coding](ran.out).equals(readFileSync(root + NEW))).toBe(true);
    expect(ran.err).toMatch(/^identity +258521\ngzip -6 +\d+\n/);
    expect(ran.err).toContain(`${coding} ${encoder}`.padEnd(13) + ran.out.length);
  });

  it.each([
    [["--coding", "gzip"], "--coding must be dcb or dcz"],
    [["--coding", "dcb"], "give the old file with --dictionary"],
    [["--coding", "dcb", "--dictionary", OLD], "give one new file"],
    [["--coding", "dcb", "--encoder", "wasm", "--dictionary", "none", NEW], "can't read none"],
    [
      ["--coding", "dcz", "--dictionary", OLD, "--quality", "23", NEW],
      "--quality must be a number from 1 to 22 for this coding and encoder",
    ],
  ])("refuses %j in one line", (argv, why) => {
    const { status, out, err } = wayleave("delta", ...argv);
    expect({ status, out: out.length, err }).toEqual({
      status: 2,
      out: 0,
      err: `wayleave delta: ${why}\n`,
    });
  });
});
