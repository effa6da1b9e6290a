import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { NAVIGATION, OPERATOR_TOKEN as TOKEN } from "../support/navigation.ts";
import { startOutside, type Outside } from "../support/outside.ts";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const ADMIN = { authProxy: { field: "Remote-User", users: ["ann"] } };

describe.each(Object.keys(RUNTIMES) as RuntimeName[])(
  "a login by a proxy in front on %s",
  (runtime) => {
    let origin: RawOrigin;
    let proxy: Proxy;
    let untrusting: Proxy;

    beforeAll(async () => {
      origin = await startRawOrigin();
      const start = (trustedProxyHops: number): Promise<Proxy> =>
        RUNTIMES[runtime]({
          origin: origin.url,
          rules: { agents: { trustedProxyHops }, admin: ADMIN },
          adminToken: TOKEN,
        });
      [proxy, untrusting] = await Promise.all([start(1), start(0)]);
    });
    afterAll(async () => {
      await proxy?.close();
      await untrusting?.close();
      await origin?.close();
    });

    const open = async (url: string, user: string, more = {}): Promise<[number, boolean]> => {
      const headers = { ...NAVIGATION, "x-forwarded-for": "192.0.2.1", "remote-user": user };
      const got = await send(`${url}/.wayleave/`, { headers: { ...headers, ...more } });
      return [got.status, got.body.toString().includes("ann")];
    };

    it("opens the dashboard for users that the rules name", async () => {
      expect(await open(proxy.url, "ann")).toEqual([200, true]);
      for (const user of ["bob", "ANN", "ann,bob", "ann ", "an", ""]) {
        const [status] = await open(proxy.url, user);
        expect(status, user).toBe(user === "ann " ? 200 : 401);
      }
    });

    it("opens nothing without a trusted proxy, which alone may write the field", async () => {
      expect(await open(untrusting.url, "ann")).toEqual([401, false]);
    });

    it("opens nothing to scripts, and changes nothing", async () => {
      const [status] = await open(proxy.url, "ann", { "sec-fetch-mode": "cors" });
      expect(status).toBe(403);
      const purged = await send(`${proxy.url}/.wayleave/purge`, {
        method: "POST",
        headers: { ...NAVIGATION, "remote-user": "ann", "content-type": "application/json" },
        body: '{"all":true}',
      });
      expect(purged.status).toBe(401);
    });
  },
);

describe.each(Object.keys(RUNTIMES) as RuntimeName[])(
  "a login by Cloudflare Access on %s",
  (runtime) => {
    let origin: RawOrigin;
    let team: Outside;
    let proxy: Proxy;
    let pair: Awaited<ReturnType<typeof generateKeyPair>>;

    beforeAll(async () => {
      [origin, team, pair] = await Promise.all([
        startRawOrigin(),
        startOutside(),
        generateKeyPair("RS256"),
      ]);
      const jwk = { ...(await exportJWK(pair.publicKey)), kid: "one", alg: "RS256" };
      team.answers.set(CERTS, { type: "application/json", body: JSON.stringify({ keys: [jwk] }) });
      const cloudflareAccess = { team: team.url, audience: "the-application" };
      const rules = { admin: { cloudflareAccess } };
      proxy = await RUNTIMES[runtime]({ origin: origin.url, rules, adminToken: TOKEN });
    });
    afterAll(async () => {
      await proxy?.close();
      team?.close();
      await origin?.close();
    });

    const signed = (audience: string, key = pair.privateKey, lifetime = "5m"): Promise<string> =>
      new SignJWT({ email: "ann@acme.example" })
        .setProtectedHeader({ alg: "RS256", kid: "one" })
        .setIssuer(team.url)
        .setAudience(audience)
        .setSubject("1")
        .setIssuedAt()
        .setExpirationTime(lifetime)
        .sign(key);
    const open = async (token: string): Promise<[number, boolean]> => {
      const headers = { ...NAVIGATION, "cf-access-jwt-assertion": token };
      const got = await send(`${proxy.url}/.wayleave/`, { headers });
      return [got.status, got.body.toString().includes("ann@acme.example")];
    };

    it("opens the dashboard with a token that the team has signed for this application", async () => {
      expect(await open(await signed("the-application"))).toEqual([200, true]);
      expect(team.asked).toEqual([CERTS]);
      const other = await generateKeyPair("RS256");
      const bad = [
        await signed("another-application"),
        await signed("the-application", other.privateKey),
        await signed("the-application", pair.privateKey, "-5m"),
        "no.token.atall",
        "x".repeat(9000),
      ];
      for (const token of bad) expect(await open(token)).toEqual([401, false]);
      expect(proxy.log.join("")).not.toContain(TOKEN);
    });

    it("opens nothing to scripts, and changes nothing", async () => {
      const token = { "cf-access-jwt-assertion": await signed("the-application") };
      const headers = { ...NAVIGATION, ...token };
      const read = await send(`${proxy.url}/.wayleave/`, {
        headers: { ...headers, "sec-fetch-mode": "cors" },
      });
      expect(read.status).toBe(403);
      const purged = await send(`${proxy.url}/.wayleave/purge`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: '{"all":true}',
      });
      expect(purged.status).toBe(401);
    });
  },
);

const CERTS = "/cdn-cgi/access/certs";
