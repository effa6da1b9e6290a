// A Worker without KV, R2, Durable Objects and datasets: each costs what `check --runtime workers` says, no page.
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";

const PAGE = `<!doctype html><title>A page</title><main><h1>A page</h1><p>${"Some text. ".repeat(200)}</p></main>`;

let origin: TestOrigin;
let proxy: Proxy;

beforeAll(async () => {
  origin = await startOrigin();
  origin.missing = (_request, response) => {
    response.writeHead(200, { "content-type": "text/html", "cache-control": "public, max-age=60" });
    response.end(PAGE);
  };
  proxy = await RUNTIMES.workerd({
    origin: origin.url,
    storage: "memory",
    hasObjects: false,
    rules: {
      agents: { replay: true },
      defaults: {
        cache: { after: 1 },
        compression: { dictionary: true },
        markdown: true,
        canonicalRedirect: true,
        documents: true,
      },
      rules: [
        {
          name: "limited",
          match: { path: "/limited" },
          access: { action: "limit", requests: 1, per: "1h" },
        },
      ],
    },
  });
});
afterAll(async () => {
  await proxy?.close();
  await origin?.close();
});

describe("a Worker without any binding", () => {
  it("serves pages, codings, markdown and lists, and stores responses in its isolate", async () => {
    const page = await send(`${proxy.url}/page`, { headers: { "accept-encoding": "gzip" } });
    expect([page.status, String(gunzipSync(page.body))]).toEqual([200, PAGE]);
    const markdown = await send(`${proxy.url}/page`, { headers: { accept: "text/markdown" } });
    expect(String(markdown.body)).toContain("# A page");
    expect((await send(`${proxy.url}/.wayleave/ready`)).status).toBe(200);
    const cached = async () => (await send(`${proxy.url}/page`)).headers["cache-status"];
    await expect.poll(cached, { timeout: 30_000 }).toContain("hit");
  });

  it("counts for limits in its isolate", async () => {
    expect((await send(`${proxy.url}/limited`)).status).toBe(200);
    expect((await send(`${proxy.url}/limited`)).status).toBe(429);
  });
});
