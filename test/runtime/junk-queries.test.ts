import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../features/compression/bundles.ts";
import { send, type RawResponse } from "../support/client.ts";
import { named } from "../support/dictionary-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

/** Bytes of a page. */
const BYTES = 8000;

/** What the site has at a target: a query that somebody makes up is found again in the content. */
function contentOf(target: string): Buffer {
  const version = Number(/v(\d)/.exec(target)?.[1] ?? 0);
  return Buffer.from(`// ${target.split("?")[1] ?? ""}\n${bundle(version, BYTES)}`);
}

const ACCEPTS = { "accept-encoding": "br, dcb, dcz" };
const VISITORS = ["192.0.2.1", "198.51.100.1"];
const STRANGER = "203.0.113.9";

describe.each(["node", "workerd"] as RuntimeName[])("invented queries, on %s", (runtime) => {
  let origin: Server;
  let proxy: Proxy;

  beforeAll(async () => {
    origin = createServer(({ url = "/" }, response) => {
      const content = contentOf(url);
      const fields = {
        "content-type": "text/javascript",
        "cache-control": "public, max-age=600",
      };
      response.writeHead(200, { ...fields, "content-length": content.length }).end(content);
    }).listen(0, "127.0.0.1");
    await once(origin, "listening");
    proxy = await RUNTIMES[runtime]({
      origin: `http://127.0.0.1:${(origin.address() as AddressInfo).port}`,
      rules: {
        agents: { trustedProxyHops: 1 },
        defaults: { compression: { dictionary: true } },
        rules: ["once", "many", "twice", "with"].map((name) => ({
          name,
          match: { path: `/${name}/*` },
          compression: { dictionary: { match: `/${name}/app.*` } },
        })),
      },
    });
  });

  afterAll(async () => {
    await proxy?.close();
    origin?.closeAllConnections();
    origin?.close();
  });

  const ask = (target: string, from: string, has?: string): Promise<RawResponse> => {
    const offer = has === undefined ? {} : { "available-dictionary": named(contentOf(has)) };
    const headers = { ...ACCEPTS, ...offer, "x-forwarded-for": from, "user-agent": from };
    return send(proxy.url + target, { headers });
  };

  /** Asks until the answer is a delta, for a few seconds. */
  const coding = async (target: string, from: string, has: string): Promise<string | undefined> => {
    for (let i = 0; ; i++) {
      const got = (await ask(target, from, has)).headers["content-encoding"];
      if (got === "dcb" || got === "dcz" || i === 40) return got;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  /** Two versions that clients of two networks have, the first of which was used as dictionary. */
  const begin = async (folder: string): Promise<void> => {
    for (const number of [0, 1, 2]) {
      for (let i = 0; i < 3; i++) {
        for (const visitor of VISITORS) await ask(`/${folder}/app.v${number}.js`, visitor);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    const used = await coding(
      `/${folder}/app.v2.js`,
      VISITORS[0] as string,
      `/${folder}/app.v1.js`,
    );
    expect(used).toMatch(/^dc[bz]$/);
  };

  /** One answer each, without a second try: a visitor comes back after a deploy. */
  const comeBack = async (folder: string) => {
    const codings: (string | undefined)[] = [];
    for (const number of [1, 2]) {
      const has = `/${folder}/app.v${number}.js`;
      const got = await ask(`/${folder}/app.v3.js`, VISITORS[1] as string, has);
      codings.push(got.headers["content-encoding"]);
    }
    return codings;
  };

  it.each([
    ["once", 20, 1, false],
    ["many", 200, 1, false],
    ["twice", 20, 2, false],
    ["with", 40, 1, true],
    ["auto", 20, 2, false],
  ] as const)(
    "cost no visitor a delta (/%s/: %i of them, each %i times, with a dictionary: %s)",
    async (folder, count, times, offers) => {
      await begin(folder);
      for (let i = 0; i < count; i++) {
        for (let time = 0; time < times; time++) {
          const has = offers ? `/${folder}/app.v1.js` : undefined;
          await ask(`/${folder}/app.v2.js?made=up${i}`, STRANGER, has);
        }
      }
      expect(await comeBack(folder)).toEqual([
        expect.stringMatching(/^dc[bz]$/),
        expect.stringMatching(/^dc[bz]$/),
      ]);
    },
    60_000,
  );
});
