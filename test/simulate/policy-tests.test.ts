import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findPolicyTests } from "../../src/cli/test/find.ts";
import { test as command } from "../../src/cli/test/command.ts";

const root = mkdtempSync(join(tmpdir(), "wayleave-test-"));
let folders = 0;

/** A folder with these files; those that are no text are written as JSON. */
function folderOf(files: Readonly<Record<string, unknown>>): string {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(
      join(folder, name),
      typeof content === "string" ? content : JSON.stringify(content),
    );
  }
  return folder;
}

async function run(folder: string, ...argv: string[]) {
  let out = "";
  let err = "";
  const code = await command.run({
    argv: ["--rules", join(folder, "site.jsonc"), ...argv],
    env: {},
    // oxlint-disable-next-line require-yield -- no input
    input: (async function* () {})(),
    color: false,
    out: (text) => void (out += text as string),
    err: (text) => void (err += text),
  });
  return { code, out: out.replaceAll(`${folder}/`, ""), err: err.replaceAll(`${folder}/`, "") };
}

const RULES = {
  publicOrigin: "https://www.example.com",
  defaults: { markdown: true, canonicalRedirect: "observe" },
  rules: [{ name: "old manual", match: { path: "/v1/*" }, canonicalRedirect: true }],
};

const tests = (...list: object[]) => ({ tests: list });
const redirected = {
  name: "a crawler leaves the old manual",
  request: { url: "/v1/a", as: "GPTBot", evidence: "signature" },
  response: { html: "<link rel=canonical href=/a>" },
};

describe("wayleave test", () => {
  it("passes if the rules do what the tests say", async () => {
    const folder = folderOf({
      "site.jsonc": RULES,
      "site.test.jsonc": tests(
        { ...redirected, expect: { canonicalRedirect: "redirect to /a", status: 301 } },
        { ...redirected, expect: { canonicalRedirect: "redirect to https://www.example.com/a" } },
        {
          ...redirected,
          expect: {
            canonicalRedirect: {
              action: "redirect",
              to: "/a",
              rule: "old manual",
              mode: "enforce",
              reason: "canonical",
            },
            headers: { Location: "https://www.example.com/a", Vary: null },
          },
        },
      ),
    });
    const { code, out, err } = await run(folder);
    expect({ code, out, err }).toEqual({
      code: 0,
      out: "site.test.jsonc: 3 tests, 0 failed\n",
      err: "",
    });
  });

  it("shows the expected and the actual outcome, and the reason", async () => {
    const folder = folderOf({
      "site.jsonc": RULES,
      "site.test.jsonc": `{
  "tests": [
    {
      "name": "anyone is redirected",
      "request": { "url": "/v1/a", "as": "GPTBot" },
      "expect": { "canonicalRedirect": "redirect to /a", "status": 301, "headers": { "x-a": "1" } },
    },
  ],
}`,
    });
    const { code, out } = await run(folder);
    expect(code).toBe(1);
    expect(out).toBe(`FAIL site.test.jsonc:3: anyone is redirected
  canonicalRedirect.action
  - redirect
  + stay
    not redirected: nothing proves the agent's claim; the rule requires verified
    (rule "old manual", enforce)
  canonicalRedirect.to
  - https://www.example.com/a
  + (none)
  status
  - 301
  + 200
  headers.x-a
  - 1
  + (none)
site.test.jsonc: 1 test, 1 failed
`);
  });

  it("compares a word with the client's response, and observe with the outcome in enforce", async () => {
    const watched = { ...redirected, request: { ...redirected.request, url: "/v2/a" } };
    const folder = folderOf({
      "site.jsonc": RULES,
      "site.test.jsonc": tests(
        { ...watched, expect: { canonicalRedirect: "stay" } },
        { ...watched, expect: { canonicalRedirect: { action: "redirect", mode: "observe" } } },
        { ...watched, expect: { canonicalRedirect: "redirect" } },
        { ...watched, expect: { canonicalRedirect: { action: "redirect", mode: "enforce" } } },
        { ...watched, expect: { canonicalRedirect: "off" } },
        { ...watched, expect: { access: "allow", compression: "plain", documents: "off" } },
      ),
    });
    const { out } = await run(folder, "--json");
    const report = JSON.parse(out) as { tests: { passed: boolean }[]; failed: number };
    expect(report.tests.map(({ passed }) => passed)).toEqual([
      true,
      true,
      false,
      false,
      false,
      true,
    ]);
    expect(report.failed).toBe(3);
  });

  it("keeps each test apart from those before it", async () => {
    const asked = { url: "/v1/a", as: "GPTBot", evidence: "signature" };
    const folder = folderOf({
      "site.jsonc": RULES,
      "site.test.jsonc": tests(
        { ...redirected, expect: { status: 301 } },
        { name: "no canonical", request: asked, expect: { canonicalRedirect: "stay" } },
      ),
    });
    expect((await run(folder)).code).toBe(0);
  });

  it("reads a page from a file beside the tests", async () => {
    const folder = folderOf({
      "site.jsonc": RULES,
      "old.html": "<link rel=canonical href=/a>",
      "site.test.jsonc": tests({
        name: "redirected",
        request: redirected.request,
        response: { htmlFile: "./old.html" },
        expect: { canonicalRedirect: "redirect to /a" },
      }),
    });
    expect((await run(folder)).code).toBe(0);
  });

  it("accepts the origin's fields, type and status", async () => {
    const request = { url: "/page", headers: { Accept: "text/markdown" } };
    const reason = (word: string) => ({ markdown: { action: "html", reason: word } });
    const folder = folderOf({
      "site.jsonc": RULES,
      "site.test.jsonc": tests(
        { name: "a", request, response: { status: 500 }, expect: reason("status") },
        { name: "b", request, response: { type: "image/png" }, expect: reason("not-html") },
        {
          name: "c",
          request,
          response: { headers: { "Cache-Control": "no-transform" } },
          expect: reason("no-transform"),
        },
        { name: "d", request: { ...request, method: "POST" }, expect: reason("method") },
      ),
    });
    const { code, out } = await run(folder);
    expect(out).toBe("site.test.jsonc: 4 tests, 0 failed\n");
    expect(code).toBe(0);
  });
});

describe("faults in tests", () => {
  it("are all reported in their places, with suggestions", async () => {
    const folder = folderOf({
      "site.jsonc": RULES,
      "site.test.jsonc": `{
  "tests": [
    {
      "name": "a",
      "request": { "ulr": "/", "method": "get" },
      "expect": { "markdwon": "html", "canonicalRedirect": "redirect /a", "status": "200" }
    }
  ]
}`,
    });
    const { code, err, out } = await run(folder);
    expect(code).toBe(2);
    const text = err.replaceAll(/\s+/g, " ");
    const expected = [
      'site.test.jsonc:5:20: fault: unknown key "ulr"; did you mean "url"?',
      'site.test.jsonc:5:42: fault: expected a method in upper case, not "get"',
      'site.test.jsonc:6:19: fault: unknown key "markdwon"; did you mean "markdown"?',
      "site.test.jsonc:6:60: fault: expected ",
      'site.test.jsonc:6:85: fault: expected a number, not "200"',
    ];
    for (const fault of expected) expect(text).toContain(fault);
    expect(text.split("fault:")).toHaveLength(expected.length + 1);
    expect(out).toBe("site.test.jsonc: 0 tests, 0 failed\n");
  });

  it.each([
    [{ request: { url: "/", as: "GPTBott" } }, 'did you mean "GPTBot"?', "/tests/0/request/as"],
    [{ request: { url: "/", evidence: "signature" } }, '"as"', "/tests/0/request/evidence"],
    [
      { request: { url: "/" }, response: { htmlFile: "none.html" } },
      "can't read",
      "/tests/0/response/htmlFile",
    ],
    [{ request: { url: "ftp://x/" } }, "an http or https URL", "/tests/0/request/url"],
  ])("that only the bot table and the folder show: %j", async (part, message, pointer) => {
    const folder = folderOf({
      "site.jsonc": RULES,
      "site.test.jsonc": tests({ name: "a", ...part, expect: { markdown: "html" } }),
    });
    const { code, out } = await run(folder, "--json");
    expect(code).toBe(2);
    const { faults } = JSON.parse(out) as { faults: { pointer: string; message: string }[] };
    expect(faults).toMatchObject([{ pointer, message: expect.stringContaining(message) }]);
  });

  it("end if there are no tests, or no valid rules", async () => {
    await expect(run(folderOf({ "site.jsonc": RULES }))).rejects.toThrow(
      /site\.jsonc has no tests: write them to .*site\.test\.jsonc/,
    );
    const folder = folderOf({ "site.jsonc": { markdwon: true }, "site.test.jsonc": tests() });
    await expect(run(folder)).rejects.toThrow("the rules have faults");
  });
});

describe("the tests of a rules file", () => {
  it("are those named after it, and those named after none", () => {
    const names = "a.jsonc a.b.jsonc a.test.jsonc a.b.test.jsonc a.more.test.jsonc c.test.jsonc";
    const folder = folderOf(Object.fromEntries(names.split(" ").map((name) => [name, "{}"])));
    const of = (name: string) =>
      findPolicyTests(join(folder, name)).map((path) => path.slice(folder.length + 1));
    expect(of("a.jsonc")).toEqual(["a.more.test.jsonc", "a.test.jsonc", "c.test.jsonc"]);
    expect(of("a.b.jsonc")).toEqual(["a.b.test.jsonc", "c.test.jsonc"]);
  });
});
