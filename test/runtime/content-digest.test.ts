// Content that must have the digest which a signature covers.
import { createHash, createPrivateKey, sign, type JsonWebKey } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WELL_KNOWN_DIRECTORY } from "../../src/http/known-paths.ts";
import { DIRECTORY_TYPE, generateKeys } from "../../src/agent/web-bot-auth/index.ts";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { startOutside, type Outside } from "../support/outside.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const { privateJwk, directory } = await generateKeys();
const key = createPrivateKey({ key: privateJwk as unknown as JsonWebKey, format: "jwk" });

interface Seen {
  readonly bytes: number;
  readonly isWhole: boolean;
  readonly length: string | undefined;
}

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("Content-Digest, on %s", (runtime) => {
  let outside: Outside;
  let origin: TestOrigin;
  let proxy: Proxy;
  const seen: Promise<Seen>[] = [];

  beforeAll(async () => {
    outside = await startOutside();
    outside.answers.set(WELL_KNOWN_DIRECTORY, {
      type: DIRECTORY_TYPE,
      body: JSON.stringify(directory),
    });
    origin = await startOrigin();
    for (const path of ["/signed/", "/open/"]) {
      origin.routes.set(path, (request, response) => {
        seen.push(readAll(request));
        request.on("end", () => response.end("done"));
      });
    }
    // Answers before it has read the content.
    origin.routes.set("/signed/hasty", (request, response) => {
      seen.push(readAll(request));
      response.end("too early");
    });
    origin.routes.set("/signed/full", (_request, response) => {
      response.writeHead(413, { connection: "close" }).end("too much");
    });
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        agents: { directories: [outside.url] },
        rules: [
          { name: "signed", match: { path: "/signed/*" }, access: { action: "challenge" } },
          { name: "open", match: { path: "/open/*" }, access: { forwardAgent: true } },
        ],
      },
    });
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
    outside?.close();
  });

  /** Sends content, signed with a digest of these bytes. */
  const post = (
    path: string,
    content: Buffer | undefined,
    digest: string,
    { method = "POST", chunked = false, component = '"content-digest"' } = {},
  ) => {
    const created = Math.floor(Date.now() / 1000);
    const agent = JSON.stringify(outside.url);
    const covered = `("@authority" "signature-agent" ${component})`;
    const input = `${covered};created=${created};expires=${created + 60};keyid="${String(privateJwk["kid"])}";tag="web-bot-auth"`;
    const value = component.includes("key=") ? digest.replace(/^[^=]*=/, "") : digest;
    const base = `"@authority": ${new URL(proxy.url).host}\n"signature-agent": ${agent}\n${component}: ${value}\n"@signature-params": ${input}`;
    const signature = sign(null, Buffer.from(base), key).toString("base64");
    return send(proxy.url + path, {
      method,
      headers: {
        "signature-agent": agent,
        "signature-input": `s=${input}`,
        signature: `s=:${signature}:`,
        "content-digest": digest,
        ...(chunked ? { "transfer-encoding": "chunked" } : {}),
      },
      ...(content === undefined ? {} : { body: content }),
    });
  };
  const digestOf = (content: Buffer, name = "sha256"): string =>
    `${name.replace("sha", "sha-")}=:${createHash(name).update(content).digest("base64")}:`;
  const last = async (): Promise<Seen | undefined> => seen.at(-1);

  const small = Buffer.from('{"hello":"world"}');
  const large = Buffer.alloc(3_000_000, "0123456789");

  it.each([
    ["small", small],
    ["large", large],
  ])("accepts %s content that has the digest, and forwards all of it", async (_, content) => {
    for (const name of ["sha256", "sha512"]) {
      const got = await post("/signed/", content, digestOf(content, name));
      expect([got.status, got.body.toString()]).toEqual([200, "done"]);
      expect(await last()).toEqual({
        bytes: content.length,
        isWhole: true,
        length: String(content.length),
      });
    }
    const chunked = await post("/signed/", content, digestOf(content), { chunked: true });
    expect(chunked.status).toBe(200);
    const byKey = { component: '"content-digest";key="sha-256"' };
    expect((await post("/signed/", content, digestOf(content), byKey)).status).toBe(200);
  });

  it.each([
    ["small", small],
    ["large", large],
  ])("refuses %s content that is another, of which the origin gets no end", async (_, content) => {
    const changed = Buffer.from(content);
    changed[changed.length - 2] = 0x21;
    for (const chunked of [false, true]) {
      const before = seen.length;
      const got = await post("/signed/", changed, digestOf(content), { chunked });
      expect(got.status).toBe(403);
      expect(JSON.parse(got.body.toString())).toMatchObject({
        signature: "content-digest-mismatch",
      });
      expect(got.headers["cache-control"]).toBe("private, no-store");
      if (seen.length > before) expect(await last()).toMatchObject({ isWhole: false });
    }
    // The connection and the proxy are still fine.
    expect((await post("/signed/", content, digestOf(content))).status).toBe(200);
  });

  it("withholds a response that comes before the content is known", async () => {
    const got = await post("/signed/hasty", large, digestOf(small));
    expect(got.status).toBe(403);
    expect(got.body.toString()).not.toContain("too early");
  });

  it("compares the digest of a request without content at once", async () => {
    const requests = origin.requests.length;
    const get = { method: "GET" };
    const wrong = await post("/signed/", undefined, digestOf(small), get);
    expect(wrong.status).toBe(403);
    expect(origin.requests.length).toBe(requests);
    const right = await post("/signed/", undefined, digestOf(Buffer.alloc(0)), get);
    expect(right.status).toBe(200);
  });

  it("leaves the comparison to the origin server if no rule depends on it", async () => {
    const got = await post("/open/", small, digestOf(large));
    expect(got.status).toBe(200);
    expect(await last()).toMatchObject({ isWhole: true });
  });

  it("ignores digests of algorithms that RFC 9530 does not recommend", async () => {
    const got = await post("/signed/", small, "md5=:AAAAAAAAAAAAAAAAAAAAAA==:");
    expect(got.status).toBe(200);
  });
});

/** What of a request's content arrives at the origin server. */
function readAll(request: IncomingMessage): Promise<Seen> {
  return new Promise((resolve) => {
    let bytes = 0;
    const length = request.headers["content-length"];
    const done = (): void => resolve({ bytes, isWhole: request.complete, length });
    request.on("data", (piece: Buffer) => (bytes += piece.length));
    request.on("close", done).on("error", done).on("end", done);
  });
}
