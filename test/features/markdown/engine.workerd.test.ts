import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { streamEngine } from "../../../src/features/markdown/stream/index.ts";
import { turndownEngine } from "../../../src/features/markdown/turndown/index.ts";
import { mutatedPage, Random, randomPage } from "../../fuzz/html.ts";
import { startBareWorker } from "../../support/bare-worker.ts";
import { convertCase, optionsOf, TOPICS, type Case } from "./cases.ts";
import { outline } from "./outline.ts";

let worker: Awaited<ReturnType<typeof startBareWorker>>;

beforeAll(async () => {
  worker = await startBareWorker(fileURLToPath(new URL("engine-worker.ts", import.meta.url)));
}, 60_000);

afterAll(() => worker.close());

async function convertThere(engine: string, cases: readonly Case[]): Promise<readonly string[]> {
  const response = await fetch(`${worker.url}/${engine}`, {
    method: "POST",
    body: JSON.stringify(cases.map((each) => ({ html: each.html, options: optionsOf(each) }))),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as string[];
}

describe.each([streamEngine, turndownEngine])("$name engine on workerd", (engine) => {
  test.each([...TOPICS])(
    "%s: the structure that each case expects, in the bytes of Node",
    async (_topic, cases) => {
      const found = await convertThere(engine.name, cases);
      for (const [i, each] of cases.entries()) {
        const markdown = found[i] ?? "";
        expect({ name: each.name, tree: outline(markdown) }).toEqual({
          name: each.name,
          tree: each.tree,
        });
        expect(markdown).toBe(convertCase(engine, each));
      }
    },
  );

  test("random pages: the bytes of Node", async () => {
    const random = new Random(21);
    const pages = Array.from({ length: 300 }, (_, i) => {
      const html = randomPage(random, 5 + random.below(60));
      return { name: String(i), html: i % 2 === 0 ? html : mutatedPage(random, html), tree: [] };
    });
    const found = await convertThere(engine.name, pages);
    for (const [i, page] of pages.entries()) expect(found[i]).toBe(convertCase(engine, page));
  });
});
