import { describe, expect, test } from "vitest";
import {
  Directories,
  DIRECTORY_TYPE,
  generateKeys,
  locateDirectory,
  publicDirectory,
  signDirectory,
  verifyMessage,
} from "../../../src/agent/web-bot-auth/index.ts";
import { DirectoryEntry } from "../../../src/agent/web-bot-auth/directory-entry.ts";
import { Discovered } from "../../../src/agent/web-bot-auth/discovered.ts";
import type { DirectoryLocation } from "../../../src/agent/web-bot-auth/directory-url.ts";
import {
  AGENT,
  DIRECTORY_URL,
  NOW,
  directories,
  fakeNetwork,
  message,
  sign,
  signAs,
} from "./fixtures.ts";

const keys = await generateKeys();
const later = await generateKeys();
const keyid = keys.privateJwk["kid"] as string;
const laterId = later.privateJwk["kid"] as string;
const home = locate(AGENT);

function locate(uri: string, type?: string): DirectoryLocation {
  const location = locateDirectory(uri, type);
  if (typeof location !== "object") throw new TypeError(uri);
  return location;
}

const respond =
  (body: unknown, headers: Record<string, string> = {}, status = 200) =>
  () =>
    Promise.resolve(Response.json(body, { headers, status }));

/** Looks a key up and waits for what goes on behind it. */
async function settled(source: Pick<Directories, "forRequest">): Promise<void> {
  const work: Promise<unknown>[] = [];
  const context = { background: (promise: Promise<unknown>) => work.push(promise) };
  await source.forRequest(context).find(home, keyid);
  await Promise.all(work);
}

/** One directory whose answer the test changes as it goes. */
function changing(options: Parameters<typeof directories>[1] = {}) {
  const state = { answer: respond(keys.directory, { "cache-control": "max-age=100" }) };
  const made = directories({ [DIRECTORY_URL]: () => state.answer() }, options);
  return { ...made, state };
}

describe("the cache of key directories", () => {
  test("keeps a directory for as long as its Cache-Control says, within a minute and a day", async () => {
    for (const [control, stillFresh, stale] of [
      ["max-age=100", 99, 101],
      ["max-age=1", 59, 61],
      ["no-store", 59, 61],
      ["max-age=9999999", 86_399, 86_401],
      ["max-age=5, s-maxage=200", 199, 201],
      ["private", 3599, 3601],
    ] as const) {
      const { keys: source, clock, asked, state } = changing();
      state.answer = respond(keys.directory, { "cache-control": control });
      await source.find(home, keyid);
      clock.now = NOW + stillFresh;
      await source.find(home, keyid);
      expect(asked).toHaveLength(1);
      clock.now = NOW + stale;
      await source.find(home, keyid);
      expect(asked).toHaveLength(2);
    }
  });

  test("counts Age and falls back to Expires", async () => {
    const { keys: source, clock, asked, state } = changing();
    state.answer = respond(keys.directory, { "cache-control": "max-age=1000", age: "900" });
    await source.find(home, keyid);
    clock.now = NOW + 101;
    state.answer = respond(keys.directory, {
      expires: new Date((NOW + 301) * 1000).toUTCString(),
    });
    await settled(source);
    clock.now = NOW + 300;
    await source.find(home, keyid);
    expect(asked).toHaveLength(2);
    clock.now = NOW + 302;
    await source.find(home, keyid);
    expect(asked).toHaveLength(3);
  });

  test("uses a stale directory while it fetches it again, and for a day more if that fails", async () => {
    const { keys: source, clock, state } = changing();
    await source.find(home, keyid);
    state.answer = respond({}, {}, 500);
    clock.now = NOW + 100 + 86_399;
    expect(source.find(home, keyid)).toMatchObject({ kind: "found" });
    await settled(source);
    clock.now += 2;
    expect(await source.find(home, keyid)).toEqual({
      kind: "missing",
      reason: "directory-unavailable",
    });
  });

  test("replaces the keys when a fetch succeeds without the old one", async () => {
    const { keys: source, clock, state } = changing();
    await source.find(home, keyid);
    state.answer = respond(later.directory);
    clock.now = NOW + 31;
    expect(await source.find(home, laterId)).toMatchObject({ kind: "found" });
    expect(await source.find(home, keyid)).toEqual({ kind: "missing", reason: "unknown-key" });
  });

  test("fetches again for an unknown key at most once in 30 seconds", async () => {
    const { keys: source, clock, asked } = changing();
    await source.find(home, keyid);
    for (let second = 0; second < 61; second++) {
      clock.now = NOW + second;
      expect(await source.find(home, laterId)).toEqual({ kind: "missing", reason: "unknown-key" });
    }
    expect(asked).toHaveLength(3);
  });

  test("keeps the keys when that forced fetch fails", async () => {
    const { keys: source, clock, state } = changing();
    await source.find(home, keyid);
    state.answer = respond({}, {}, 404);
    clock.now = NOW + 40;
    expect(await source.find(home, laterId)).toEqual({ kind: "missing", reason: "unknown-key" });
    expect(await source.find(home, keyid)).toMatchObject({ kind: "found" });
  });

  test("remembers failures for 30 seconds, then longer, at most for five minutes", async () => {
    const { keys: source, clock, asked, state } = changing();
    state.answer = respond({}, {}, 503);
    const moments: number[] = [];
    for (let second = 0; second < 1500; second++) {
      clock.now = NOW + second;
      await source.find(home, keyid);
      if (asked.length > moments.length) moments.push(second);
    }
    expect(moments).toEqual([0, 30, 90, 210, 450, 750, 1050, 1350]);
  });

  test("shares one fetch among all requests that wait", async () => {
    const { keys: source, asked } = changing();
    const found = await Promise.all(
      Array.from({ length: 50 }, async () => source.find(home, keyid)),
    );
    expect(found.every(({ kind }) => kind === "found")).toBe(true);
    expect(asked).toHaveLength(1);
  });

  test("fetches the directories of two signatures in parallel", async () => {
    const other = "https://other.example";
    let open: (() => void) | undefined;
    const both = new Promise<void>((resolve) => (open = resolve));
    let begun = 0;
    const answer = async (): Promise<Response> => {
      if (++begun === 2) open?.();
      await both;
      return Response.json(keys.directory);
    };
    const answers = { [DIRECTORY_URL]: answer, [locate(other).url.href]: answer };
    const { keys: source } = directories(answers, { allow: [AGENT, other], deadline: 500 });
    const first = await sign(later);
    const second = await signAs(keys, { agent: other, label: "sig2" });
    const joined = Object.fromEntries(
      Object.entries(first).map(([name, value]) => [name, `${value}, ${second[name]}`]),
    );
    const verdict = await verifyMessage(message(joined), source, { now: NOW, ...source });
    expect(verdict).toMatchObject({ verdict: "verified", label: "sig2", agent: other });
  });

  test("gives up waiting when the deadline passes, whatever fetch does with its signal", async () => {
    const { keys: source } = directories(
      { [DIRECTORY_URL]: () => new Promise(() => undefined) },
      { deadline: 20 },
    );
    expect(await source.find(home, keyid)).toMatchObject({ reason: "directory-unavailable" });
  });

  test("fetches listed directories in advance", async () => {
    const { keys: source, asked } = changing();
    await source.prefetch();
    expect(source.find(home, keyid)).toMatchObject({ kind: "found" });
    await source.prefetch();
    expect(asked).toEqual([DIRECTORY_URL]);
    expect(source.describe()).toMatchObject([{ url: DIRECTORY_URL, keys: [keyid], age: 0 }]);
  });

  test("looks up no inner name that a request or a card names, but those of the operator", async () => {
    const inner = "https://signer.corp.internal:8443";
    const url = `${inner}/.well-known/http-message-signatures-directory`;
    const open = directories({ [url]: keys.directory }, { allow: [], openDiscovery: true });
    expect(await open.keys.find(locate(inner), keyid)).toMatchObject({
      reason: "directory-url-refused",
    });
    expect(open.asked).toEqual([]);
    const configured = new Set(["signer.corp.internal:8443"]);
    const named = directories({ [url]: keys.directory }, { allow: [inner], configured });
    expect(await named.keys.find(locate(inner), keyid)).toMatchObject({ kind: "found" });
  });

  const INNER = ["kubernetes.default.svc", "a.internal", "a.local", "a.test", "redis", "10.0.0.1"];

  test.each(INNER)("never fetches from %s, named as directory, JWKS or card", async (host) => {
    for (const type of ["directory", "jwks_uri", "cimd", undefined]) {
      const uri = `https://${host}${type === "directory" ? "" : "/keys"}`;
      const answers = { [locate(uri, type).url.href]: keys.directory };
      const open = directories(answers, { allow: [], openDiscovery: true });
      expect(await open.keys.find(locate(uri, type), keyid)).toMatchObject({ kind: "missing" });
      expect(open.asked).toEqual([]);
    }
  });

  test.each(INNER)("follows no card to %s", async (host) => {
    const card = "https://signer.example/card";
    const jwks = `https://${host}/jwks`;
    const answer = (uri: string) => ({ client_id: card, client_name: "A", jwks_uri: uri });
    const fine = "https://signer.example/jwks";
    const answers = { [jwks]: keys.directory, [fine]: keys.directory };
    const inner = directories({ ...answers, [card]: answer(jwks) }, { allow: [card] });
    expect(await inner.keys.find(locate(card, "cimd"), keyid)).toMatchObject({ kind: "missing" });
    expect(inner.asked).toEqual([card]);
    const outer = directories({ ...answers, [card]: answer(fine) }, { allow: [card] });
    expect(await outer.keys.find(locate(card, "cimd"), keyid)).toMatchObject({ kind: "found" });
  });

  test("refuses a list with a URL that may not be fetched", () => {
    const { fetch } = fakeNetwork({});
    for (const entry of ["signer.example", "http://signer.example", "https://127.0.0.1"]) {
      expect(() => new Directories({ fetch, now: () => NOW, allow: [entry] })).toThrow(entry);
    }
  });
});

describe("an acceptable directory", () => {
  const verdictFor = async (answer: unknown, agent = AGENT): Promise<string> => {
    const { keys: source } = directories({
      [agent === AGENT ? DIRECTORY_URL : agent]: answer,
    });
    const signed = message(await sign(keys, { agent }));
    return (await verifyMessage(signed, source, { now: NOW, ...source })).reason;
  };
  const [publicKey] = keys.directory.keys;
  const at = (over: Record<string, unknown>): unknown => ({ keys: [{ ...publicKey, ...over }] });

  test.each([
    ["as published", keys.directory, "ok"],
    ["without kid", at({ kid: undefined }), "ok"],
    ["with another kid", at({ kid: "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U" }), "ok"],
    ["with alg", at({ alg: "EdDSA" }), "ok"],
    ["with key_ops", at({ key_ops: ["verify"] }), "ok"],
    ["with members that nobody knows", at({ "x-note": "hi" }), "ok"],
    ["with nbf and exp", at({ nbf: NOW - 9, exp: NOW + 9 }), "ok"],
    [
      "with nbf and exp in milliseconds",
      at({ nbf: (NOW - 9) * 1000, exp: (NOW + 9) * 1000 }),
      "ok",
    ],
    ["with a key that is past", at({ exp: NOW - 61 }), "key-outside-validity"],
    ["with a key that is to come", at({ nbf: NOW + 61 }), "key-outside-validity"],
    ["with the private key in it", { keys: [keys.privateJwk] }, "unknown-key"],
    ["for encryption", at({ use: "enc" }), "unknown-key"],
    ["for signing only", at({ key_ops: ["sign"] }), "unknown-key"],
    ["with another alg", at({ alg: "HS256" }), "unknown-key"],
    ["with a short x", at({ x: "AAAA" }), "unknown-key"],
    ["of another curve", at({ crv: "Ed448" }), "unknown-key"],
    ["empty", { keys: [] }, "unknown-key"],
    ["with broken entries beside it", { keys: [null, 1, "x", [], ...keys.directory.keys] }, "ok"],
    ["of 33 keys", { keys: Array.from({ length: 33 }, () => publicKey) }, "directory-malformed"],
    ["that is a list", [publicKey], "directory-malformed"],
    ["that is null", null, "directory-malformed"],
    ["that is no JSON", () => Promise.resolve(new Response("<html>")), "directory-malformed"],
    [
      "in a type of its own",
      () =>
        Promise.resolve(
          new Response(JSON.stringify(keys.directory), {
            headers: { "content-type": DIRECTORY_TYPE },
          }),
        ),
      "ok",
    ],
    [
      "without a type, at the well-known path",
      () => Promise.resolve(new Response(new TextEncoder().encode(JSON.stringify(keys.directory)))),
      "ok",
    ],
    [
      "behind a redirect",
      () => Promise.resolve(Response.redirect("https://other.example/", 302)),
      "directory-unavailable",
    ],
    ["with status 203", respond(keys.directory, {}, 203), "directory-unavailable"],
    [
      "that is announced as too large",
      respond(keys.directory, { "content-length": "65537" }),
      "directory-unavailable",
    ],
    [
      "that is too large",
      () => Promise.resolve(new Response(" ".repeat(65_537))),
      "directory-unavailable",
    ],
    [
      "that cannot be reached",
      () => Promise.reject(new TypeError("refused")),
      "directory-unavailable",
    ],
  ])("%s", async (_, answer, reason) => {
    expect(await verdictFor(answer)).toBe(reason);
  });

  test("elsewhere than at the well-known path it must be JSON by its type", async () => {
    const url = `${AGENT}/upload.txt`;
    const text = JSON.stringify(keys.directory);
    const plain = (): Promise<Response> => Promise.resolve(new Response(text));
    expect(await verdictFor(plain, url)).toBe("directory-malformed");
    expect(await verdictFor(keys.directory, url)).toBe("ok");
  });

  test("a published test key in it is left out unless allowed", async () => {
    const testKey = {
      kty: "OKP",
      crv: "Ed25519",
      x: "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs",
    };
    const id = "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U";
    for (const allowTestKeys of [false, true]) {
      const { keys: source } = directories(
        { [DIRECTORY_URL]: { keys: [testKey] } },
        { allowTestKeys },
      );
      expect((await source.find(home, id)).kind).toBe(allowTestKeys ? "found" : "missing");
    }
  });
});

describe("signature agent cards", () => {
  const url = `${AGENT}/bot`;
  const look = (answers: Record<string, unknown>, allow = [url]) =>
    directories(answers, { allow }).keys;

  test("with keys inside, or behind a jwks_uri of the same origin", async () => {
    const inside = look({ [url]: { client_id: url, client_name: "Bot", jwks: keys.directory } });
    expect(await inside.find(locate(url, "cimd"), keyid)).toMatchObject({ kind: "found" });
    expect(inside.describe()).toMatchObject([{ card: { name: "Bot" } }]);
    const behind = look({
      [url]: { client_id: url, jwks_uri: `${AGENT}/k` },
      [`${AGENT}/k`]: keys.directory,
    });
    expect(await behind.find(locate(url, "cimd"), keyid)).toMatchObject({ kind: "found" });
  });

  test("lead nowhere that the operator has not listed", async () => {
    const elsewhere = "https://elsewhere.example/k";
    const answers = { [url]: { client_id: url, jwks_uri: elsewhere }, [elsewhere]: keys.directory };
    expect(await look(answers).find(locate(url, "cimd"), keyid)).toMatchObject({ kind: "missing" });
    expect(await look(answers, [url, elsewhere]).find(locate(url, "cimd"), keyid)).toMatchObject({
      kind: "found",
    });
  });

  test("speak for their own URL only", async () => {
    const forged = look({ [url]: { client_id: `${AGENT}/other`, jwks: keys.directory } });
    expect(await forged.find(locate(url, "cimd"), keyid)).toMatchObject({
      reason: "directory-malformed",
    });
  });
});

describe("open discovery", () => {
  const agents = Array.from({ length: 20 }, (_, at) => `https://bot${at}.example`);
  const answers = Object.fromEntries(
    agents.map((agent) => [locate(agent).url.href, keys.directory]),
  );

  test("never waits: the first request is pending, the next is verified, and it grants no category", async () => {
    const { keys: source, asked } = directories(answers, { allow: [], openDiscovery: true });
    const work: Promise<unknown>[] = [];
    const once = source.forRequest({ client: "a", background: (promise) => work.push(promise) });
    const signed = message(await sign(keys, { agent: "https://bot1.example" }));
    const verify = () => verifyMessage(signed, once, { now: NOW, ...source });
    expect(await verify()).toMatchObject({ verdict: "unverified", reason: "directory-pending" });
    expect(work).toHaveLength(1);
    await Promise.all(work);
    expect(await verify()).toMatchObject({ verdict: "verified", agent: "https://bot1.example" });
    expect(asked).toHaveLength(1);
    expect(source.isListed(new URL("https://bot1.example"))).toBe(false);
  });

  test("limits new origins for a client, and in all", async () => {
    const many = Array.from({ length: 100 }, (_, at) => `https://x${at}.example`);
    const all = Object.fromEntries(many.map((agent) => [locate(agent).url.href, keys.directory]));
    const { keys: source, asked, clock } = directories(all, { allow: [], openDiscovery: true });
    const lookAll = async (client: string): Promise<unknown[]> => {
      const work: Promise<unknown>[] = [];
      const context = { client, background: (promise: Promise<unknown>) => work.push(promise) };
      const lookups = many.map((agent) => source.forRequest(context).find(locate(agent), keyid));
      await Promise.all(work);
      return lookups.map((lookup) => ("reason" in lookup ? lookup.reason : "found"));
    };
    const first = await lookAll("a");
    expect(first.filter((reason) => reason === "directory-pending")).toHaveLength(5);
    expect(first.filter((reason) => reason === "directory-limit")).toHaveLength(95);
    expect(asked).toHaveLength(5);
    // Half of the limit is for the first origin of each client.
    for (const client of ["b", "c", "d", "e", "f", "g", "h"]) await lookAll(client);
    expect(asked).toHaveLength(8 + 30);
    await lookAll("i");
    expect(asked).toHaveLength(39);
    for (let at = 0; at < 30; at++) await lookAll(`j${at}`);
    expect(asked).toHaveLength(60);
    clock.now = NOW + 60;
    await lookAll("a");
    expect(asked).toHaveLength(65);
  });

  test("counts an IPv4 /24 and an IPv6 /64 as one client", async () => {
    const options = { allow: [], openDiscovery: true };
    for (const clients of [
      Array.from({ length: 12 }, (_, at) => `192.0.2.${at + 1}`),
      Array.from({ length: 12 }, (_, at) => `2001:db8:1:2::${at + 1}`),
    ]) {
      const { keys: source, asked } = directories(answers, options);
      for (const client of clients) {
        for (const agent of agents) await source.forRequest({ client }).find(locate(agent), keyid);
      }
      expect(asked).toHaveLength(5);
    }
  });

  test("twelve networks lock no newcomer out, nor a directory that is known", async () => {
    const many = Array.from({ length: 400 }, (_, at) => `https://x${at}.example`);
    const all = Object.fromEntries(
      [...many, ...agents].map((agent) => [locate(agent).url.href, keys.directory]),
    );
    const options = { allow: [], openDiscovery: true };
    const { keys: source, clock } = directories(all, options);
    const look = async (client: string, agent: string) => {
      const work: Promise<unknown>[] = [];
      const background = (each: Promise<unknown>) => work.push(each);
      const found = await source.forRequest({ client, background }).find(locate(agent), keyid);
      await Promise.all(work);
      return "reason" in found ? found.reason : "found";
    };
    expect(await look("198.51.100.7", agents[0]!)).toBe("directory-pending");
    for (let minute = 0; minute < 8; minute++) {
      clock.now = NOW + minute * 61;
      for (const [at, agent] of many.entries()) await look(`203.0.${at % 12}.9`, agent);
      expect(await look(`198.51.${minute}.8`, agents[minute + 1]!)).toBe("directory-pending");
      expect(await look("198.51.100.7", agents[0]!)).toBe("found");
    }
  });

  test("evicts the least recently used directory", () => {
    const discovered = new Discovered(3);
    const added: number[] = [];
    for (const at of [0, 1, 2, 0, 3, 0, 1]) {
      if (discovered.get(`${at}`) !== undefined) continue;
      added.push(at);
      discovered.add(`${at}`, new DirectoryEntry(home), "a");
    }
    expect(added).toEqual([0, 1, 2, 3, 1]);
    expect([...discovered.values()]).toHaveLength(3);
  });

  test("a listed origin cannot be used to fetch without end", async () => {
    const { keys: source, asked } = directories({});
    for (let at = 0; at < 50; at++) await source.find(locate(`${AGENT}/${at}`), keyid);
    expect(asked).toHaveLength(5);
  });
});

describe("the site's own directory", () => {
  const options = { url: DIRECTORY_URL, created: NOW - 10, expires: NOW + 3600, maxAge: 60 };

  test("is accepted by our own client, its signature included, and contains no private key", async () => {
    const own = await signDirectory([keys.privateJwk, later.privateJwk], options);
    const text = new TextDecoder().decode(own.body);
    expect(JSON.parse(text)).toEqual(await publicDirectory([keys.privateJwk, later.privateJwk]));
    expect(text).not.toContain(keys.privateJwk.d);
    const serve = (): Promise<Response> =>
      Promise.resolve(new Response(own.body, { headers: own.fields }));
    const { keys: source } = directories({ [DIRECTORY_URL]: serve });
    expect(await source.find(home, laterId)).toMatchObject({ kind: "found" });
  });

  test.each([
    ["changed bytes", {}, (body: Uint8Array) => new Uint8Array([...body, 32])],
    ["another digest", { "Content-Digest": "sha-256=:AAAA:" }, undefined],
    ["no digest", { "Content-Digest": "" }, undefined],
    ["a signature of nobody", { Signature: `sig1=:${"A".repeat(86)}==:` }, undefined],
    ["no signature at all for its input", { Signature: "" }, undefined],
    ["malformed fields", { "Signature-Input": "((" }, undefined],
  ])("is refused with %s", async (_, fields, change) => {
    const own = await signDirectory([keys.privateJwk], options);
    const body = change?.(own.body) ?? own.body;
    const headers = { ...own.fields, ...fields };
    const serve = (): Promise<Response> => Promise.resolve(new Response(body, { headers }));
    const { keys: source } = directories({ [DIRECTORY_URL]: serve });
    expect(await source.find(home, keyid)).toEqual({
      kind: "missing",
      reason: "directory-signature-invalid",
    });
  });

  test("is refused once its signature has expired, and when it is another's", async () => {
    for (const over of [{ expires: NOW - 61 }, { url: "https://other.example/x" }]) {
      const own = await signDirectory([keys.privateJwk], {
        ...options,
        created: NOW - 90,
        ...over,
      });
      const serve = (): Promise<Response> =>
        Promise.resolve(new Response(own.body, { headers: own.fields }));
      const { keys: source } = directories({ [DIRECTORY_URL]: serve });
      expect(await source.find(home, keyid)).toMatchObject({
        reason: "directory-signature-invalid",
      });
    }
  });

  test("needs no signature, and one that binds nothing counts like none", async () => {
    const loose = {
      "Signature-Input": `sig1=("@authority");created=1;expires=2;keyid="${keyid}";tag="http-message-signatures-directory"`,
      Signature: "sig1=:AAAA:",
    };
    const { keys: source } = directories({ [DIRECTORY_URL]: respond(keys.directory, loose) });
    expect(await source.find(home, keyid)).toMatchObject({ kind: "found" });
  });
});
