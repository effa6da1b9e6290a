import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = new URL("../..", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "wayleave-old-node-"));
const command = join(folder, "node_modules", ".bin", "wayleave");

/** Says another version than the one that runs, before the command does. */
const pretend = (version: string): string =>
  `data:text/javascript,${encodeURIComponent(
    `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } })`,
  )}`;

beforeAll(() => {
  // What the package has of its command, but nothing that it could load.
  const home = join(folder, "node_modules", "wayleave");
  mkdirSync(join(home, "scripts"), { recursive: true });
  mkdirSync(join(folder, "node_modules", ".bin"));
  writeFileSync(join(home, "package.json"), '{ "name": "wayleave", "type": "module" }');
  for (const name of ["wayleave.mjs", "node-version.mjs"]) {
    cpSync(join(ROOT, "scripts", name), join(home, "scripts", name));
  }
  symlinkSync(join("..", "wayleave", "scripts", "wayleave.mjs"), command);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(node: string, ...argv: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(node, argv, {
    encoding: "utf8",
    // Without npm and any other program: nothing can be fetched.
    env: { PATH: "/nowhere", HOME: folder },
  });
  return { status, stdout, stderr };
}

describe("the installed command", () => {
  it.each(["20.20.2", "22.18.0", "18.0.0", "9.11.2"])(
    "says in one line which Node it needs, on Node %s",
    (version) => {
      expect(run(process.execPath, "--import", pretend(version), command, "start")).toEqual({
        status: 2,
        stdout: "",
        stderr: `wayleave needs Node 22.19 or later; this is ${version}\n`,
      });
    },
  );

  it.each(["22.19.0", "23.0.0", "24.1.0"])("runs on Node %s", (version) => {
    const { stderr } = run(process.execPath, "--import", pretend(version), command, "start");
    expect(stderr).not.toContain("needs Node");
    // This copy has no command line to load.
    expect(stderr).toContain("dist/cli/main.js");
  });

  const old = ["/usr/bin/node", "/usr/local/bin/node"].find((path) => {
    const { stdout } = spawnSync(path, ["-p", "process.versions.node"], { encoding: "utf8" });
    return Number.parseInt(stdout ?? "", 10) < 22;
  });

  it.skipIf(old === undefined)("says so on the old Node of this system", () => {
    const { status, stdout, stderr } = run(old as string, command, "start");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/^wayleave needs Node 22\.19 or later; this is [\d.]+\n$/);
  });
});
