import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("health on %s", (runtime) => {
  let origin: TestOrigin;
  let asked: Proxy;
  let unasked: Proxy;

  beforeAll(async () => {
    origin = await startOrigin();
    for (const path of ["/healthz", "/readyz", "/healthzz", "/healthz/x"]) {
      origin.routes.set(path, (_request, response) => response.end("the site's"));
    }
    asked = await RUNTIMES[runtime]({ origin: origin.url, rules: { health: true } });
    unasked = await RUNTIMES[runtime]({ origin: origin.url, rules: {} });
  });

  afterAll(async () => {
    await asked?.close();
    await unasked?.close();
    await origin?.close();
  });

  it.each(["/.wayleave/health", "/.wayleave/ready", "/healthz", "/readyz", "/healthz?x=1"])(
    "is told at %s, and never stored",
    async (path) => {
      const got = await send(asked.url + path);
      expect(got.status).toBe(200);
      expect(got.headers["cache-control"]).toBe("no-store");
      expect(got.headers["content-type"]).toBe("application/json");
      const known = JSON.parse(got.body.toString()) as object;
      if (path.includes("ready")) expect(known).toEqual({ ready: true });
      else expect(known).toMatchObject({ status: "ok", refused: null });
      const head = await send(asked.url + path, { method: "HEAD" });
      expect(head.status).toBe(200);
      expect(head.body.length).toBe(0);
    },
  );

  it.each(["/.wayleave/health", "/healthz", "/readyz"])("is only read at %s", async (path) => {
    for (const method of ["POST", "PUT", "DELETE"]) {
      const got = await send(asked.url + path, { method });
      expect(got.status).toBe(405);
      expect(got.headers["allow"]).toBe("GET, HEAD");
    }
  });

  it.each(["/healthz", "/readyz"])("leaves %s to the site where no rule asks", async (path) => {
    expect((await send(unasked.url + path)).body.toString()).toBe("the site's");
    expect((await send(`${unasked.url}/.wayleave/health`)).status).toBe(200);
  });

  it.each(["/healthzz", "/healthz/x"])("leaves %s to the site in any case", async (path) => {
    expect((await send(asked.url + path)).body.toString()).toBe("the site's");
  });
});
