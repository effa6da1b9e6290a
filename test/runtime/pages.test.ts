import { brotliDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../features/compression/bundles.ts";
import { decodeDcb } from "../support/decode-dcb.ts";
import { send, type RawResponse } from "../support/client.ts";
import { named, startDictionaryOrigin } from "../support/dictionary-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const SHELL = bundle(7, 12_000);
const NO_CACHE = { "cache-control": "no-cache" };
const TOKEN = "the-token-of-the-operator";
/** All that the pages had for one response alone. */
const nonces: string[] = [];

/** A page of the site's template, with text of its own and a nonce that no other has. */
const page = (number: number, more = ""): Buffer => {
  const nonce = named(Buffer.from(`nonce ${nonces.length}`)).slice(1, 23);
  nonces.push(nonce);
  return Buffer.from(
    `<!doctype html><title>${number}</title><script nonce="${nonce}">${SHELL}</script><p>${bundle(100 + number, 2000)}</p>${more}`,
  );
};

interface Warmed {
  readonly ready: readonly { readonly coding: string; readonly bytes: number }[];
}

const LINK = /^<(\/\.well-known\/wayleave\/pages\/([0-9a-f]{64}))>; rel="compression-dictionary"$/;

describe.each(["node", "workerd"] as RuntimeName[])("the pages of a site on %s", (runtime) => {
  let origin: Awaited<ReturnType<typeof startDictionaryOrigin>>;
  let proxy: Proxy;
  let address: string;
  /** The page that named the dictionary first. */
  let last: string;
  let dictionary: Buffer;

  const put = (target: string, content: Buffer, fields: Record<string, string> = NO_CACHE): void =>
    void origin.files.set(target, { content, type: "text/html", fields });
  const get = (target: string, headers: Record<string, string> = {}): Promise<RawResponse> =>
    send(proxy.url + target, { headers: { "accept-encoding": "br", ...headers } });
  const offering = (cookie?: string): Record<string, string> => ({
    "accept-encoding": "br, dcb, dcz",
    "available-dictionary": named(dictionary),
    ...(cookie !== undefined && { cookie }),
  });
  const linkOf = ({ headers }: RawResponse) => LINK.exec(String(headers["link"] ?? ""));
  const requestsFor = (target: string) => origin.asked.filter((each) => each.target === target);
  /** The coding of a page once it is none of these; background work may come first. */
  const codingOf = async (target: string, cookie?: string, rounds = 60): Promise<unknown> => {
    for (let i = 0; i < rounds; i++) {
      const coding = (await get(target, offering(cookie))).headers["content-encoding"];
      if (coding !== "br") return coding;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return "br";
  };

  beforeAll(async () => {
    origin = await startDictionaryOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      adminToken: TOKEN,
      rules: {
        defaults: { compression: { dictionary: true } },
        rules: [
          { name: "off", match: { path: "/off/*" }, compression: { dictionary: { pages: false } } },
          {
            name: "all alike",
            match: { path: "/alike/*" },
            compression: { dictionary: { ignoreCookies: true } },
          },
          {
            name: "guarded",
            match: { path: "/guarded/*", agent: { name: "GPTBot" } },
            access: { action: "challenge" },
          },
        ],
      },
    });
    const secret = "<!-- the-guarded-text-of-members -->";
    for (let i = 1; i <= 5; i++) {
      put(`/guarded/${i}`, page(i, secret));
      put(`/search?q=${i}`, page(i, "<b>what-an-attacker-searched-for</b>"));
      await get(`/guarded/${i}`);
      await get(`/search?q=${i}`, { cookie: "a=1" });
      // The site greets each of its visitors.
      put(`/own/${i}`, page(i));
      origin.dynamic.set(`/own/${i}`, (cookie) =>
        page(i, cookie === undefined ? "" : `<b>hello-ann-your-token-is-4c1f</b>`),
      );
    }
    for (let i = 1; i <= 4; i++) put(`/docs/${i}`, page(i));
    for (let round = 0, found: RegExpExecArray | null = null; found === null; round++) {
      if (round === 100) throw new Error("no dictionary was made");
      const target = `/docs/${(round % 4) + 1}`;
      found = linkOf(await get(target, { "user-agent": "visitor", cookie: `v=${round}` }));
      address = found?.[1] ?? "";
      last = target;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    dictionary = brotliDecompressSync((await get(address)).body);
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  it("name a dictionary of the text that they share, at an address of its own", async () => {
    const { status, headers, body } = await get(address);
    expect(status).toBe(200);
    expect(headers["use-as-dictionary"]).toBe('match="/*", match-dest=("document")');
    expect(headers["cache-control"]).toBe("public, max-age=2592000, immutable");
    expect(headers["vary"]).toBe("Accept-Encoding");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(named(dictionary)).toBe(named(brotliDecompressSync(body)));
    expect(
      address.endsWith(Buffer.from(named(dictionary).slice(1, -1), "base64").toString("hex")),
    ).toBe(true);
    expect(dictionary.length).toBeGreaterThan(1000);
    expect(dictionary.length).toBeLessThanOrEqual(65_536);
    const identity = await send(proxy.url + address, {
      headers: { "accept-encoding": "identity" },
    });
    expect(identity.body.equals(dictionary)).toBe(true);
    expect((await get(`${address.slice(0, -64)}${"0".repeat(64)}`)).status).toBe(404);
    expect(requestsFor(address)).toEqual([]);
  });

  it("are learnt from requests of the proxy without cookies, of addresses without a query", async () => {
    const text = dictionary.toString("latin1");
    for (const word of [...nonces, "guarded-text", "attacker-searched", "token-is"]) {
      expect([word, text.includes(word)]).toEqual([word, false]);
    }
    for (const { target, headers } of origin.asked) {
      const isOwn = String(headers["user-agent"]).startsWith("wayleave/");
      if (isOwn)
        expect([headers["cookie"], target.startsWith("/docs/")]).toEqual([undefined, true]);
    }
    for (let i = 1; i <= 4; i++) {
      const own = requestsFor(`/docs/${i}`).filter(
        ({ headers }) => headers["cookie"] === undefined,
      );
      // The last one was compared, too, since its client was told of the dictionary.
      expect(own.length).toBe(`/docs/${i}` === last ? 2 : 1);
    }
  });

  it("are sent as the difference to it, though they are not fresh", async () => {
    for (const [i, fields] of [
      NO_CACHE,
      { "cache-control": "max-age=0" },
      { "cache-control": "max-age=60" },
    ].entries()) {
      const target = `/fresh/${i}`;
      const content = page(20 + i);
      put(target, content, fields);
      const { headers, body } = await get(target, offering());
      expect([i, headers["content-encoding"]]).toEqual([i, "dcb"]);
      expect(String(headers["vary"]).toLowerCase()).toContain("available-dictionary");
      expect(Buffer.from(decodeDcb(body.subarray(36), dictionary)).equals(content)).toBe(true);
      const plain = await get(target);
      expect(body.length).toBeLessThan(plain.body.length / 2);
      expect(linkOf(plain)?.[1]).toBe(address);
      // The client has the dictionary that the link names.
      expect(headers["link"]).toBeUndefined();
    }
  });

  it("have their deltas ready, if the operator names them after a deploy", async () => {
    put("/docs/11", page(11));
    const { body } = await send(`${proxy.url}/.wayleave/warm`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify({ urls: [`${proxy.url}/docs/11`] }),
    });
    const [warmed] = (JSON.parse(body.toString()) as { warmed: readonly Warmed[] }).warmed;
    const delta = warmed?.ready.find(({ coding }) => coding === "dcb");
    expect(warmed?.ready.map(({ coding }) => coding)).toContain("dcz");
    const got = await get("/docs/11", offering());
    expect([got.headers["content-encoding"], got.body.length]).toEqual(["dcb", delta?.bytes]);
    expect(got.body.length).toBeLessThan((await get("/docs/11")).body.length / 2);
  });

  it("are sent so to a client with cookies once a request without brought the same", async () => {
    put("/alone/1", page(30));
    const before = await get("/alone/1", offering("s=ann"));
    expect(before.headers["content-encoding"]).toBe("br");
    expect(await codingOf("/alone/1", "s=bob")).toBe("dcb");
    const own = requestsFor("/alone/1").filter(({ headers }) => headers["cookie"] === undefined);
    expect(own).toHaveLength(1);
  });

  it("are sent so to the first client that has the dictionary, if a client without it came before", async () => {
    put("/alone/2", page(32));
    const before = await get("/alone/2", { cookie: "s=ann" });
    expect(linkOf(before)?.[1]).toBe(address);
    const proofs = () =>
      requestsFor("/alone/2").filter(({ headers }) => headers["cookie"] === undefined);
    await expect.poll(() => proofs().length, { timeout: 20_000 }).toBe(1);
    // The comparison ends after the response that it reads.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await codingOf("/alone/2", "s=bob", 1)).toBe("dcb");
    expect(proofs()).toHaveLength(1);
  });

  it("never, if they differ for a client with cookies, unless the rule says that they don't", async () => {
    for (let i = 1; i <= 3; i++) {
      for (let visit = 0; visit < 3; visit++) {
        const { headers, body } = await get(`/own/${i}`, offering("s=ann"));
        expect(headers["content-encoding"]).toBe("br");
        expect(brotliDecompressSync(body).toString()).toContain("hello-ann");
      }
      // Once as a page to learn from, and once to compare: content that differs waits for an hour.
      expect(
        requestsFor(`/own/${i}`).filter(({ headers }) => headers["cookie"] === undefined).length,
      ).toBeLessThanOrEqual(2);
    }
    put("/alike/1", page(31));
    expect(await codingOf("/alike/1", "s=ann", 1)).toBe("dcb");
  });

  it("tell no more than a plain coding, if input of an attacker is beside a secret", async () => {
    for (const guess of ["pin-4711-of-ann", "pin-1234-of-ann"]) {
      const target = `/greet/${guess}`;
      const shell = page(50, `<p>${guess}</p>`).toString();
      put(target, Buffer.from(shell));
      origin.dynamic.set(target, (cookie) =>
        Buffer.from(shell + (cookie === undefined ? "" : "<p>pin-4711-of-ann</p>")),
      );
      for (let visit = 0; visit < 3; visit++) {
        const { body, headers } = await get(target, offering("s=ann"));
        const plain = await get(target, { cookie: "s=ann" });
        expect(headers["content-encoding"]).toBe("br");
        // Its quality may change meanwhile.
        expect(brotliDecompressSync(body).equals(brotliDecompressSync(plain.body))).toBe(true);
      }
    }
  });

  it.each([
    [{ "cache-control": "private, max-age=60" }],
    [{ "cache-control": "no-store" }],
    [{ "set-cookie": "s=1", ...NO_CACHE }],
    [{ vary: "Cookie", ...NO_CACHE }],
  ])("neither name it nor use it with %j", async (fields) => {
    const target = `/private/${Object.values(fields).join("")}`.replaceAll(/[^a-z0-9/]/gi, "");
    put(target, page(40), fields);
    const { headers } = await get(target, offering());
    expect(headers["content-encoding"]).toBe("br");
    expect((await get(target)).headers["link"]).toBeUndefined();
  });

  it("neither name it nor use it under a rule that refuses somebody, or one without", async () => {
    for (const target of ["/guarded/1", "/off/1"]) {
      put(target, page(41));
      expect((await get(target, offering())).headers["content-encoding"]).toBe("br");
      expect((await get(target)).headers["link"]).toBeUndefined();
    }
    put("/authorized", page(42));
    const authorization = "Basic YTpi";
    expect(
      (await get("/authorized", { ...offering(), authorization })).headers["content-encoding"],
    ).toBe("br");
  });

  it.each([
    ["connect-src 'none'", false],
    ["default-src 'none'; script-src 'self'", false],
    ["default-src 'none'; connect-src 'self'", true],
    ["default-src 'self'", true],
    ["script-src 'none'", true],
  ])("name it under the policy %s: %s", async (policy, isNamed) => {
    const target = `/csp/${policy.replaceAll(/\W/g, "")}`;
    put(target, page(43), { "content-security-policy": policy, ...NO_CACHE });
    expect(linkOf(await get(target)) !== null).toBe(isNamed);
  });
});
