import { describe, expect, test } from "vitest";
import { generateKeys, staticKeys, verifyMessage } from "../../../src/agent/web-bot-auth/index.ts";
import { AGENT, DIRECTORY_URL, NOW, directories, message, sign, signAs } from "./fixtures.ts";

const keys = await generateKeys();
const published = { [DIRECTORY_URL]: keys.directory };

function untyped(): Response {
  return new Response(new TextEncoder().encode(JSON.stringify(keys.directory)));
}

describe("verifyMessage", () => {
  test("answers an unsigned request at once", async () => {
    const { keys: source, asked } = directories(published);
    const verdict = await verifyMessage(message({}), source, { now: NOW, ...source });
    expect(verdict).toEqual({ verdict: "unverified", reason: "no-signature" });
    expect(asked).toEqual([]);
  });

  test.each(["dictionary", "legacy"] as const)("verifies the %s form", async (form) => {
    const { keys: source, asked } = directories(published);
    const signed = message(await sign(keys, { form, nonce: "AAAA" }));
    const expected = {
      verdict: "verified",
      reason: "ok",
      label: "sig1",
      keyid: keys.privateJwk["kid"],
      agent: AGENT,
      form: form === "legacy" ? "string" : "origin",
      proof: {
        keyid: keys.privateJwk["kid"],
        created: NOW - 10,
        nonce: "AAAA",
        covers: [
          '"@authority"',
          form === "legacy" ? '"signature-agent"' : '"signature-agent";key="sig1"',
        ],
        signature: expect.any(Uint8Array) as Uint8Array,
      },
    };
    expect(await verifyMessage(signed, source, { now: NOW, ...source })).toEqual(expected);
    expect(await verifyMessage(signed, source, { now: NOW, ...source })).toEqual(expected);
    expect(asked).toEqual([DIRECTORY_URL]);
  });

  test("notices a change of anything that is signed", async () => {
    const { keys: source } = directories(published);
    const fields = await signAs(
      keys,
      { cover: ["@path", "accept"] },
      { fields: { accept: "text/html" } },
    );
    const changed = message({ ...fields, accept: "text/plain" });
    expect(await verifyMessage(changed, source, { now: NOW, ...source })).toMatchObject({
      verdict: "invalid",
      reason: "signature-mismatch",
      agent: AGENT,
    });
  });

  test("uses a key only for the directory that it comes from", async () => {
    const other = await generateKeys();
    const { keys: source } = directories(
      {
        ...published,
        "https://other.example/.well-known/http-message-signatures-directory": other.directory,
      },
      { allow: [AGENT, "https://other.example"] },
    );
    const signed = message(await sign(keys, { agent: "https://other.example" }));
    expect(await verifyMessage(signed, source, { now: NOW, ...source })).toMatchObject({
      verdict: "unverified",
      reason: "unknown-key",
    });
  });

  test("checks only valid signatures for replay", async () => {
    const { keys: source } = directories(published);
    const seen: unknown[] = [];
    const options = {
      now: NOW,
      ...source,
      isReplayed: (held: { nonce: string | undefined }) => seen.push(held.nonce) > 1,
    };
    const fields = await sign(keys, { nonce: "once" });
    const forged = message(fields, { url: "https://victim.example/" });
    expect((await verifyMessage(forged, source, options)).reason).toBe("signature-mismatch");
    expect(seen).toEqual([]);
    expect((await verifyMessage(message(fields), source, options)).reason).toBe("ok");
    expect((await verifyMessage(message(fields), source, options)).reason).toBe("replayed");
    expect(seen).toEqual(["once", "once"]);
  });

  test("accepts a signature after its end only for the grace", async () => {
    const { keys: source } = directories(published);
    const signed = message(await sign(keys, { created: NOW - 300, expires: NOW - 30 }));
    const verdict = async (more: object) =>
      (await verifyMessage(signed, source, { now: NOW, ...source, ...more })).reason;
    expect(await verdict({})).toBe("expired");
    expect(await verdict({ skew: 3600 })).toBe("expired");
    expect(await verdict({ expiresGrace: 29 })).toBe("expired");
    expect(await verdict({ expiresGrace: 30 })).toBe("ok");
  });

  test("accepts a signature from the future only for the skew", async () => {
    const { keys: source } = directories(published);
    const signed = message(await sign(keys, { created: NOW + 50, expires: NOW + 90 }));
    const verdict = async (more: object) =>
      (await verifyMessage(signed, source, { now: NOW, ...source, ...more })).reason;
    expect(await verdict({})).toBe("ok");
    expect(await verdict({ skew: 49 })).toBe("created-in-future");
    expect(await verdict({ skew: 0, expiresGrace: 3600 })).toBe("created-in-future");
  });

  test("identifies an agent by its URL without query, in one spelling, and fetches as sent", async () => {
    const spellings = ["/~bot/keys?v=1", "/%7Ebot/keys?v=2", "/%7ebot/./keys"];
    const urls = spellings.map((each) => new URL(`${AGENT}${each}`).href);
    const answers = Object.fromEntries(urls.map((url) => [url, keys.directory]));
    const { keys: source, asked } = directories(answers);
    for (const [at, url] of urls.entries()) {
      const signed = message(await sign(keys, { agent: url }));
      expect(await verifyMessage(signed, source, { now: NOW, ...source })).toMatchObject({
        verdict: "verified",
        agent: `${AGENT}/~bot/keys`,
        form: "url",
      });
      expect(asked[at]).toBe(url);
    }
  });

  test("tolerates a member with parameters, unless it is to be ignored", async () => {
    const { keys: source, asked } = directories(published);
    const signed = message(await signAs(keys, { type: "directory" }));
    const verdict = (more: object) =>
      verifyMessage(signed, source, { now: NOW, ...source, ...more });
    expect(await verdict({ ignoresParameters: true })).toMatchObject({
      verdict: "unverified",
      reason: "agent-parameters-ignored",
      agent: AGENT,
    });
    expect(asked).toEqual([]);
    expect(await verdict({})).toMatchObject({ verdict: "verified", form: "parameters" });
    const plain = message(await sign(keys));
    const strict = { now: NOW, ...source, ignoresParameters: true };
    expect(await verifyMessage(plain, source, strict)).toMatchObject({ form: "origin" });
  });

  test.each([
    ["a bare JWK", DIRECTORY_URL, () => Response.json(keys.directory.keys[0])],
    ["a directory without a type", DIRECTORY_URL, () => untyped()],
    ["a key set at a URL, without a type", `${AGENT}/keys.json`, () => untyped()],
  ])("accepts %s", async (_, url, answer) => {
    const { keys: source } = directories({ [url]: () => Promise.resolve(answer()) });
    const agent = url === DIRECTORY_URL ? AGENT : url;
    const signed = message(await sign(keys, { agent }));
    expect(await verifyMessage(signed, source, { now: NOW, ...source })).toMatchObject({
      verdict: "verified",
      agent,
    });
  });

  test("accepts a bare JWK as a key file, too", async () => {
    const source = await staticKeys(keys.directory.keys[0]);
    const options = { now: NOW, isAllowed: () => true };
    const verdict = await verifyMessage(message(await sign(keys)), source!, options);
    expect(verdict.verdict).toBe("verified");
  });

  test("works in development with a directory on a loopback port", async () => {
    const agent = "http://127.0.0.1:4711";
    const { keys: source } = directories(
      { [`${agent}/.well-known/http-message-signatures-directory`]: keys.directory },
      { allow: [agent], dev: true },
    );
    const signed = message(await sign(keys, { agent }));
    expect(await verifyMessage(signed, source, { now: NOW, ...source })).toMatchObject({
      verdict: "verified",
      agent,
    });
  });

  test("works offline with one key set for all, and with one for each agent", async () => {
    const signed = message(await sign(keys));
    for (const document of [keys.directory, { [AGENT]: keys.directory }]) {
      const source = await staticKeys(document);
      const verdict = await verifyMessage(signed, source!, { now: NOW, isAllowed: () => true });
      expect(verdict.verdict).toBe("verified");
    }
  });
});
