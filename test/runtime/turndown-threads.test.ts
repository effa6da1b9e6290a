import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { threadedTurndown } from "../../src/runtime/node/threaded-turndown.ts";
import { streamEngine } from "../../src/features/markdown/stream/index.ts";
import { convertPage } from "../support/convert-page.ts";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { startCommand, type StartedProxy } from "../support/started.ts";

/** Turndown rules that mark, throw, or loop for ever, as the page says. */
const RULES = `export default (service) => {
  const rule = (tag, replacement) => service.addRule(tag, { filter: [tag], replacement });
  rule("mark", (content) => \`==\${content}==\`);
  rule("ins", () => { throw new Error("thrown by a rule"); });
  rule("del", () => { for (;;); });
};`;
const PAGE = { url: "https://www.example.com/a/", frontmatter: false };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-turndown-"));
  writeFileSync(join(folder, "rules.mjs"), RULES);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An engine with rules of its own, and the errors that it reports. */
function engineWith(rules: string) {
  const file = join(folder, `${Math.random()}.mjs`);
  writeFileSync(file, rules);
  const errors: string[] = [];
  const engine = threadedTurndown({
    rules: pathToFileURL(file).href,
    onFailed: (error) => errors.push(String(error)),
  });
  const convert = async (html: string, piece = html.length): Promise<string> => {
    const converter = engine.open(PAGE);
    let markdown = "";
    for (let at = 0; at < html.length; at += piece)
      markdown += converter.push(html.slice(at, at + piece));
    return markdown + (await converter.end());
  };
  return { engine, convert, errors };
}

describe("turndown on threads", () => {
  it("converts by the operator's rules, also a page that is cut, and names its own markdown", async () => {
    const { engine, convert, errors } = engineWith(RULES);
    expect(await convert("<p>a <mark>b</mark></p>", 3)).toBe("a ==b==\n");
    const converter = engine.open(PAGE);
    converter.push('<link rel="alternate" type="text/markdown" href="/a.md"><p>a <mark>b</mark>');
    expect(await converter.truncate()).toMatch(/^a ==b==\n\n.*https:\/\/www\.example\.com\/a\//s);
    expect(converter.alternate).toBe("https://www.example.com/a.md");
    expect(await converter.end()).toBe("");
    expect(errors).toEqual([]);
  });

  it("leaves a page to the standard engine if a rule throws, or the page is too large", async () => {
    const { convert } = engineWith(RULES);
    expect(await convert("<p>a <mark>b</mark> <ins>c</ins></p>")).toBe("a b c\n");
    const large = `<p>a <mark>b</mark></p>${"<p>Some text.</p>".repeat(100_000)}`;
    expect(await convert(large, 20_000)).toBe(convertPage(streamEngine, large, PAGE));
  });

  it("leaves pages to the standard engine if the thread fails", async () => {
    const { convert, errors } = engineWith(
      `import { isMainThread } from "node:worker_threads";
      if (!isMainThread) throw new Error("not on a thread");
      export default () => {};`,
    );
    expect(await convert("<p>a <mark>b</mark></p>")).toBe("a b\n");
    expect(errors).toEqual([expect.stringContaining("not on a thread")]);
  });

  it("leaves pages to the standard engine if too many wait", async () => {
    const { convert, errors } = engineWith(RULES);
    const made = await Promise.all(
      Array.from({ length: 30 }, async () => convert("<p>a <mark>b</mark></p>")),
    );
    expect(made.filter((each) => each === "a ==b==\n")).toHaveLength(10);
    expect(made.filter((each) => each === "a b\n")).toHaveLength(20);
    expect(errors).toEqual([]);
    expect(await convert("<p>a <mark>b</mark></p>")).toBe("a ==b==\n");
  });
});

describe("start --runtime node --turndown", () => {
  let origin: TestOrigin;
  let proxy: StartedProxy;

  beforeAll(async () => {
    origin = await startOrigin();
    for (const [path, content] of [
      ["/", "<p>a <mark>b</mark></p>"],
      ["/loop/", "<p>a <del>b</del></p>"],
      ["/counted/loop/", "<p>a <del>b</del></p>"],
    ] as const) {
      origin.routes.set(path, (_request, response) => {
        response.writeHead(200, { "content-type": "text/html" });
        response.end(content);
      });
    }
    const text = {
      defaults: { markdown: { engine: "turndown", frontmatter: false } },
      rules: [
        {
          name: "counted",
          match: { path: "/counted/*" },
          markdown: { engine: "turndown", frontmatter: false, tokens: true },
        },
      ],
    };
    writeFileSync(join(folder, "rules.jsonc"), JSON.stringify(text));
    const argv = ["--runtime", "node", "--rules", "rules.jsonc", "--turndown", "rules.mjs"];
    proxy = await startCommand(folder, [...argv, "--origin", origin.url]);
  }, 60_000);
  afterAll(async () => {
    await proxy?.stop();
    await origin?.close();
  });

  const get = async (target: string) => (await send(proxy.url + target)).body.toString();

  it("answers other requests while a rule loops for ever, and then that page by its own engine", async () => {
    expect(await get("/index.md")).toBe("a ==b==\n");
    let isDone = false;
    const looping = Promise.all([get("/loop/index.md"), get("/counted/loop/index.md")]).finally(
      () => (isDone = true),
    );
    // A client that does not wait for its page disturbs nothing.
    await expect(
      fetch(`${proxy.url}/loop/index.md?gone`, { signal: AbortSignal.timeout(500) }).then((got) =>
        got.text(),
      ),
    ).rejects.toThrow("aborted");
    expect((await send(`${proxy.url}/.wayleave/health`)).status).toBe(200);
    expect(isDone).toBe(false);
    expect(await looping).toEqual(["a ~~b~~\n", "a ~~b~~\n"]);
    await expect
      .poll(() => proxy.said())
      .toContain('"event":"turndown-failed","error":"Error: no result within');
    expect(await get("/index.md?again")).toBe("a ==b==\n");
    expect(proxy.said()).not.toMatch(/"event":"(?:uncaught|internal-error|stage-failed)"/);
  }, 60_000);
});
