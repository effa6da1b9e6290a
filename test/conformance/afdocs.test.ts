import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { parse } from "jsonc-parser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needsThat } from "../support/needs.ts";
import { runsOf } from "../support/sample.ts";
import { startDemoOrigin, type DemoOrigin } from "../../src/cli/start/demo/origin.ts";
import { send } from "../support/client.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const root = new URL("../..", import.meta.url).pathname;
/** Folder with the checker's package, where it is not a dependency. */
const modules = process.env["WAYLEAVE_CHECKERS"] ?? join(root, "node_modules");
const checker = join(modules, "afdocs", "bin", "afdocs.mjs");
const needed = needsThat(existsSync(checker), "afdocs");

interface Report {
  readonly results: readonly {
    readonly id: string;
    readonly status: string;
    readonly message: string;
  }[];
  readonly scoring: { readonly overall: number };
}

describe.each(Object.keys(RUNTIMES) as RuntimeName[])(
  "afdocs on the demo site behind %s",
  needed,
  (runtime) => {
    let origin: DemoOrigin;
    let proxy: Proxy;

    beforeAll(async () => {
      origin = await startDemoOrigin({ root: join(root, "fixtures", "site") });
      const example = readFileSync(join(root, "rules/examples/agent-ready.jsonc"), "utf8");
      const rules = parse(example, [], { allowTrailingComma: true }) as { defaults: object };
      // A page of 1 MB is there for other tests, and too long for any agent; the checker itself reads
      // all pages as UTF-8, and takes the footnotes of markdown for missing text.
      const exclude = ["/big/*", "/charsets/utf-16*", "/guide/content/"];
      const defaults = { ...rules.defaults, documents: { exclude } };
      proxy = await RUNTIMES[runtime]({ origin: origin.url, rules: { ...rules, defaults } });
      // The list fills in behind the first answer.
      await send(`${proxy.url}/llms.txt`);
      await new Promise((resolve) => setTimeout(resolve, 2000));
    });
    afterAll(async () => {
      await proxy?.close();
      await origin?.close();
    });

    it("fails no check and scores 100", async () => {
      const argv = `--format json --score --request-delay 0 --sampling deterministic --max-links ${runsOf(50, 20)} -q`;
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [checker, "check", proxy.url, ...argv.split(" "), "--network-context", "ci"],
        { maxBuffer: 64 * 1024 * 1024 },
      );
      const { results, scoring } = JSON.parse(stdout) as Report;
      const bad = results.filter(({ status }) => status === "fail" || status === "error");
      expect(bad).toEqual([]);
      const status = new Map(results.map(({ id, status }) => [id, status]));
      for (const id of OURS) expect([id, status.get(id)]).toEqual([id, "pass"]);
      expect(scoring.overall).toBe(100);
    }, 180_000);
  },
);

/** Checks that the proxy alone decides; the others weigh the site's own wording. */
const OURS = [
  "llms-txt-exists",
  "llms-txt-valid",
  "llms-txt-size",
  "llms-txt-links-resolve",
  "llms-txt-links-markdown",
  "llms-txt-directive-html",
  "llms-txt-directive-md",
  "markdown-url-support",
  "content-negotiation",
  "markdown-code-fence-validity",
  "markdown-link-portability",
  "http-status-codes",
  "redirect-behavior",
  "cache-header-hygiene",
];
