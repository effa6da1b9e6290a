import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect, it } from "vitest";
import { needs } from "../support/needs.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const text = readFileSync(join(ROOT, "docs", "self-hosting.md"), "utf8");

it("has units that systemd understands", needs("systemd-analyze"), () => {
  const [unit = "", socket = ""] = Array.from(
    text.matchAll(/```ini\n([\s\S]*?)```/g),
    ([, each]) => each,
  );
  const folder = mkdtempSync(join(tmpdir(), "wayleave-unit-"));
  const path = join(folder, "wayleave.service");
  writeFileSync(join(folder, "wayleave.socket"), socket);
  // Nothing is installed where the unit looks for it.
  writeFileSync(path, unit.replace(/(?<=^ExecStart=)\S+/m, process.execPath));
  const { status, stderr } = spawnSync(
    "systemd-analyze",
    ["verify", path, join(folder, "wayleave.socket")],
    { encoding: "utf8" },
  );
  rmSync(folder, { recursive: true });
  expect(stderr.split("\n").filter((line) => line.includes("wayleave"))).toEqual([]);
  expect(status).toBe(0);
});
