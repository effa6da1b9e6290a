import { expect, it } from "vitest";
import { FEATURES } from "../../../src/features.ts";
import { loadRules } from "../../../src/rules/load.ts";
import { parseAddress } from "../../../src/simulate/facts.ts";
import { runOffline } from "../../../src/simulate/run.ts";
import { scriptOnlyEngine } from "../../support/script-only-engine.ts";

/** The trace of a page, in sentences and as facts. */
async function explain(html: string, options: object = {}): Promise<string> {
  const markdown = { engine: "turndown", ...options };
  const rules = JSON.stringify({ defaults: { markdown } });
  const address = parseAddress("/page/index.md", "https://www.example.com");
  if (address === undefined) throw new TypeError("no address");
  const traced = await runOffline(
    {
      ...loadRules(rules, "rules.jsonc", "[]", () => undefined, FEATURES),
      loadTurndown: () => Promise.resolve(scriptOnlyEngine),
      now: () => 0,
    },
    { ...address, method: "GET", fields: [], address: undefined, agent: undefined },
    {
      status: 200,
      fields: [["content-type", "text/html"]],
      content: new Uint8Array(Buffer.from(html)),
    },
  );
  return JSON.stringify(traced);
}

it("the trace says why a page was rendered again", async () => {
  const again = await explain("<p>");
  expect(again).toContain(
    "the page is sent as text/markdown, read again without cuts (the page had no text)",
  );
  expect(again).toContain('"detail":{"note":"the page had no text"}');
  const tokens = await explain("<p>", { tokens: true });
  expect(tokens).toContain("read again without cuts (the page had no text)");
});

it("says nothing about other pages", async () => {
  expect(await explain("<article>Text.</article>")).not.toContain("read again");
});

it("the trace says that only a script renders a page", async () => {
  expect(await explain("<p>", { onScriptOnly: "406" })).toContain(
    "only a script renders the page, and onScriptOnly is 406",
  );
});
