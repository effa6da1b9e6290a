import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WELL_KNOWN_DIRECTORY } from "../../src/http/known-paths.ts";
import {
  DIRECTORY_TYPE,
  generateKeys,
  signMessage,
  staticKeys,
  verifyMessage,
  type KeySource,
  type PrivateJwk,
  type SignOptions,
} from "../../src/agent/web-bot-auth/index.ts";
import { signComponents } from "../../src/agent/web-bot-auth/sign.ts";
import { parseDictionary } from "../../src/agent/web-bot-auth/structured-field.ts";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { startOutside, type Outside } from "../support/outside.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

/** The public members of a key, as an operator writes them into the rules. */
const publicHalf = ({ kty, crv, x }: PrivateJwk) => ({ kty, crv, x });

const NO_SIGNATURE = Buffer.alloc(64).toString("base64");

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("agent identification, on %s", (runtime) => {
  let outside: Outside;
  let origin: TestOrigin;
  let proxy: Proxy;
  let key: PrivateJwk;
  let ownKey: PrivateJwk;
  let pinnedKey: PrivateJwk;
  let unpinnedKey: PrivateJwk;

  const from = (address: string, userAgent: string) => ({
    "x-forwarded-for": `198.51.100.66, ${address}`,
    "user-agent": userAgent,
  });

  const signed = async (path: string, options: Partial<SignOptions> = {}) => {
    const created = Math.floor(Date.now() / 1000);
    return signMessage({ method: "GET", url: proxy.url + path }, key, {
      agent: outside.url,
      created,
      expires: created + 60,
      ...options,
    });
  };

  /** What the origin server was told of the agent. */
  const told = async (headers: Record<string, string>): Promise<unknown> => {
    origin.requests.length = 0;
    const { status } = await send(`${proxy.url}/told/`, { headers });
    expect(status).toBe(200);
    return origin.requests.at(-1)?.headers["wayleave-agent"];
  };

  const bot = (name: string, operator: string, more: object = {}) => ({
    name,
    tokens: [name],
    operator,
    category: "AI Crawler",
    behaviours: ["Training"],
    ...more,
  });

  beforeAll(async () => {
    outside = await startOutside();
    origin = await startOrigin();
    const made = await generateKeys();
    key = made.privateJwk;
    ownKey = (await generateKeys()).privateJwk;
    pinnedKey = (await generateKeys()).privateJwk;
    unpinnedKey = (await generateKeys()).privateJwk;
    outside.answers.set(WELL_KNOWN_DIRECTORY, {
      type: DIRECTORY_TYPE,
      body: JSON.stringify(made.directory),
    });
    outside.answers.set("/list.json", {
      type: "application/json",
      body: JSON.stringify({ prefixes: [{ ipv4Prefix: "8.8.4.0/24" }] }),
    });
    outside.records.set("9.9.9.9.in-addr.arpa PTR", {
      Status: 0,
      Answer: [{ type: 12, TTL: 300, data: "crawl-9.named.example." }],
    });
    outside.records.set("crawl-9.named.example A", {
      Status: 0,
      Answer: [{ type: 1, TTL: 300, data: "9.9.9.9" }],
    });
    outside.records.set("10.9.9.9.in-addr.arpa PTR", {
      Status: 0,
      Answer: [{ type: 12, TTL: 300, data: "crawl-9.named.example." }],
    });
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      fetchesLists: true,
      files: { "./lists/file.csv": "8.26.56.0/24,US,,,\n2001:4860:4860::/48,US,,,\n" },
      ownKeys: JSON.stringify(ownKey),
      rules: {
        agents: {
          trustedProxyHops: 1,
          replay: true,
          ownDirectory: true,
          reverseDns: { resolver: `${outside.url}/dns-query` },
          bots: [
            bot("SignedBot", "Signer", { signatureAgents: [outside.url] }),
            bot("ListBot", "Listed", { ipRanges: [`${outside.url}/list.json`] }),
            bot("SiblingBot", "Listed"),
            bot("FileBot", "Filed", { ipRanges: ["./lists/file.csv", "4.2.2.0/24"] }),
            bot("NoListBot", "Listless", { ipRanges: [`${outside.url}/gone.json`] }),
            bot("NamedBot", "Named", { reverseDns: ["named.example"] }),
            bot("PinnedBot", "Pinned"),
            bot("OldKeyBot", "Pinned"),
          ],
          keys: {
            PinnedBot: { keys: [{ ...publicHalf(pinnedKey), kid: "any" }] },
            OldKeyBot: { keys: [publicHalf(unpinnedKey)], thumbprints: ["A".repeat(43)] },
          },
        },
        rules: [
          {
            name: "signed only",
            match: { path: "/signed/*" },
            access: { action: "challenge", forwardAgent: true },
          },
          {
            name: "known crawlers only",
            match: { path: "/known/*", agent: { category: "AI Crawler", evidence: "claim" } },
            access: { action: "challenge", evidence: "verified", sharedCaches: "bypass" },
          },
          { name: "told", match: { path: "/told/*" }, access: { forwardAgent: true } },
          {
            name: "watched",
            match: { path: "/watched/*" },
            access: { mode: "observe", action: "challenge", forwardAgent: true },
          },
        ],
      },
    });
    for (const path of ["/signed/", "/known/", "/told/", "/watched/", "/free/"]) {
      origin.routes.set(path, (_request, response) => {
        response.writeHead(200, { "content-type": "text/plain", "cache-control": "max-age=60" });
        response.end("a page");
      });
    }
    origin.routes.set("/told/varies", (_request, response) => {
      response.writeHead(200, { vary: "Wayleave-Agent", "cache-control": "public, max-age=60" });
      response.end("for you");
    });
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
    outside?.close();
  });

  describe("a challenge", () => {
    it("challenges a request without a signature, in a private problem document", async () => {
      const got = await send(`${proxy.url}/signed/`);
      expect(got.status).toBe(403);
      expect(got.headers["cache-control"]).toBe("private, no-store");
      expect(got.headers["content-type"]).toBe("application/problem+json");
      expect(JSON.parse(got.body.toString())).toMatchObject({
        type: "/.wayleave/problems/signature-required",
        status: 403,
      });
      const field = parseDictionary(String(got.headers["accept-signature"]), 8, 16);
      const member = field.kind === "parsed" ? field.value.get("sig1") : undefined;
      expect(member?.kind === "inner-list" && member.items.map(({ text }) => text)).toEqual([
        '"@authority"',
        '"signature-agent"',
      ]);
      expect(member?.params.get("tag")?.value).toBe("web-bot-auth");
      expect(member?.params.get("created")?.value).toBe(true);
    });

    it("accepts a signature that follows Accept-Signature", async () => {
      const got = await send(`${proxy.url}/signed/`, { headers: await signed("/signed/") });
      expect(got.status).toBe(200);
      expect(got.body.toString()).toBe("a page");
    });

    it("answers fields that can't be read with 400", async () => {
      const headers = { ...(await signed("/signed/")), Signature: "sig1=nothing" };
      const got = await send(`${proxy.url}/signed/`, { headers });
      expect(got.status).toBe(400);
      expect(got.headers["cache-control"]).toBe("private, no-store");
      expect(got.body.toString()).toContain("malformed-signature");
    });

    it("answers a signature that is not valid with 403", async () => {
      const headers = { ...(await signed("/signed/")), Signature: `sig1=:${NO_SIGNATURE}:` };
      expect((await send(`${proxy.url}/signed/`, { headers })).status).toBe(403);
      const other = await signed("/signed/", { created: 1, expires: 2 });
      expect((await send(`${proxy.url}/signed/`, { headers: other })).status).toBe(403);
    });

    it("applies to the claims that the rule names, also with a broken signature", async () => {
      const get = async (headers: Record<string, string>) =>
        (await send(`${proxy.url}/known/`, { headers })).status;
      expect(await get({ "user-agent": "Mozilla/5.0 Firefox/140.0" })).toBe(200);
      expect(await get({ "user-agent": "ListBot/1.0" })).toBe(403);
      expect(await get({ "user-agent": "ListBot/1.0", "signature-input": "sig=(" })).toBe(400);
      const forged = { ...(await signed("/known/")), Signature: `sig1=:${NO_SIGNATURE}:` };
      expect(await get({ ...forged, "user-agent": "ListBot/1.0" })).toBe(403);
      const known = await send(`${proxy.url}/known/`, { headers: from("8.8.4.4", "ListBot/1.0") });
      expect(known.status).toBe(200);
      expect(known.headers["cache-control"]).toBe("private, max-age=60");
    });

    it("changes nothing if it is only observed", async () => {
      origin.requests.length = 0;
      const got = await send(`${proxy.url}/watched/`);
      expect(got.status).toBe(200);
      expect(got.headers["accept-signature"]).toBeUndefined();
      expect(origin.requests.at(-1)?.headers["wayleave-agent"]).toBeUndefined();
    });

    it("explains itself to people in HTML, and gives HEAD no content", async () => {
      const page = await send(`${proxy.url}/signed/`, { headers: { accept: "text/html" } });
      expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
      const head = await send(`${proxy.url}/signed/`, { method: "HEAD" });
      expect(head.status).toBe(403);
      expect(head.body.length).toBe(0);
    });
  });

  describe("replay", () => {
    it("accepts a nonce once, and answers its second use with 429", async () => {
      const headers = await signed("/signed/", { nonce: `once-${runtime}` });
      expect((await send(`${proxy.url}/signed/`, { headers })).status).toBe(200);
      const again = await send(`${proxy.url}/signed/`, { headers });
      expect(again.status).toBe(429);
      expect(again.headers["cache-control"]).toBe("private, no-store");
      const next = await signed("/signed/", { nonce: `next-${runtime}` });
      expect((await send(`${proxy.url}/signed/`, { headers: next })).status).toBe(200);
    });

    it("accepts one of many at the same time", async () => {
      const headers = await signed("/signed/", { nonce: `race-${runtime}` });
      const got = await Promise.all(
        Array.from({ length: 8 }, () => send(`${proxy.url}/signed/`, { headers })),
      );
      expect(got.map(({ status }) => status).sort((a, b) => a - b)).toEqual([
        200,
        ...Array(7).fill(429),
      ]);
    });

    it("does not let a forger use up an honest nonce", async () => {
      const nonce = `honest-${runtime}`;
      const honest = await signed("/signed/", { nonce });
      const forged = { ...honest, Signature: `sig1=:${NO_SIGNATURE}:` };
      expect((await send(`${proxy.url}/signed/`, { headers: forged })).status).toBe(403);
      expect((await send(`${proxy.url}/signed/`, { headers: honest })).status).toBe(200);
    });
  });

  describe("evidence", () => {
    it.each([
      ["a list that was fetched", "8.8.4.4", "ListBot", "ListBot", "Listed"],
      [
        "a sibling's list, since it proves the operator",
        "8.8.4.4",
        "SiblingBot",
        "SiblingBot",
        "Listed",
      ],
      ["a list in a file", "8.26.56.1", "FileBot", "FileBot", "Filed"],
      ["a list in a file, IPv6", "2001:4860:4860::8888", "FileBot", "FileBot", "Filed"],
      ["a block in the bot table", "4.2.2.1", "FileBot", "FileBot", "Filed"],
    ])("is an address in %s", async (_what, address, agent, name, operator) => {
      expect(await told(from(address, `Mozilla/5.0 (compatible; ${agent}/1.0)`))).toBe(
        `verified;name="${name}";operator="${operator}";category="AI Crawler";evidence=ip-range`,
      );
    });

    it.each([
      ["the address is in no list", "8.8.5.1", "ListBot"],
      ["the list is another operator's", "8.8.4.4", "FileBot"],
      ["there is no list", "8.8.4.4", "NoListBot"],
    ])("leaves the claim if %s", async (_why, address, agent) => {
      const said = await told(from(address, `${agent}/1.0`));
      expect(said).toMatch(new RegExp(`^claimed;name="${agent}";.*;evidence=claim$`));
    });

    it("is never the member that a client writes in front of the trusted proxy's", async () => {
      const headers = { "x-forwarded-for": "8.8.4.4, 203.0.113.9", "user-agent": "ListBot/1" };
      expect(await told(headers)).toMatch(/^claimed;/);
    });

    it("chooses among the proven operator's tokens when the User-Agent names several", async () => {
      const said = await told(from("8.8.4.4", "NoListBotX FileBot/1.0 ListBot/1.0"));
      expect(said).toMatch(/^verified;name="ListBot"/);
    });

    it("is a name that leads back, from the second request on", async () => {
      const headers = from("9.9.9.9", "NamedBot/1.0");
      expect(await told(headers)).toMatch(/^claimed;/);
      await expect
        .poll(async () => told(headers))
        .toBe(
          'verified;name="NamedBot";operator="Named";category="AI Crawler";evidence=reverse-dns',
        );
    });

    it("is not a name that leads elsewhere", async () => {
      const headers = from("9.9.9.10", "NamedBot/1.0");
      await told(headers);
      await expect
        .poll(() => outside.asked.filter((path) => path === "/dns-query").length)
        .toBeGreaterThan(2);
      expect(await told(headers)).toMatch(/^claimed;/);
    });

    it("is a signature first of all", async () => {
      const headers = { ...(await signed("/told/")), ...from("8.8.4.4", "SignedBot/1.0") };
      expect(await told(headers)).toBe(
        `verified;name="SignedBot";operator="Signer";category="AI Crawler";evidence=signature;agent="${outside.url}"`,
      );
    });

    it("is a signature by a key of the rules, whatever directory it names, or none", async () => {
      const time = Math.floor(Date.now() / 1000);
      const times = { created: time, expires: time + 60 };
      const request = { method: "GET", url: `${proxy.url}/told/` };
      const by = (signer: PrivateJwk, agent: string, nonce: string) =>
        signMessage(request, signer, { agent, nonce, ...times });
      const asked = outside.asked.length;
      const says = `verified;name="PinnedBot";operator="Pinned";category="AI Crawler";evidence=signature;agent="urn:ietf:params:oauth:jwk-thumbprint:sha-256:${pinnedKey["kid"] as string}"`;
      for (const agent of ["https://unlisted.example", "https://unlisted.example/keys?a=1"]) {
        expect(await told(await by(pinnedKey, agent, agent))).toBe(says);
      }
      const { "Signature-Agent": _none, ...bare } = await signComponents(
        { message: { ...request, headers: {} } },
        pinnedKey,
        { label: "s", covered: ['"@authority"'], tag: "web-bot-auth", nonce: "bare", ...times },
      ).then((fields): Record<string, string> => fields);
      expect(await told({ ...bare, "user-agent": "NoListBot/1" })).toBe(says);
      // Another agent's name, or a key that is not pinned, does not help.
      expect(await told(await by(unpinnedKey, "https://unlisted.example", "c"))).toBe("anonymous");
      const forged = { ...(await by(unpinnedKey, "https://unlisted.example", "d")) };
      forged["Signature-Input"] = String(forged["Signature-Input"]).replace(
        String(unpinnedKey["kid"]),
        String(pinnedKey["kid"]),
      );
      expect(await told(forged)).toBe("invalid;reason=signature-mismatch");
      expect(outside.asked.length).toBe(asked);
    });

    it("is an address also of a bot whose signature fails, and both are reported", async () => {
      const time = Math.floor(Date.now() / 1000);
      const broken = [
        ["signature-mismatch", await signed("/told/", {}), { Signature: `sig1=:${NO_SIGNATURE}:` }],
        ["expired", await signed("/told/", { created: time - 900, expires: time - 600 }), {}],
        ["created-in-future", await signed("/told/", { created: time + 600, expires: time + 900 })],
        ["malformed-signature-input", { "signature-input": "sig=(" }],
      ] as const;
      for (const [reason, fields, more = {}] of broken) {
        const headers = { ...fields, ...more, ...from("8.8.4.4", "ListBot/1.0") };
        expect(await told(headers)).toBe(
          `verified;name="ListBot";operator="Listed";category="AI Crawler";evidence=ip-range;reason=${reason}`,
        );
        // A rule can demand the signature.
        const demanded = await send(`${proxy.url}/signed/`, { headers });
        expect(demanded.status).toBe(reason.startsWith("malformed") ? 400 : 403);
        const known = await send(`${proxy.url}/known/`, { headers });
        expect(known.status).toBe(200);
        const elsewhere = { ...headers, ...from("8.8.5.1", "ListBot/1.0") };
        expect(await told(elsewhere)).toContain(`invalid;name="ListBot"`);
      }
    });

    it("reaches the origin in our words only", async () => {
      const headers = { "wayleave-agent": "verified", "x-wayleave-agent": "verified" };
      expect(await told(headers)).toBe("anonymous");
      origin.requests.length = 0;
      await send(`${proxy.url}/free/`, { headers });
      expect(origin.requests.at(-1)?.headers["wayleave-agent"]).toBeUndefined();
      expect(origin.requests.at(-1)?.headers["x-wayleave-agent"]).toBeUndefined();
    });

    it("keeps a page that the origin makes for each agent out of shared caches", async () => {
      const got = await send(`${proxy.url}/told/varies`);
      expect(got.headers["cache-control"]).toBe("private, max-age=60");
      const same = await send(`${proxy.url}/told/`);
      expect(same.headers["cache-control"]).toBe("max-age=60");
    });

    it("shows the age of its lists in development", async () => {
      const got = await send(`${proxy.url}/.wayleave/agents`);
      const { ipRanges } = JSON.parse(got.body.toString()) as { ipRanges: object[] };
      expect(ipRanges).toContainEqual(
        expect.objectContaining({ url: `${outside.url}/list.json`, ranges: 1 }),
      );
      expect(ipRanges).toContainEqual(
        expect.objectContaining({ url: `${outside.url}/gone.json`, failure: "unreachable" }),
      );
    });
  });

  it("fetches no directory for a signature that is malformed, expired, uncovered or not allowed", async () => {
    const time = Math.floor(Date.now() / 1000);
    const good = await signed("/free/");
    outside.asked.length = 0;
    const elsewhere = await signMessage({ method: "GET", url: `${proxy.url}/free/` }, key, {
      agent: `${outside.url.replace("127.0.0.1", "localhost")}/other`,
      created: time,
      expires: time + 60,
    });
    const refused: Record<string, string>[] = [
      { ...good, "Signature-Input": `${good["Signature-Input"]},` },
      await signed("/free/", { created: time - 900, expires: time - 600 }),
      {
        ...good,
        "Signature-Input": String(good["Signature-Input"]).replace(/ "signature-agent"[^ )]*/, ""),
      },
      elsewhere,
    ];
    for (const headers of refused) {
      expect((await send(`${proxy.url}/free/`, { headers })).status).toBe(200);
    }
    expect(outside.asked).toEqual([]);
  });

  it("serves the key directory of the site's own agents, signed, and nothing private", async () => {
    const got = await send(proxy.url + WELL_KNOWN_DIRECTORY);
    expect(got.status).toBe(200);
    expect(got.headers["content-type"]).toBe(DIRECTORY_TYPE);
    expect(got.headers["signature-input"]).toContain('tag="http-message-signatures-directory"');
    expect(got.body.toString()).not.toContain(ownKey.d);
    const keys = await staticKeys(JSON.parse(got.body.toString()));
    const created = Math.floor(Date.now() / 1000);
    const fields = await signMessage({ method: "GET", url: "https://site.example/" }, ownKey, {
      agent: "https://own.example",
      created,
      expires: created + 60,
    });
    const byName = new Map(
      Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const verdict = await verifyMessage(
      { method: "GET", url: "https://site.example/", field: (name) => byName.get(name) },
      keys as KeySource,
      { now: created, isAllowed: () => true },
    );
    expect(verdict.verdict).toBe("verified");
    expect((await send(proxy.url + WELL_KNOWN_DIRECTORY, { method: "POST" })).status).toBe(405);
    expect(proxy.log.join("")).not.toContain(ownKey.d);
  });
});
