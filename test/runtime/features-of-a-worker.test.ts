import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";

let origin: TestOrigin;
let proxy: Proxy | undefined;

beforeAll(async () => {
  origin = await startOrigin();
  origin.routes.set("/", (_request, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<main><h1>A</h1><p>b</p></main>");
  });
});
afterAll(async () => {
  await proxy?.close();
  await origin?.close();
});

it("a Worker with an entry of its own has a feature of its own beside the others", async () => {
  proxy = await RUNTIMES.workerd({
    origin: origin.url,
    rules: { defaults: { greeting: { text: "good day" }, markdown: { frontmatter: false } } },
    entry: fileURLToPath(new URL("features-worker.ts", import.meta.url)),
  });
  expect((await send(`${proxy.url}/`)).headers["x-greeting"]).toBe("good day");
  const markdown = await send(`${proxy.url}/index.md`);
  expect(markdown.headers["x-greeting"]).toBe("good day");
  expect(markdown.body.toString()).toBe("# A\n\nb\n");
}, 60_000);
