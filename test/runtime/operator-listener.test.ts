import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { start } from "../../src/cli/start/command.ts";
import { send } from "../support/client.ts";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";

const TOKEN = "the-token-of-the-operator";
const bearer = { authorization: `Bearer ${TOKEN}` };

describe("the operator's listener on Node", () => {
  let origin: RawOrigin;
  let proxy: Proxy & { readonly operatorUrl?: string | undefined };

  beforeAll(async () => {
    origin = await startRawOrigin();
    proxy = await RUNTIMES.node({
      origin: origin.url,
      rules: { health: true, admin: { authProxy: { field: "remote-user", users: ["ann"] } } },
      adminToken: TOKEN,
      operator: { host: "127.0.0.1", port: 0 },
    });
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  it("has all own endpoints, and forwards nothing", async () => {
    const at = proxy.operatorUrl ?? "";
    expect((await send(`${at}/.wayleave/`, { headers: bearer })).status).toBe(200);
    const health = await send(`${at}/.wayleave/health`, { headers: bearer });
    expect(health.body.toString()).toContain('"lists"');
    expect((await send(`${at}/`)).headers.location).toBe("/.wayleave/");
    expect((await send(`${at}/page`)).status).toBe(404);
    const purge = await send(`${at}/.wayleave/purge`, {
      method: "POST",
      headers: bearer,
      body: '{"url":"https://www.example.com/a"}',
    });
    expect(purge.status).toBe(200);
    expect(origin.requests).toEqual([]);
  });

  it("leaves the site's listener health and ready, without details", async () => {
    for (const path of [
      "/.wayleave/",
      "/.wayleave/login",
      "/.wayleave/purge",
      "/.wayleave/style.css",
    ]) {
      for (const method of ["GET", "POST"]) {
        expect((await send(proxy.url + path, { method, headers: bearer })).status).toBe(404);
      }
    }
    for (const path of ["/.wayleave/health", "/healthz"]) {
      const got = await send(proxy.url + path, { headers: bearer });
      expect(got.body.toString()).toBe('{"status":"ok"}');
    }
    expect(origin.requests).toEqual([]);
  });

  it("believes a user's name in a field only from a trusted proxy", async () => {
    const headers = {
      "remote-user": "ann",
      "sec-fetch-mode": "navigate",
      "sec-fetch-dest": "document",
    };
    expect((await send(`${proxy.operatorUrl}/.wayleave/`, { headers })).status).toBe(401);
  });
});

it("needs a token, and an address with a port", async () => {
  const run = (admin: string, env: Record<string, string>) =>
    start.run({
      argv: ["--runtime", "node", "--port", "1", "--admin", admin],
      env,
      out: () => {},
      err: () => {},
    } as never);
  await expect(run("127.0.0.1", {})).rejects.toThrow("--admin");
  await expect(run("localhost:9000", {})).rejects.toThrow("--admin");
  await expect(run("127.0.0.1:70000", {})).rejects.toThrow("--admin");
});
