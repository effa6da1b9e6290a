import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";

let origin: TestOrigin;
const proxies: Proxy[] = [];

beforeAll(async () => {
  origin = await startOrigin();
  origin.routes.set("/", (_request, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<p>a <mark>b</mark></p>");
  });
});
afterAll(async () => {
  for (const proxy of proxies) await proxy.close();
  await origin?.close();
});

async function start(entry?: string): Promise<Proxy> {
  const proxy = await RUNTIMES.workerd({
    origin: origin.url,
    rules: { defaults: { markdown: { engine: "turndown", frontmatter: false } } },
    ...(entry === undefined ? {} : { entry }),
  });
  proxies.push(proxy);
  return proxy;
}

it("a Worker with an entry of its own converts with its turndown rules", async () => {
  const proxy = await start(fileURLToPath(new URL("turndown-worker.ts", import.meta.url)));
  expect((await send(`${proxy.url}/index.md`)).body.toString()).toBe("a ==b==\n");
}, 60_000);

it("without one, our own engine steps in", async () => {
  const proxy = await start();
  expect((await send(`${proxy.url}/index.md`)).body.toString()).toBe("a b\n");
}, 60_000);
