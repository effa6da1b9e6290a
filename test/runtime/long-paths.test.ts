import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { sendRaw, statusOf } from "../support/raw.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("long paths on %s", (runtime) => {
  let origin: RawOrigin;
  let proxy: Proxy;
  let short: Proxy;

  beforeAll(async () => {
    origin = await startRawOrigin();
    const rules = [{ name: "data", match: { path: "/data/*" }, access: { action: "challenge" } }];
    const start = (paths: object) =>
      RUNTIMES[runtime]({
        origin: origin.url,
        rules: { paths, defaults: { markdown: true }, rules },
      });
    proxy = await start({});
    short = await start({ maxLength: 256 });
  });

  afterAll(async () => {
    await Promise.all([proxy?.close(), short?.close()]);
    await origin?.close();
  });

  const ask = async ({ url }: Proxy, target: string): Promise<number | undefined> =>
    statusOf(
      await sendRaw(url, `GET ${target} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`),
    );

  it("answers a path over the bound with 414", async () => {
    expect(await ask(proxy, `/${"a".repeat(8191)}`)).toBe(204);
    expect(await ask(proxy, `/${"a".repeat(8192)}`)).toBe(414);
    expect(await ask(proxy, `/${"{".repeat(14_000)}`)).toBe(414);
    expect(await ask(short, `/${"a".repeat(256)}`)).toBe(414);
    expect(await ask(short, `/${"a".repeat(255)}`)).toBe(204);
  });

  it("counts the path alone", async () => {
    expect(await ask(proxy, `/a?${"b".repeat(10_000)}`)).toBe(204);
  });

  it("refuses a path with too many readings if an access rule could be meant", async () => {
    const hostile = `/${String.raw`a;b%2f..%2f%5c..\//.%3bx%252e%252e%252f`.repeat(200)}`;
    expect(await ask(proxy, hostile.slice(0, 8000))).toBe(403);
  });
});
