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

  const XHTML = `<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>T</title><script src="a.js"/></head>
<body><h1>Caf\u00e9</h1><p>Some text.</p></body></html>`;
  const plain = (text: string): string => text.replace(/^---[^]*?---\n\n/, "");

  it("reads XHTML as XML by its name or its first bytes, unless a type is given", async () => {
    const named = join(folder, "page.xhtml");
    writeFileSync(named, XHTML.replace(/^<\?xml.*\n/, ""));
    const wanted = "# Caf\u00e9\n\nSome text.\n";
    expect(plain((await markdown([named])).out.toString())).toBe(wanted);
    for (const input of [
      Buffer.from(XHTML),
      Buffer.from(`\uFEFF${XHTML}`),
      Buffer.from(`\uFEFF${XHTML.replace("utf-8", "utf-16")}`, "utf16le"),
    ]) {
      expect(plain((await markdown([], input)).out.toString())).toBe(wanted);
    }
    // In HTML, a script ends at its end tag only.
    const typed = await markdown(["--type", "text/html", named]);
    expect(typed.out.toString()).not.toContain("Some text.");
    const bare = Buffer.from(XHTML.replace(/^<\?xml.*\n/, ""));
    expect((await markdown([], bare)).out.toString()).not.toContain("Some text.");
    const asXml = await markdown(["--type", "application/xhtml+xml"], bare);
    expect(plain(asXml.out.toString())).toBe(wanted);
  }, 60_000);

  it("reads the charset of the type, and refuses a type of no page", async () => {
    const input = Buffer.from([0x3c, 0x70, 0x3e, 0x93, 0x8c, 0x8b, 0x9e]);
    const read = await markdown(["--type", "text/html; charset=shift_jis"], input);
    expect(plain(read.out.toString())).toBe("\u6771\u4eac\n");
    for (const argv of [
      ["--type", "text/plain"],
      ["--type", "html"],
      ["--engine", "pandoc"],
    ]) {
      const refused = await markdown(argv, input);
      expect(refused.code).toBe(2);
      expect(refused.err).toContain(`${argv[0]} must be`);
    }
  }, 60_000);

  it.each(["stream", "turndown"])(
    "explains what the engine %s leaves out, and why",
    async (engine) => {
      const input = Buffer.from(
        `<nav class="menu top"><a href="/">Home of the menu</a></nav><main><h1>Title</h1>` +
          `<p>${"Some text of the page. ".repeat(40)}</p><div class="ad">Buy this</div></main>`,
      );
      const own = join(folder, "ads.jsonc");
      writeFileSync(
        own,
        JSON.stringify({ defaults: { markdown: { ignore: [".ad"], content: "all" } } }),
      );
      const argv = ["--engine", engine, "--rules", own];
      const quiet = await markdown(argv, input);
      expect(quiet.err).toBe("");
      const explained = await markdown([...argv, "--explain"], input);
      expect(explained.out.equals(quiet.out)).toBe(true);
      expect(explained.code).toBe(0);
      expect(explained.err).toContain('ignored  div.ad  "Buy this"');
      expect(explained.err).toMatch(/^\d+ parts? (?:is|are) left out:\n/);
      const all = await markdown(["--engine", engine, "--explain"], Buffer.from("<p>Text.</p>"));
      expect(all.err).toBe("Nothing was left out.\n");
    },
    60_000,
  );

  it.each(["stream", "turndown"])(
    "does as the rule says with a page of scripts, engine %s",
    async (engine) => {
      const app = Buffer.from(
        '<title>App</title><noscript>You need JavaScript</noscript><div id="root"></div>',
      );
      const noticed = await markdown(["--engine", engine, "--explain"], app);
      expect(noticed.code).toBe(0);
      expect(noticed.out.toString()).toContain("> **Rendered by script:**");
      expect(noticed.err).toContain("Only a script renders the page.");
      for (const [onScriptOnly, instead] of [
        ["html", "serve it as HTML"],
        ["406", "answer 406"],
      ]) {
        writeFileSync(file, JSON.stringify({ defaults: { markdown: { onScriptOnly } } }));
        const failed = await markdown(["--engine", engine, "--rules", file], app);
        expect(failed.code).toBe(1);
        expect(failed.out.length).toBe(0);
        expect(failed.err).toContain(`only a script renders the page; the proxy would ${instead}`);
      }
      writeFileSync(file, JSON.stringify(rules));
    },
    60_000,
  );

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
