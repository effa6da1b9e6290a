import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDemoOrigin, type DemoOrigin } from "../../src/cli/start/demo/origin.ts";
import { runCommand, shellLine } from "../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "explain-"));
const rules = join(folder, "rules.jsonc");
const site = new URL("../../fixtures/site", import.meta.url).pathname;
const shell = promisify(execFile);

beforeAll(() => {
  const text = { defaults: { canonicalRedirect: true, markdown: true, documents: true } };
  writeFileSync(rules, JSON.stringify(text));
});

describe("wayleave explain", () => {
  it("answers on standard output, and ends with 0", async () => {
    const { code, out, err } = await runCommand(folder, ["explain", "/", "--rules", rules]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^GET https:\/\/www\.example\.com\/ → 200\n\n/);
    expect(out).not.toContain("\u001b");
  });

  it("complains on standard error, and ends with 2", async () => {
    const { code, out, err } = await runCommand(folder, ["explain", "/", "--as", "Nobody"]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toBe('wayleave explain: --as: the bot table has no "Nobody"\n');
  });

  it("ends quietly if its reader closes the pipe", async () => {
    const line = await shellLine(`set -o pipefail; wayleave explain / --rules ${rules} | true`);
    const { stdout, stderr } = await shell("bash", ["-c", `${line}; echo "code $?"`]);
    expect({ stdout, stderr }).toEqual({ stdout: "code 0\n", stderr: "" });
  });
});

describe("wayleave explain --origin", () => {
  let origin: DemoOrigin;
  beforeAll(async () => {
    origin = await startDemoOrigin({ root: site });
  });
  afterAll(() => origin.close());

  const live = (...argv: string[]) =>
    runCommand(folder, ["explain", ...argv, "--rules", rules, "--origin", origin.url]);

  it("sends the request to the origin as the proxy would", async () => {
    const argv = ["https://docs.example.com/v1/install/", "--as", "GPTBot", "--verified"];
    const { code, out } = await live(...argv);
    expect(code).toBe(0);
    expect(out).toContain("GET https://docs.example.com/v1/install/ → 301");
    expect(out).toContain("redirected: to https://docs.example.com/install/");
  });

  it("shows the origin's response", async () => {
    const { out } = await live("/install/", "--header", "Accept: text/markdown", "--json");
    const trace = JSON.parse(out) as { answer: { fields: [string, string][] } };
    const fields = Object.fromEntries(trace.answer.fields);
    expect(fields["content-type"]).toBe("text/markdown; charset=utf-8");
    expect(fields["etag"]).toMatch(/;wl=md"$/);
  });

  it("reports an origin that can't be reached", async () => {
    await origin.close();
    const { code, out } = await live("/install/");
    expect(code).toBe(0);
    expect(out).toContain("→ 502");
    origin = await startDemoOrigin({ root: site });
  });
});

describe("wayleave test", () => {
  it("ends with 1 if a test fails", async () => {
    const tests = {
      tests: [{ name: "a", request: { url: "/" }, expect: { markdown: "markdown" } }],
    };
    writeFileSync(join(folder, "rules.test.jsonc"), JSON.stringify(tests));
    const { code, out } = await runCommand(folder, ["test", "--rules", rules]);
    expect(code).toBe(1);
    expect(out.trimEnd().split("\n").at(-1)).toMatch(/rules\.test\.jsonc: 1 test, 1 failed$/);
  });
});
