import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "jsonc-parser";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";

const entry = fileURLToPath(new URL("calls-worker.ts", import.meta.url));
const defaultRules = new URL("../../rules/default.jsonc", import.meta.url);

let origin: TestOrigin;
let proxy: Proxy;

beforeAll(async () => {
  origin = await startOrigin();
  origin.routes.set("/a.txt", (_request, response) => {
    response.writeHead(200, { "content-type": "text/plain", "content-length": "7" });
    response.end("content");
  });
  const { defaults, signals } = parse(readFileSync(defaultRules, "utf8")) as Record<string, object>;
  proxy = await RUNTIMES.workerd({ origin: origin.url, entry, rules: { defaults, signals } });
});

afterAll(async () => {
  await proxy.close();
  await origin.close();
});

it("reads each part of a request and a response on Workers once", async () => {
  const counts = async (): Promise<Record<string, number>> =>
    JSON.parse((await send(`${proxy.url}/counts`)).body.toString()) as Record<string, number>;
  // The first requests also begin the isolate.
  for (let i = 0; i < 3; i++) await send(`${proxy.url}/a.txt`);
  await counts();
  const requests = 10;
  for (let i = 0; i < requests; i++) await send(`${proxy.url}/a.txt`);
  const made = await counts();
  const each = (name: string): number => Math.round((made[name] ?? 0) / requests);
  expect([each("Headers.get"), each("Headers.has")]).toEqual([0, 0]);
  expect(each("Headers.forEach")).toBe(2);
  expect([each("Request.method"), each("Request.headers")]).toEqual([1, 1]);
  expect(each("Response.headers")).toBeLessThanOrEqual(2);
  const all = Object.values(made).reduce((sum, some) => sum + some, 0) / requests;
  expect(all).toBeLessThan(26);
});
