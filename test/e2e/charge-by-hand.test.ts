// The lines of "Try a charge by hand" in docs/access.md, in front of the demo site.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shellLine } from "../support/cli.ts";
import { needs } from "../support/needs.ts";
import { startCommand, type StartedProxy } from "../support/started.ts";

const page = readFileSync(new URL("../../docs/access.md", import.meta.url), "utf8");
const section = page.split("\n#### Try a charge by hand\n")[1]?.split("\n#### ")[0] ?? "";
const blockOf = (language: string): string =>
  section.split(`\n\`\`\`${language}\n`)[1]?.split("\n```")[0] ?? "";
const lines = blockOf("shell")
  .split(/^\$ /m)
  .slice(1)
  .map((text) => text.split(/\n(.*)/s));

const TOKEN = "the-token-of-the-operator";

describe.each(["node", "workers"])("docs/access.md, a charge by hand on %s", (runtime) => {
  let folder: string;
  let proxy: StartedProxy;
  let command: (line: string) => string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "wayleave-charge-"));
    writeFileSync(join(folder, "paid.jsonc"), blockOf("jsonc"));
    const argv = ["--rules", "paid.jsonc", "--runtime", runtime];
    proxy = await startCommand(folder, argv, { ADMIN_TOKEN: TOKEN });
    const wayleave = await shellLine("wayleave");
    command = (line) =>
      line
        .replaceAll(/^wayleave|(?<=\| )wayleave/g, wayleave)
        .replaceAll("http://127.0.0.1:8787", proxy.url);
  }, 180_000);
  afterAll(async () => {
    await proxy?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("prints what it says", { ...needs("bash", "curl"), timeout: 180_000 }, async () => {
    expect(lines).toHaveLength(6);
    for (const [line = "", output = ""] of lines) {
      const env = { ...process.env, ADMIN_TOKEN: TOKEN };
      const running = promisify(execFile)("bash", ["-c", command(line)], { cwd: folder, env });
      const { stdout, stderr } = await running;
      const printed = stdout.replaceAll("\r", "").trimEnd();
      const said = printed.replace(/^(crawler-[\w-]+):/gim, (name) => name.toLowerCase());
      expect([line, said, stderr]).toEqual([line, output.trimEnd(), ""]);
    }
  });
});
