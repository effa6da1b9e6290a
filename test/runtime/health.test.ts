import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const TOKEN = "the-token-of-the-operator";
const OTHER = "the-token-that-purges-alone";

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("health on %s", (runtime) => {
  let origin: TestOrigin;
  let asked: Proxy;
  let unasked: Proxy;

  beforeAll(async () => {
    origin = await startOrigin();
    for (const path of ["/healthz", "/readyz", "/healthzz", "/healthz/x"]) {
      origin.routes.set(path, (_request, response) => response.end("the site's"));
    }
    asked = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: { health: true },
      adminToken: TOKEN,
      purgeToken: OTHER,
    });
    unasked = await RUNTIMES[runtime]({ origin: origin.url, rules: {} });
  });

  afterAll(async () => {
    await asked?.close();
    await unasked?.close();
    await origin?.close();
  });

  it.each(["/.wayleave/health", "/.wayleave/ready", "/healthz", "/readyz", "/healthz?x=1"])(
    "is reported at %s, and never stored",
    async (path) => {
      const got = await send(asked.url + path);
      expect(got.status).toBe(200);
      expect(got.headers["cache-control"]).toBe("no-store");
      expect(got.headers["content-type"]).toBe("application/json");
      const known = JSON.parse(got.body.toString()) as object;
      expect(known).toEqual(path.includes("ready") ? { ready: true } : { status: "ok" });
      const head = await send(asked.url + path, { method: "HEAD" });
      expect(head.status).toBe(200);
      expect(head.body.length).toBe(0);
    },
  );

  it.each(["/.wayleave/health", "/.wayleave/ready", "/healthz", "/readyz"])(
    "has details at %s for the holder of the token alone",
    async (path) => {
      const ask = async (url: string, authorization: string) => {
        const { status, body } = await send(url + path, { headers: { authorization } });
        expect(status).toBe(200);
        return JSON.parse(body.toString()) as Record<string, unknown>;
      };
      const number = expect.any(Number) as unknown;
      expect(await ask(asked.url, `Bearer ${TOKEN}`)).toMatchObject({
        memory: { limit: number, used: number, caches: expect.any(Object) as unknown },
        rules: { since: expect.any(String) as unknown },
        refused: null,
        clients: runtime === "node" ? { hops: 0, requests: number } : null,
      });
      for (const wrong of [`Bearer ${TOKEN}x`, `Bearer ${OTHER}`, `Basic ${TOKEN}`, TOKEN, ""]) {
        expect(Object.keys(await ask(asked.url, wrong))).toHaveLength(1);
      }
      if (path.includes("wayleave")) {
        expect(Object.keys(await ask(unasked.url, `Bearer ${TOKEN}`))).toHaveLength(1);
      }
    },
  );

  it.each(["/.wayleave/health", "/healthz", "/readyz"])("is only read at %s", async (path) => {
    for (const method of ["POST", "PUT", "DELETE"]) {
      const got = await send(asked.url + path, { method });
      expect(got.status).toBe(405);
      expect(got.headers["allow"]).toBe("GET, HEAD");
    }
  });

  it.each(["/healthz", "/readyz"])("leaves %s to the site if no rule turns it on", async (path) => {
    expect((await send(unasked.url + path)).body.toString()).toBe("the site's");
    expect((await send(`${unasked.url}/.wayleave/health`)).status).toBe(200);
  });

  it.each(["/healthzz", "/healthz/x"])("leaves %s to the site in any case", async (path) => {
    expect((await send(asked.url + path)).body.toString()).toBe("the site's");
  });
});
