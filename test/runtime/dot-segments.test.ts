import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { sendRaw, statusOf } from "../support/raw.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("dot segments on %s", (runtime) => {
  let origin: RawOrigin;
  let proxy: Proxy;
  let asReceived: Proxy;

  beforeAll(async () => {
    origin = await startRawOrigin();
    const start = (rules: object) => RUNTIMES[runtime]({ origin: origin.url, rules });
    [proxy, asReceived] = await Promise.all([
      start({}),
      start({ paths: { dotSegments: "as-received" } }),
    ]);
  });

  afterAll(async () => {
    await Promise.all([proxy?.close(), asReceived?.close()]);
    await origin?.close();
  });

  /** The target that the origin server is requested. */
  const forwarded = async ({ url }: Proxy, target: string): Promise<string | undefined> => {
    origin.requests.length = 0;
    const head = `GET ${target} HTTP/1.1\r\nHost: x.example\r\nConnection: close\r\n\r\n`;
    expect(statusOf(await sendRaw(url, head, { timeout: 5000 }))).toBe(204);
    expect(origin.requests).toHaveLength(1);
    return origin.requests[0]?.startLine.split(" ")[1];
  };

  const TARGETS = [
    ["/x/../a", "/a"],
    ["/x/./a", "/x/a"],
    ["/x/%2e%2e/a?b=/../c", "/a?b=/../c"],
    ["/x/.%2E/a", "/a"],
    ["/../../a", "/a"],
    ["/a/..", "/"],
    ["/a/b/.", "/a/b/"],
    [String.raw`/x\..\a`, "/a"],
  ] as const;

  it.each(TARGETS)("of %s are resolved before the request is forwarded", async (target, wanted) => {
    expect(await forwarded(proxy, target)).toBe(wanted);
  });

  it.each(TARGETS)(
    "of %s stay if the rules say so, where the runtime can",
    async (target, wanted) => {
      expect(await forwarded(asReceived, target)).toBe(runtime === "node" ? target : wanted);
    },
  );
});
