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

const RUNTIME = `{
  "originHost": "public",
  "defaults": { "markdown": { "engine": "turndown" } },
  "rules": [
    { "name": "a", "match": { "agent": { "name": "Bytespider", "evidence": "verified" } }, "access": true }
  ]
}
`;
const TEN = `{
  "origin": "https://www.example.com/path",
  "publicOrgin": "https://www.example.com",
  "agents": { "trustedProxyHops": 99 },
  "defaults": {
    "markdown": "obsrve", "compression": { "percentage": 500 },
    "markdown": true
  },
  "rules": [
    { "match": { "path": "docs/*" }, "markdown": true },
    { "name": "a", "compression": { "dictionary": { "match": "/app.(\\\\d+).js" } } },
    { "name": "b", "compression": { "dictionary": { "match": "https://cdn.example/*.js" } } },
    { "name": "c", "match": { "agent": { "category": "AI Crwler" } }, "markdown": true }
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
  write(
    "wide.jsonc",
    `{ "defaults": { /* ${"宽".repeat(60)} */ "markdwon": true } } // ${"long ".repeat(40)}\n`,
  );
  write("runtime.jsonc", RUNTIME);
  write("ten.jsonc", TEN);
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
      notes: [],
    });
  });

  it("ends with 0 if there are only warnings", async () => {
    const { code, out } = await check("dubious.jsonc");
    expect(code).toBe(0);
    expect(out).toBe(`dubious.jsonc:4:5: warning: rule "v1" never decides: "all" comes before and
  matches all the same requests
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

  it("says that a Worker would answer 503 if rules about access have faults", async () => {
    const rules = { rules: [{ name: "x", access: { action: "blok" } }] };
    writeFileSync(join(folder, "closed.jsonc"), JSON.stringify(rules));
    const text = (await check("closed.jsonc")).out.replaceAll(/\s+/g, " ");
    expect(text).toContain("would answer 503 to all requests except those for robots.txt");
    expect((await check("closed.jsonc", "--runtime", "node")).out).not.toContain("503");
    expect((await check("faulty.jsonc")).out).not.toContain("503");
  });

  it("uses the default rules if no file is named", async () => {
    const { code, out } = await check();
    expect(code).toBe(0);
    expect(out).toMatch(/rules\/default\.jsonc: 0 faults, 0 warnings\n$/);
  });

  it.each([
    [["none.jsonc"], "wayleave check: can't read the rules file none.jsonc: it does not exist\n"],
    [["."], "wayleave check: can't read the rules file .: it is a folder\n"],
  ])("ends with 2 if a file can't be read: %j", async (argv, err) => {
    expect(await check(...argv)).toEqual({ code: 2, out: "", err });
    expect(await check("faulty.jsonc", ...argv)).toEqual({ code: 2, out: "", err });
  });

  it("ends with 2 at an option that it does not know", async () => {
    expect((await check("--jsn")).code).toBe(2);
  });

  it("ends quietly if the reader closes the pipe, and still reports faults by its exit code", async () => {
    const line = `${await shellLine("wayleave check many.jsonc")} | head -1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await run("bash", ["-c", line], { cwd: folder });
    expect(stdout).toBe('many.jsonc:1:2: fault: unknown key "k0"\n1\n');
    expect(stderr).toBe("");
  });

  it("fits into 80 columns, whatever is in the file, and points at the place", async () => {
    for (const name of ["wide.jsonc", "dubious.jsonc", "runtime.jsonc"]) {
      const { out } = await check(name);
      const lines = out.split("\n");
      for (const line of lines) {
        const wide = Array.from(line).filter((char) => /\p{Script=Han}/u.test(char)).length;
        expect(Array.from(line).length + wide).toBeLessThanOrEqual(80);
      }
      expect(out).not.toContain("\u001b");
    }
    const [, shown = "", caret = ""] = (await check("wide.jsonc")).out.split("\n");
    const columns = Array.from(shown, (char) =>
      /\p{Script=Han}/u.test(char) ? [char, ""] : [char],
    );
    expect(columns.flat().slice(caret.indexOf("^")).join("")).toMatch(/^"markdwon"/);
  });

  it("has help that fits too", async () => {
    const { code, out } = await check("--help");
    expect(code).toBe(0);
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("says which runtime a warning is for, and leaves out the other's", async () => {
    const codes = async (...argv: string[]): Promise<string[]> => {
      const { out } = await check("runtime.jsonc", "--json", ...argv);
      const { warnings } = JSON.parse(out) as { warnings: { pointer: string; message: string }[] };
      return warnings.map(({ pointer, message }) => `${pointer} ${message.split(",")[0]}`);
    };
    const workers = ["/originHost on Workers", "/defaults/markdown/engine on Workers"];
    const hosts = "/originHost on Node";
    const evidence = "/rules/0/match/agent/evidence on Node";
    const node = [hosts, evidence];
    const [first, ...others] = workers;
    expect(new Set(await codes())).toEqual(new Set([first, hosts, ...others, evidence]));
    expect(await codes("--runtime", "workers")).toEqual(workers);
    expect(await codes("--runtime", "node")).toEqual(node);
    const wrong = await check("runtime.jsonc", "--runtime", "deno");
    expect(wrong).toEqual({
      code: 2,
      out: "",
      err: 'wayleave check: --runtime must be "workers" or "node", not "deno"\n',
    });
  });

  it("reports ten faults of ten kinds in one run, each in its place", async () => {
    const { code, out } = await check("ten.jsonc", "--json");
    expect(code).toBe(1);
    const { faults } = JSON.parse(out) as {
      faults: { line: number; column: number; pointer: string; message: string }[];
    };
    /** Line and column of a piece of the file, counted by hand. */
    const placeOf = (piece: string): string => {
      const before = TEN.slice(0, TEN.lastIndexOf(piece)).split("\n");
      return `${before.length}:${(before.at(-1) ?? "").length + 1}`;
    };
    expect(
      faults.map(
        ({ line, column, pointer, message }) => `${line}:${column} ${pointer}: ${message}`,
      ),
    ).toEqual(
      [
        [
          '"https://www.example.com/path"',
          '/origin: expected an origin such as "https://origin.internal", without a path, or a name in "origins", not "https://www.example.com/path"',
        ],
        ['"publicOrgin"', '/publicOrgin: unknown key "publicOrgin"; did you mean "publicOrigin"?'],
        ["99", "/agents/trustedProxyHops: expected 16 or less, not 99"],
        [
          '"obsrve"',
          '/defaults/markdown: expected true, false, "observe" or an object, not "obsrve"; did you mean "observe"?',
        ],
        ["500", "/defaults/compression/percentage: expected 100 or less, not 500"],
        ['"markdown": true\n', '/defaults/markdown: the key "markdown" appears twice'],
        ['{ "match": { "path": "docs', '/rules/0/name: missing key "name"'],
        ['"docs/*"', '/rules/0/match/path: a path must begin with "/"'],
        [
          '"/app.',
          "/rules/1/compression/dictionary/match: browsers ignore a dictionary whose pattern has regular expression groups",
        ],
        [
          '"https://cdn',
          '/rules/2/compression/dictionary/match: browsers ignore a dictionary for another origin; write only the path, which begins with "/"',
        ],
        [
          '"AI Crwler"',
          '/rules/3/match/agent/category: unknown value "AI Crwler"; did you mean "AI Crawler"?',
        ],
      ].map(([piece = "", said]) => `${placeOf(piece)} ${said}`),
    );
    const text = (await check("ten.jsonc")).out;
    expect(text).toMatch(/\nten\.jsonc: 11 faults, 0 warnings\n$/);
  });

  it.each([
    ["colors on a terminal", "", true],
    ["no color where NO_COLOR says so", "NO_COLOR=1 ", false],
    ["no color on a dumb terminal", "TERM=dumb ", false],
  ])("prints %s", async (_, before, isColored) => {
    const line = `${before}${await shellLine("wayleave check faulty.jsonc")}`;
    const env = { ...process.env, TERM: "xterm", NO_COLOR: "" };
    const script = ["-qec", line, "/dev/null"];
    const { stdout } = await run("script", script, { cwd: folder, env }).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toContain("unknown key");
    expect(stdout.includes("\u001b[31m")).toBe(isColored);
  });

  it("finds no fault in the default rules", async () => {
    const { code, out } = await runCommand(root, ["check", "rules/default.jsonc"]);
    expect({ code, out }).toEqual({ code: 0, out: "rules/default.jsonc: 0 faults, 0 warnings\n" });
  });
});
