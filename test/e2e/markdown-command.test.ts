import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtCommand } from "../support/built-command.ts";
import { startDemoOrigin, type DemoOrigin } from "../../src/cli/start/demo/origin.ts";
import { send } from "../support/client.ts";
import { turndownBy } from "../../src/cli/turndown.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const main = await builtCommand();
const root = new URL("../../fixtures/site", import.meta.url).pathname;

/** Runs `wayleave markdown` to its end. */
async function markdown(argv: readonly string[], input?: Uint8Array) {
  const child = spawn(process.execPath, [
    "--disable-warning=ExperimentalWarning",
    main,
    "markdown",
    ...argv,
  ]);
  const out: Buffer[] = [];
  let err = "";
  child.stdout.on("data", (piece: Buffer) => out.push(piece));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const [code] = (await once(child, "close")) as [number];
  return { code, out: Buffer.concat(out), err };
}

describe("wayleave markdown", () => {
  const rules = {
    defaults: { markdown: { llmsTxtLine: true, ignore: [".breadcrumb"] } },
    rules: [{ name: "none", match: { path: "/v1/*" }, markdown: false }],
  };
  let folder: string;
  let file: string;
  let origin: DemoOrigin;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "wayleave-markdown-"));
    file = join(folder, "rules.jsonc");
    writeFileSync(file, JSON.stringify(rules));
    origin = await startDemoOrigin({ root });
  });
  afterAll(async () => {
    await origin?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(Object.keys(RUNTIMES) as RuntimeName[])("prints what %s serves", async (runtime) => {
    for (const [text, set] of [
      [[], { defaults: { markdown: true } }],
      [["--rules", file], rules],
    ] as const) {
      const proxy: Proxy = await RUNTIMES[runtime]({ origin: origin.url, rules: set });
      try {
        for (const path of ["/install/", "/charsets/shift_jis/"]) {
          const served = await send(`${proxy.url}${path}index.md?a=b`);
          expect(served.status).toBe(200);
          const page = join(root, path, "index.html");
          const url = ["--url", `${proxy.url}${path}?a=b`];
          const printed = path.startsWith("/charsets/")
            ? await markdown([...text, ...url], readFileSync(page))
            : await markdown([...text, ...url, page]);
          expect(printed.err).toBe("");
          expect(printed.out.toString(), path).toBe(served.body.toString());
          expect(printed.out.equals(served.body)).toBe(true);
        }
      } finally {
        await proxy.close();
      }
    }
  });

  it("converts with an operator's turndown rules, as the proxy does", async () => {
    const plugin = join(folder, "turndown.mjs");
    writeFileSync(
      plugin,
      `export default (service) => {
        service.use((plugged) => plugged.addRule("mark", {
          filter: ["mark"],
          replacement: (content) => \`==\${content}==\`,
        }));
      };`,
    );
    const second = join(folder, "second.jsonc");
    const text = { defaults: { markdown: { engine: "turndown", frontmatter: false } } };
    writeFileSync(second, JSON.stringify(text));
    const input = Buffer.from("<p>a <mark>b</mark></p>");
    const argv = ["--rules", second, "--turndown", plugin];
    expect((await markdown(argv, input)).out.toString()).toBe("a ==b==\n");
    writeFileSync(plugin, "export default 1");
    const failed = await markdown(argv, input);
    expect(failed.code).toBe(2);
    expect(failed.err).toContain("must be a function of a turndown service");
    expect((await markdown(["--turndown", join(folder, "none.mjs")], input)).code).toBe(2);

    writeFileSync(
      plugin,
      `export default (service) => service.addRule("h1", {
        filter: "h1",
        replacement: (content) => \`\\n\\n!! \${content}\\n\\n\`,
      });`,
    );
    const proxy = await RUNTIMES.node({
      origin: origin.url,
      rules: text,
      platform: { loadTurndown: turndownBy({ file: plugin }) },
    });
    try {
      const { body } = await send(`${proxy.url}/install/index.md`);
      expect(body.toString()).toMatch(/^!! \w/m);
    } finally {
      await proxy.close();
    }
  });

  it("says that the rules serve no markdown, and names a file that it can't read", async () => {
    const off = await markdown(["--rules", file, "--url", "http://x.example/v1/a/"]);
    expect(off).toMatchObject({
      code: 1,
      err: "wayleave markdown: the rules switch markdown off for http://x.example/v1/a/\n",
    });
    expect((await markdown(["none.html"])).err).toBe("wayleave markdown: can't read none.html\n");
    expect((await markdown(["--url", "x"])).code).toBe(2);
    expect((await markdown(["a", "b"])).code).toBe(2);
  });
});
