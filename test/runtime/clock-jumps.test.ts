// The clock of Node's proxy is an argument; that of workerd is the machine's.
import { afterAll, beforeAll, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";

let origin: TestOrigin;
let proxy: Proxy;
let time = Math.floor(Date.now() / 1000);
let version = 1;

beforeAll(async () => {
  origin = await startOrigin();
  origin.routes.set("/page", (_request, response) => {
    response.writeHead(200, {
      "content-type": "text/plain",
      "cache-control": "public, max-age=60",
      date: new Date(time * 1000).toUTCString(),
    });
    response.end(`version ${version}`);
  });
  proxy = await RUNTIMES.node({
    origin: origin.url,
    rules: { defaults: { cache: { after: 1 } } },
    platform: { now: () => time },
  });
});
afterAll(async () => {
  await proxy?.close();
  await origin?.close();
});

const page = async (): Promise<string> => String((await send(`${proxy.url}/page`)).body);
const DAY = 86_400;

it("a stored response outlives no jump that makes it stale, and none makes it last for ever", async () => {
  expect(await page()).toBe("version 1");
  await expect.poll(async () => (await page(), origin.requests.length)).toBe(1);
  version = 2;
  expect(await page()).toBe("version 1");
  time += DAY;
  expect(await page()).toBe("version 2");
  version = 3;
  for (const jump of [-2 * DAY, 61, 10 * DAY, -10 * DAY, 61]) {
    time += jump;
    expect(await page()).toMatch(/^version [23]$/);
  }
  expect(await page()).toBe("version 3");
});
