import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand, shellLine } from "../support/cli.ts";

const run = promisify(execFile);
const root = new URL("../..", import.meta.url).pathname;
let folder: string;

const FAULTY = '{\n  "defaults": { "markdwon": true }\n}\n';
const DUBIOUS = `{
  "rules": [
    { "name": "all", "markdown": true },
    { "name": "v1", "match": { "path": "/v1/*" }, "markdown": false }
  ]
}
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-check-"));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write("faulty.jsonc", FAULTY);
  write("dubious.jsonc", DUBIOUS);
  write("table.jsonc", '{\n  "agents": { "bots": "./bots.jsonc" }\n}\n');
  write("bots.jsonc", '[\n  { "name": "X", "operator": "O", "category": "Othr" }\n]\n');
  write("lost.jsonc", '{\n  "agents": { "bots": "./none.jsonc" }\n}\n');
  write("many.jsonc", `{${Array.from({ length: 5000 }, (_, i) => `"k${i}": 1`).join(",\n")}}`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const check = (...argv: string[]) => runCommand(folder, ["check", ...argv]);

describe("check", () => {
  it("shows a fault in its line, and ends with 1", async () => {
    expect(await check("faulty.jsonc")).toEqual({
      code: 1,
      err: "",
      out: `faulty.jsonc:2:17: fault: unknown key "markdwon"; did you mean "markdown"?
   2 |   "defaults": { "markdwon": true }
     |                 ^
faulty.jsonc: 1 fault, 0 warnings
`,
    });
  });

  it("gives a program exactly five members for each fault", async () => {
    const { code, out } = await check("faulty.jsonc", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      faults: [
        {
          pointer: "/defaults/markdwon",
          line: 2,
          column: 17,
          code: "unknown-key",
          message: 'unknown key "markdwon"; did you mean "markdown"?',
        },
      ],
      warnings: [],
    });
  });

  it("ends with 0 where there are only warnings", async () => {
    const { code, out } = await check("dubious.jsonc");
    expect(code).toBe(0);
    expect(out)
      .toBe(`dubious.jsonc:4:5: warning: rule "v1" never decides: "all" comes before and matches all that it matches
   4 |     { "name": "v1", "match": { "path": "/v1/*" }, "markdown": false }
     |     ^
dubious.jsonc: 0 faults, 1 warning
`);
    const json = JSON.parse((await check("--json", "dubious.jsonc")).out) as object;
    expect(json).toMatchObject({
      faults: [],
      warnings: [{ pointer: "/rules/1", line: 4, column: 5, code: "never-decides" }],
    });
  });

  it("reads several files, and says which each fault is in", async () => {
    const { code, out } = await check("dubious.jsonc", "faulty.jsonc", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      faults: [{ file: "faulty.jsonc" }],
      warnings: [{ file: "dubious.jsonc" }],
    });
    expect((await check("dubious.jsonc", "faulty.jsonc")).out).toMatch(
      /\n2 files: 1 fault, 1 warning\n$/,
    );
  });

  it("names the places of faults in the bot table, in that file", async () => {
    const { code, out } = await check("table.jsonc");
    expect(code).toBe(1);
    expect(out).toContain(
      'bots.jsonc:2:47: fault: unknown value "Othr"; did you mean "Other"?\n   2 |   { "name": "X"',
    );
  });

  it("names the line of a bot table that is not there", async () => {
    expect((await check("lost.jsonc")).out).toMatch(
      /^lost\.jsonc:2:23: fault: there is no bot table at "\.\/none\.jsonc"\n/,
    );
  });

  it("takes the rules that come along where no file is named", async () => {
    const { code, out } = await check();
    expect(code).toBe(0);
    expect(out).toMatch(/rules\/default\.jsonc: 0 faults, 0 warnings\n$/);
  });

  it.each([
    [["none.jsonc"], "wayleave check: can't read the rules file none.jsonc\n"],
    [["."], "wayleave check: can't read the rules file .\n"],
  ])("ends with 2 where a file can't be read: %j", async (argv, err) => {
    expect(await check(...argv)).toEqual({ code: 2, out: "", err });
    expect(await check("faulty.jsonc", ...argv)).toEqual({ code: 2, out: "", err });
  });

  it("ends with 2 at an option that it does not know", async () => {
    expect((await check("--jsn")).code).toBe(2);
  });

  it("ends quietly where the reader has seen enough", async () => {
    const line = shellLine("wayleave check many.jsonc | head -1");
    const { stdout, stderr } = await run("bash", ["-o", "pipefail", "-c", line], { cwd: folder });
    expect(stdout).toContain('many.jsonc:1:2: fault: unknown key "k0"');
    expect(stderr).toBe("");
  });

  it.each([
    ["colors on a terminal", "", true],
    ["no color where NO_COLOR says so", "NO_COLOR=1 ", false],
    ["no color on a dumb terminal", "TERM=dumb ", false],
  ])("prints %s", async (_, before, isColored) => {
    const line = `${before}${shellLine("wayleave check faulty.jsonc")}`;
    const env = { ...process.env, TERM: "xterm", NO_COLOR: "" };
    const script = ["-qec", line, "/dev/null"];
    const { stdout } = await run("script", script, { cwd: folder, env }).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toContain("unknown key");
    expect(stdout.includes("\u001b[31m")).toBe(isColored);
  });

  it("finds nothing wrong in the rules that come along", async () => {
    const { code, out } = await runCommand(root, ["check", "rules/default.jsonc"]);
    expect({ code, out }).toEqual({ code: 0, out: "rules/default.jsonc: 0 faults, 0 warnings\n" });
  });
});
