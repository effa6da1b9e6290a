// Requests that four independent signers sign, sent over sockets to both runtimes.
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WELL_KNOWN_DIRECTORY } from "../../src/http/known-paths.ts";
import {
  DIRECTORY_TYPE,
  generateKeys,
  parsePrivateJwk,
  publicDirectory,
  type PrivateJwk,
} from "../../src/agent/web-bot-auth/index.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { startOutside, type Outside } from "../support/outside.ts";
import { sendRaw, statusOf } from "../support/raw.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";
import { sampleOf } from "../support/sample.ts";
import {
  httpMessageSig,
  httpMessageSignatures,
  openssl,
  webBotAuth,
  type Signer,
} from "../support/signers.ts";
import { ODD_TARGETS } from "./odd-targets.ts";

const hasOpenssl = ((): boolean => {
  try {
    return execFileSync("openssl", ["version"]).length > 0;
  } catch {
    console.warn("skipped: the signer openssl, which is not installed");
    return false;
  }
})();

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("live signatures, on %s", (runtime) => {
  let outside: Outside;
  let origin: TestOrigin;
  let proxy: Proxy;
  let close = (): void => {};
  const signers = new Map<string, Signer>();

  beforeAll(async () => {
    outside = await startOutside();
    origin = await startOrigin();
    const ed25519 = (await generateKeys()).privateJwk;
    const p256 = await ecdsaKey();
    const directory = await publicDirectory([ed25519, p256]);
    outside.answers.set(WELL_KNOWN_DIRECTORY, {
      type: DIRECTORY_TYPE,
      body: JSON.stringify(directory),
    });
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        agents: { directories: [outside.url] },
        defaults: { access: { forwardAgent: true } },
      },
    });
    signers.set("web-bot-auth", webBotAuth(ed25519));
    signers.set("http-message-signatures, Ed25519", httpMessageSignatures(ed25519));
    signers.set("http-message-signatures, ECDSA", httpMessageSignatures(p256));
    signers.set("http-message-sig", httpMessageSig(ed25519));
    if (hasOpenssl) {
      const signer = openssl(ed25519);
      signers.set("openssl", signer);
      close = () => signer.close();
    }
  });

  afterAll(async () => {
    close();
    await proxy?.close();
    await origin?.close();
    outside?.close();
  });

  /** Sends a request with exactly this target, and says what the origin server is told of it. */
  const told = async (target: string, method: string, fields: Record<string, string>) => {
    origin.requests.length = 0;
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `${method} ${target} HTTP/1.1\r\nHost: ${new URL(proxy.url).host}\r\n`;
    const bytes = Buffer.from(`${head}${lines.join("")}Connection: close\r\n\r\n`, "utf8");
    const got = await sendRaw(proxy.url, bytes.toString("latin1"));
    const [request] = origin.requests;
    const agent = String(request?.headers["wayleave-agent"]);
    return request === undefined ? `status ${statusOf(got)}` : agent;
  };

  const times = () => {
    const created = Math.floor(Date.now() / 1000) - 5;
    return { created, expires: created + 300 };
  };

  it("verifies 80 of 80, in all combinations of components and forms", async () => {
    const sets = [
      ["@authority"],
      ["@authority", "@method", "@path"],
      ["@target-uri"],
      ["@method", "@authority", "@target-uri", "@path", "@query"],
    ];
    const missed: string[] = [];
    let count = 0;
    for (const [name, sign] of signers) {
      for (const components of sets) {
        for (const form of ["string", "member"] as const) {
          for (const method of ["GET", "HEAD"]) {
            const target = `/page/${count}?a=1&b=%20c`;
            const url = proxy.url + target;
            const agent = outside.url;
            const fields = await sign({ method, url, components, agent, form, ...times() });
            const says = await told(target, method, fields);
            if (!says.startsWith("verified;evidence=signature;")) {
              missed.push(`${name} ${components.join(" ")} ${form} ${method}: ${says}`);
            }
            count++;
          }
        }
      }
    }
    expect(missed).toEqual([]);
    expect(count).toBe(hasOpenssl ? 80 : 64);
  });

  it.each([
    ["as the agent wrote it", (raw: string) => raw],
    ["as a URL parser writes it", parsed],
  ] as const)(
    "verifies odd targets, sent %s",
    async (_how, write) => {
      expect(ODD_TARGETS.length).toBeGreaterThanOrEqual(90);
      const components = ["@method", "@authority", "@target-uri", "@path", "@query"];
      const results: string[] = [];
      const expected: string[] = [];
      const pairs = ODD_TARGETS.flatMap((raw) =>
        [...signers].map(([name, sign]) => ({ raw, name, sign })),
      );
      for (const { raw, name, sign } of sampleOf(pairs, 3)) {
        const request = { method: "GET", url: proxy.url + raw, components, agent: outside.url };
        const signing = sign({ ...request, form: "string", ...times() });
        const fields = await signing.catch(() => undefined);
        // Some signers refuse a URL that is not ASCII.
        if (fields === undefined) continue;
        const target = write(raw);
        const says = await told(target, "GET", fields);
        const isVerified = says.startsWith("verified;evidence=signature;");
        const miss = missOf(runtime, raw, target);
        // A signer that parses the URL has signed the text that it sent.
        const isExpected = miss === "dot segments" && isVerified && name === "web-bot-auth";
        const result = miss === undefined || isExpected ? "verified" : MISSES[miss][runtime];
        results.push(`${name}, ${target} for ${raw}: ${isVerified ? "verified" : says}`);
        expected.push(`${name}, ${target} for ${raw}: ${result}`);
      }
      expect(results).toEqual(expected);
    },
    60_000,
  );
});

/** The result of a request whose signature can't be compared, by the reason and the runtime. */
const MISSES: Readonly<Record<Miss, Readonly<Record<RuntimeName, string>>>> = {
  // The runtime's parser refuses the request, before the proxy.
  parser: { node: "status 400", workerd: "status 400" },
  // The segment before ".." can't be found from the path that was sent.
  "dot segments": { node: "invalid;reason=signature-mismatch", workerd: "anonymous" },
};
type Miss = "parser" | "dot segments";

function missOf(runtime: RuntimeName, raw: string, target: string): Miss | undefined {
  // Node's parser takes ASCII only; that of workerd refuses some characters of ASCII instead.
  const refused = runtime === "node" ? /[^\0-\x7f]/ : /[<>]|^[^?]*`|\?.*"/;
  if (refused.test(target)) return "parser";
  const hasDots = /\/(?:\.|%2e){2}(?:\/|$)/i;
  return hasDots.test(raw) && !hasDots.test(target) ? "dot segments" : undefined;
}

function parsed(raw: string): string {
  const { pathname, search } = new URL(`http://host${raw}`);
  return pathname + search;
}

async function ecdsaKey(): Promise<PrivateJwk> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const jwk = parsePrivateJwk(await crypto.subtle.exportKey("jwk", pair.privateKey));
  if (jwk === undefined) throw new TypeError("no key");
  return jwk;
}
