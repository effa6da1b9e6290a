import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { staticKeys, verifyMessage, type KeySource } from "../../src/agent/web-bot-auth/index.ts";
import { runCommand } from "../support/cli.ts";
import { freePort } from "../support/runtimes.ts";

/** Not the bundle, whose modules can't fail one by one. */
const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const wayleave = (...argv: string[]) => runCommand(folder, argv);

describe("usage", () => {
  it("lists the commands", async () => {
    const { code, out } = await wayleave("--help");
    expect(code).toBe(0);
    for (const name of ["start", "check", "verify", "keys", "sign"])
      expect(out).toContain(`  ${name} `);
  });

  it.each([
    [["frobnicate"], 'wayleave: unknown command "frobnicate"; see wayleave --help\n'],
    [
      ["start", "--turndown", "rules.mjs"],
      "wayleave start: --turndown needs --runtime node; for a Worker, call useTurndown in its entry\n",
    ],
    [
      ["start", "--runtime", "deno"],
      'wayleave start: --runtime must be "workers" or "node", not "deno"\n',
    ],
    [
      ["start", "--port", "0"],
      'wayleave start: --port must be a number from 1 to 65535, not "0"\n',
    ],
    [
      ["start", "--origin", "example.com/x"],
      'wayleave start: --origin must be an origin such as https://www.example.com, not "example.com/x"\n',
    ],
    [
      ["start", "--rules", "none.jsonc"],
      "wayleave start: can't read the rules file none.jsonc: it does not exist\n",
    ],
    [["sign", "http://x/"], "wayleave sign: give the private key with --key FILE\n"],
    [["keys"], "wayleave keys: give the output folder with --out DIR\n"],
  ])("refuses %j in one line", async (argv, err) => {
    expect(await wayleave(...argv)).toEqual({ code: 2, out: "", err });
  });

  it("refuses an option that it does not know", async () => {
    const { code, err } = await wayleave("start", "--prot", "1");
    expect(code).toBe(2);
    expect(err).toMatch(/^wayleave start: Unknown option '--prot'/);
  });
});

describe("start", () => {
  it.each(["node", "workers"])(
    "says in one line that the %s runtime can't be loaded",
    async (name) => {
      const hooks = join(folder, "break.mjs");
      const breaks = `if (name.endsWith("/${name}.ts")) throw new SyntaxError("torn file");`;
      writeFileSync(
        hooks,
        `import { registerHooks } from "node:module";
      registerHooks({ load(name, context, next) { ${breaks} return next(name, context); } });`,
      );
      const port = String(await freePort());
      const argv = ["start", "--log", "off", "--runtime", name, "--port", port];
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ["--disable-warning=ExperimentalWarning", main, ...argv, "--origin", "http://127.0.0.1:9"],
        {
          cwd: folder,
          encoding: "utf8",
          env: { ...process.env, NODE_OPTIONS: `--import ${hooks}` },
        },
      );
      const line = `wayleave start: the runtime "${name}" can't be loaded: SyntaxError: torn file\n`;
      expect([status, stdout, stderr]).toEqual([1, "", line]);
    },
  );

  it("names the place of a fault in the rules", async () => {
    writeFileSync(join(folder, "bad.jsonc"), '{\n  "defaults": { "markdwon": true }\n}\n');
    const { code, err } = await wayleave("start", "--rules", "bad.jsonc");
    expect(code).toBe(2);
    expect(err).toContain('bad.jsonc:2:17: unknown key "markdwon"; did you mean "markdown"?');
  });

  it("says that the port is in use", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { code, err } = await wayleave("start", "--runtime", "node", "--port", String(port));
    server.close();
    expect(code).toBe(2);
    expect(err).toBe(`wayleave start: port ${port} is in use; choose another with --port\n`);
  });
});

describe("keys and sign", () => {
  it("make a request that verifies against the directory", async () => {
    const made = await wayleave("keys", "--out", "agent");
    expect(made.code).toBe(0);
    const keyFile = join(folder, "agent", "private.jwk.json");
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    const again = await wayleave("keys", "--out", "agent");
    expect(again.code).toBe(2);
    expect(again.err).toContain("exists already");

    const url = "https://site.example/page?x=1";
    const argv = ["sign", "--key", "agent/private.jwk.json", "--agent", "https://bot.example"];
    const signed = await wayleave(...argv, "--json", url);
    expect(signed.code).toBe(0);
    const fields = JSON.parse(signed.out) as Record<string, string>;
    const byName = new Map(
      Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const keys = await staticKeys(
      JSON.parse(readFileSync(join(folder, "agent", "directory.json"), "utf8")),
    );
    expect(keys).toBeDefined();
    const verdict = await verifyMessage(
      { method: "GET", url, field: (name) => byName.get(name) },
      keys as KeySource,
      { now: Date.now() / 1000, isAllowed: () => true },
    );
    expect(verdict).toMatchObject({ verdict: "verified", agent: "https://bot.example" });

    const curl = await wayleave(...argv, url);
    expect(curl.out).toMatch(/^header = "Signature-Agent: .*"\nheader = "Signature-Input: /);
  });
});
