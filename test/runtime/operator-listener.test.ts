import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ledger } from "../../src/cli/ledger/command.ts";
import { start } from "../../src/cli/start/command.ts";
import { send, type RequestOptions } from "../support/client.ts";
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

  it("has the ledger to itself, and asks for its token", async () => {
    const at = `${proxy.operatorUrl}/.wayleave/ledger`;
    const order = { key: "invoice-17", account: "GPTBot", amount: "USD 25.00" };
    const credit = { method: "POST", body: JSON.stringify(order) };
    const limit = { method: "POST", body: '{"account":"GPTBot","limit":"USD 100"}' };
    const said = async (name: string, options: RequestOptions): Promise<object> => {
      const { status, body } = await send(`${at}/${name}`, { headers: bearer, ...options });
      return { status, ...(JSON.parse(body.toString()) as object) };
    };
    const balance = { account: "GPTBot", currency: "USD", balance: "25.00", creditLimit: null };
    expect(await said("credit", credit)).toEqual({ status: 200, isNew: true, balance });
    expect(await said("credit", credit)).toEqual({ status: 200, isNew: false, balance });
    const limited = { ...balance, creditLimit: "100.00" };
    expect(await said("limit", limit)).toMatchObject({ status: 200, balance: limited });
    expect(await said("balances", {})).toEqual({ status: 200, balances: [limited], next: null });
    expect(await said("entries", {})).toMatchObject({ entries: [{ amount: "25.00" }], next: null });

    for (const [name, options] of Object.entries({ entries: {}, balances: {}, credit, limit })) {
      // Without the token, also with the name of a user whom an authenticating proxy lets in.
      for (const headers of [{}, { authorization: "Bearer x" }, { "remote-user": "ann" }]) {
        expect((await send(`${at}/${name}`, { ...options, headers })).status).toBe(401);
      }
      for (const path of [`ledger/${name}`, `%6cedger/${name}`, `./x/../ledger/${name}`]) {
        const url = `${proxy.url}/.wayleave/${path}`;
        expect((await send(url, { ...options, headers: bearer })).status, url).toBe(404);
      }
    }
    expect(await said("balances", {})).toMatchObject({ balances: [limited] });
    expect(origin.requests).toEqual([]);
  });

  it("serves wayleave ledger --proxy, which the site's listener does not", async () => {
    const run = async (url: string | undefined): Promise<string> => {
      let out = "";
      await ledger.run({
        argv: ["balance", "GPTBot", "--proxy", url ?? ""],
        env: { ADMIN_TOKEN: TOKEN },
        out: (text: string) => (out += text),
        err: () => {},
      } as never);
      return out;
    };
    expect(await run(proxy.operatorUrl)).toBe("GPTBot: USD 25.00, credit limit USD 100.00\n");
    await expect(run(proxy.url)).rejects.toThrow("is not wayleave, or was started without");
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
