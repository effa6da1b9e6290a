import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WELL_KNOWN_DIRECTORY } from "../../src/http/known-paths.ts";
import {
  DIRECTORY_TYPE,
  generateKeys,
  signMessage,
  type PrivateJwk,
} from "../../src/agent/web-bot-auth/index.ts";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { startOutside, type Outside } from "../support/outside.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("strangers, on %s", (runtime) => {
  let outside: Outside;
  let origin: TestOrigin;
  let proxy: Proxy;
  let key: PrivateJwk;

  const signed = async (nonce?: string, agent = outside.url): Promise<Record<string, string>> => {
    const created = Math.floor(Date.now() / 1000);
    return signMessage({ method: "GET", url: `${proxy.url}/page` }, key, {
      agent,
      created,
      expires: created + 60,
      ...(nonce === undefined ? {} : { nonce }),
    });
  };
  const told = async (headers: Record<string, string>): Promise<unknown> => {
    await send(`${proxy.url}/page`, { headers });
    return origin.requests.at(-1)?.headers["wayleave-agent"];
  };

  beforeAll(async () => {
    outside = await startOutside();
    origin = await startOrigin();
    const made = await generateKeys();
    key = made.privateJwk;
    outside.answers.set(WELL_KNOWN_DIRECTORY, {
      type: DIRECTORY_TYPE,
      body: JSON.stringify(made.directory),
    });
    outside.records.set("9.9.9.9.in-addr.arpa PTR", {
      Status: 0,
      Answer: [{ type: 12, TTL: 300, data: "a.named.example." }],
    });
    outside.records.set("a.named.example A", {
      Status: 0,
      Answer: [{ type: 1, TTL: 300, data: "9.9.9.9" }],
    });
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        agents: {
          openDiscovery: true,
          trustedProxyHops: 1,
          replay: { requireNonce: true },
          maxAge: "2m",
          reverseDns: { wait: 2000, resolver: `${outside.url}/dns-query` },
          bots: [
            {
              name: "NamedBot",
              tokens: ["NamedBot"],
              operator: "Named",
              category: "AI Crawler",
              reverseDns: ["named.example"],
            },
          ],
        },
        defaults: { access: { forwardAgent: true } },
      },
    });
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
    outside?.close();
  });

  it("are verified from their second request on, without a name or category", async () => {
    const headers = async (nonce: string) => ({
      ...(await signed(`${runtime}-${nonce}`)),
      "user-agent": "NamedBot/1.0",
    });
    expect(await told(await headers("first"))).toMatch(/^claimed;name="NamedBot"/);
    let count = 0;
    await expect
      .poll(async () => told(await headers(`next-${count++}`)))
      .toBe(`verified;evidence=signature;agent="${outside.url}"`);
  });

  it("need a nonce if the rules say so, and no longer lifetime than they allow", async () => {
    expect(await told(await signed())).toBe("anonymous");
    const created = Math.floor(Date.now() / 1000);
    const long = await signMessage({ method: "GET", url: `${proxy.url}/page` }, key, {
      agent: outside.url,
      created,
      expires: created + 300,
      nonce: `${runtime}-long`,
    });
    expect(await told(long)).toBe("invalid;reason=lifetime-too-long");
  });

  it.each(["kubernetes.default.svc", "a.internal", "a.local", "a.test", "redis"])(
    "have the proxy look up no %s, neither as key directory nor by reverse DNS",
    async (host) => {
      const address = `9.9.8.${host.length}`;
      outside.records.set(`${host.length}.8.9.9.in-addr.arpa PTR`, {
        Status: 0,
        Answer: [{ type: 12, TTL: 300, data: `${host}.` }],
      });
      expect(await told(await signed(`${runtime}-${host}`, `https://${host}`))).toBe("anonymous");
      const known = await send(`${proxy.url}/.wayleave/agents`);
      expect(known.body.toString()).toContain(outside.url);
      expect(known.body.toString()).not.toContain(host);
      await told({ "x-forwarded-for": address, "user-agent": "NamedBot/1.0" });
      expect(outside.lookups).toContain(`${host.length}.8.9.9.in-addr.arpa PTR`);
      expect(outside.lookups.filter((name) => name.startsWith(host))).toEqual([]);
    },
  );

  it("may be waited for until DNS has named them", async () => {
    expect(await told({ "x-forwarded-for": "9.9.9.9", "user-agent": "NamedBot/1.0" })).toBe(
      'verified;name="NamedBot";operator="Named";category="AI Crawler";evidence=reverse-dns',
    );
  });
});
