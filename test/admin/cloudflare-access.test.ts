import { generateKeyPairSync, sign } from "node:crypto";
import { expect, it } from "vitest";
import { cloudflareAccess } from "../../src/admin/access/cloudflare-access.ts";

const TEAM = "https://acme.cloudflareaccess.com";
const AUDIENCE = "4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2";
const NOW = 1_764_500_000;
const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const others = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** A token as Cloudflare Access makes it, signed by Node's own cryptography. */
function token(claims: object, { key = keys.privateKey, alg = "RS256" } = {}): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = part({ alg, kid: "k1", typ: "JWT" });
  const text = `${head}.${part({ ...CLAIMS, ...claims })}`;
  const mac = alg === "none" ? "" : sign("sha256", Buffer.from(text), key).toString("base64url");
  return `${text}.${mac}`;
}

const CLAIMS = {
  iss: TEAM,
  aud: [AUDIENCE],
  sub: "u1",
  email: "ann@example.com",
  iat: NOW - 10,
  exp: NOW + 600,
};

function verifier() {
  const asked: string[] = [];
  const jwk = { ...keys.publicKey.export({ format: "jwk" }), kid: "k1", alg: "RS256", use: "sig" };
  const verify = cloudflareAccess(
    { team: TEAM, audience: AUDIENCE },
    {
      now: () => NOW,
      services: {
        fetch: async (url) => {
          asked.push(url);
          return Response.json({ keys: [jwk] });
        },
        secret: () => undefined,
      },
    },
  );
  return { verify, asked };
}

it("accepts a token of the team for this application, and fetches the keys once", async () => {
  const { verify, asked } = verifier();
  expect(await verify(token({}))).toEqual({ kind: "valid", user: "ann@example.com" });
  expect(await verify(token({ email: undefined }))).toEqual({ kind: "valid", user: "u1" });
  expect(asked).toEqual([`${TEAM}/cdn-cgi/access/certs`]);
});

it.each([
  ["of another application", token({ aud: ["another"] })],
  ["without an audience", token({ aud: undefined })],
  ["of another team", token({ iss: "https://evil.cloudflareaccess.com" })],
  ["that has expired", token({ exp: NOW - 60 })],
  ["without an expiry", token({ exp: undefined })],
  ["that is not valid yet", token({ nbf: NOW + 600 })],
  ["signed by another key", token({}, { key: others.privateKey })],
  ["without a signature", token({}, { alg: "none" })],
  ["that is too long", `${token({})}${"A".repeat(9000)}`],
  ["that is no token", "abc"],
  ["that is empty", ""],
])("refuses a token %s", async (_, given) => {
  const { verify } = verifier();
  expect((await verify(given)).kind).toBe("invalid");
});
