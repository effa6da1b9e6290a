// Challenges that an agent can meet: what it is told, and what it may send next.
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  DIRECTORY_TYPE,
  generateKeys,
  signMessage,
  type SignOptions,
} from "../../src/agent/web-bot-auth/index.ts";
import { parseDictionary } from "../../src/agent/web-bot-auth/structured-field.ts";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const { privateJwk, directory } = await generateKeys();

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("challenges, on %s", (runtime) => {
  let origin: TestOrigin;
  /** Strict about nonces, without a wait; and waiting for directories. */
  let strict: Proxy;
  let waiting: Proxy;
  /** A directory that takes 300 ms, by path. */
  let slow: Server;
  let asked = 0;

  beforeAll(async () => {
    slow = createServer((_request, response) => {
      asked++;
      setTimeout(() => {
        response.writeHead(200, { "content-type": DIRECTORY_TYPE });
        response.end(JSON.stringify(directory));
      }, 300);
    });
    slow.listen(0, "127.0.0.1");
    await once(slow, "listening");
    origin = await startOrigin();
    origin.routes.set("/signed/", (_request, response) => response.end("a page"));
    const rules = [
      { name: "signed", match: { path: "/signed/*" }, access: { action: "challenge" } },
      {
        name: "known",
        match: { path: "/known/*" },
        access: { action: "challenge", evidence: "verified" },
      },
    ];
    const agents = { openDiscovery: true, replay: { requireNonce: true } };
    strict = await RUNTIMES[runtime]({ origin: origin.url, rules: { agents, rules } });
    waiting = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: { agents: { openDiscovery: true, directoryWait: 1500 }, rules },
    });
  });

  afterAll(async () => {
    await strict?.close();
    await waiting?.close();
    await origin?.close();
    slow?.close();
  });

  const sign = async (proxy: Proxy, path: string, more: Partial<SignOptions> = {}) => {
    const created = Math.floor(Date.now() / 1000);
    return signMessage({ method: "GET", url: `${proxy.url}${path}` }, privateJwk, {
      agent: agentUrl(),
      created,
      expires: created + 60,
      ...more,
    });
  };
  const agentUrl = (): string => `http://127.0.0.1:${(slow.address() as AddressInfo).port}`;

  /** The members of Accept-Signature: components and parameters. */
  const offers = (field: unknown) => {
    const parsed = parseDictionary(String(field), 8, 16);
    if (parsed.kind === "fault") throw new TypeError(`not a Dictionary: ${String(field)}`);
    return [...parsed.value].map(([label, member]) => ({
      label,
      components: member.kind === "inner-list" ? member.items.map(({ text }) => text) : [],
      params: Object.fromEntries([...member.params].map(([name, { value }]) => [name, value])),
    }));
  };

  it("offers both forms of Signature-Agent, and asks for a nonce that is new each time", async () => {
    const get = async (proxy: Proxy) =>
      offers((await send(`${proxy.url}/signed/`)).headers["accept-signature"]);
    const [first, second] = [await get(strict), await get(strict)];
    expect(first.map(({ components }) => components)).toEqual([
      ['"@authority"', '"signature-agent"'],
      ['"@authority"', '"signature-agent";key="sig2"'],
    ]);
    for (const { params } of [...first, ...second]) {
      expect(params).toMatchObject({ created: true, expires: true, tag: "web-bot-auth" });
      // The signer web-bot-auth takes nonces of this length only.
      expect(Buffer.from(String(params["nonce"]), "base64")).toHaveLength(64);
    }
    expect(first[0]?.params["nonce"]).not.toBe(second[0]?.params["nonce"]);
    for (const { params } of await get(waiting)) expect(params).not.toHaveProperty("nonce");
  });

  it("answers 503 with Retry-After while the directory is fetched, and then accepts", async () => {
    const nonce = (): string => crypto.randomUUID();
    const first = await send(`${strict.url}/signed/`, {
      headers: await sign(strict, "/signed/", { nonce: nonce() }),
    });
    expect(first.status).toBe(503);
    expect(first.headers["retry-after"]).toBe("1");
    expect(first.headers["cache-control"]).toBe("private, no-store");
    expect(JSON.parse(first.body.toString())).toMatchObject({
      type: "/.wayleave/problems/directory-pending",
      signature: "directory-pending",
    });
    await expect
      .poll(
        async () => {
          const headers = await sign(strict, "/signed/", { nonce: nonce(), form: "legacy" });
          return (await send(`${strict.url}/signed/`, { headers })).status;
        },
        { timeout: 5000, interval: 200 },
      )
      .toBe(200);
  });

  it("waits for the directory if the rules say so", async () => {
    const before = asked;
    const headers = await sign(waiting, "/signed/");
    expect((await send(`${waiting.url}/signed/`, { headers })).status).toBe(200);
    expect(asked).toBe(before + 1);
  });

  it("says what was wrong with a signature, in each format", async () => {
    const time = Math.floor(Date.now() / 1000);
    const cases: [string, Record<string, string>, number][] = [
      ["expired", await sign(strict, "/signed/", { created: time - 99, expires: time - 9 }), 403],
      [
        "created-in-future",
        await sign(strict, "/signed/", { created: time + 900, expires: time + 990 }),
        403,
      ],
      ["nonce-required", await sign(strict, "/signed/"), 403],
      ["signature-mismatch", await sign(strict, "/other/", { nonce: "a" }), 403],
      ["malformed-signature-input", { "signature-input": "sig1=(" }, 400],
      [
        "label-mismatch",
        { ...(await sign(strict, "/signed/")), Signature: `other=:${"A".repeat(88)}:` },
        403,
      ],
    ];
    for (const [reason, headers, status] of cases) {
      const host = reason === "signature-mismatch" ? { host: "other.example" } : {};
      const got = await send(`${strict.url}/signed/`, { headers: { ...headers, ...host } });
      const document = JSON.parse(got.body.toString()) as Record<string, string>;
      expect([reason, got.status]).toEqual([reason, status]);
      expect(document["signature"]).toBe(reason);
      expect(document["detail"]).toContain(`(${reason})`);
      expect(got.headers["accept-signature"]).toContain("nonce=");
      const page = await send(`${strict.url}/signed/`, {
        headers: { ...headers, ...host, accept: "text/html" },
      });
      expect(page.body.toString()).toContain(`(${reason})`);
    }
    const unsigned = JSON.parse((await send(`${strict.url}/known/`)).body.toString()) as object;
    expect(unsigned).not.toHaveProperty("signature");
  });
});
