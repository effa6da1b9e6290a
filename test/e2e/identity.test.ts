import { execFile, spawn, type ChildProcess } from "node:child_process";
import { createPublicKey, type JsonWebKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { createVerifier, httpbis } from "http-message-signatures";
import { verifySignature, webcrypto } from "http-message-sig";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtCommand } from "../support/built-command.ts";
import { runCommand, shellLine } from "../support/cli.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { freePort } from "../support/runtimes.ts";

const main = await builtCommand();

let folder: string;
let origin: TestOrigin;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-identity-"));
  origin = await startOrigin();
  origin.routes.set("/", (_request, response) => response.end("home"));
  origin.routes.set("/signed/", (_request, response) => response.end("a page"));
  const made = await runCommand(folder, ["keys", "--out", "agent"]);
  if (made.code !== 0) throw new Error(made.err);
});

afterAll(async () => {
  await origin.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `wayleave start` in the folder until `body` is done. */
async function whileRunning(
  runtime: string,
  rules: (url: string) => object,
  body: (url: string, said: () => string) => Promise<void>,
): Promise<void> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  writeFileSync(join(folder, "rules.jsonc"), JSON.stringify(rules(url)));
  const argv = ["start", "--dev", "--runtime", runtime, "--port", String(port)];
  const child: ChildProcess = spawn(
    process.execPath,
    [main, ...argv, "--origin", origin.url, "--rules", "rules.jsonc"],
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"], detached: true },
  );
  let said = "";
  try {
    await new Promise<void>((resolve, reject) => {
      const listen = (text: string): void => {
        said += text;
        if (said.includes(`ready ${url}`)) resolve();
      };
      child.stdout?.setEncoding("utf8").on("data", listen);
      child.stderr?.setEncoding("utf8").on("data", listen);
      child.once("exit", () => reject(new Error(`start ended:\n${said}`)));
    });
    await body(url, () => said);
  } finally {
    if (child.exitCode === null) process.kill(-(child.pid as number), "SIGKILL");
  }
}

/** Runs a line in the folder, `wayleave` being the command. */
async function shell(line: string): Promise<string> {
  const { stdout } = await promisify(execFile)("bash", ["-c", await shellLine(line)], {
    cwd: folder,
  });
  return stdout;
}

describe("the output of wayleave sign", () => {
  it.each([[[]], [["--legacy"]]])("verifies with two other libraries: %j", async (more) => {
    const url = "https://site.example/page?a=1";
    const argv = ["sign", "--key", "agent/private.jwk.json", "--agent", "https://bot.example"];
    const { out } = await runCommand(folder, [...argv, ...more, "--json", url]);
    const fields = JSON.parse(out) as Record<string, string>;
    const directory = JSON.parse(readFileSync(join(folder, "agent/directory.json"), "utf8")) as {
      keys: [JsonWebKey];
    };
    const publicKey = createPublicKey({ key: directory.keys[0], format: "jwk" });
    const pem = publicKey.export({ type: "spki", format: "pem" });
    const byOne = await httpbis.verifyMessage(
      { keyLookup: () => Promise.resolve({ verify: createVerifier(pem, "ed25519") }) },
      { method: "GET", url, headers: fields },
    );
    expect(byOne).toBe(true);
    const { kty, crv, x } = directory.keys[0];
    const key = await crypto.subtle.importKey(
      "jwk",
      { kty, crv, x } as never,
      { name: "Ed25519" },
      false,
      ["verify"],
    );
    const byOther = await verifySignature(
      {
        kind: "request",
        method: "GET",
        targetUri: url,
        fields: Object.entries(fields).map(([name, value]) => ({ name, value })),
      },
      {
        label: "sig1",
        policy: {
          algorithms: ["ed25519"],
          requiredComponents: ["@authority"],
          requiredParameters: ["created", "expires", "keyid", "nonce", "tag"],
          now: Math.floor(Date.now() / 1000),
        },
        resolveVerifier: () => webcrypto.verifier(key),
      },
    );
    expect(byOther.label).toBe("sig1");
  });
});

describe("wayleave sign", () => {
  it("refuses a file without a private key, and never quotes it", async () => {
    writeFileSync(join(folder, "public.json"), '{"kty":"OKP","crv":"Ed25519","x":"abc"}');
    writeFileSync(
      join(folder, "half.json"),
      '{"kty":"OKP","crv":"Ed25519","x":"abc","d":"secretly"}',
    );
    for (const file of ["public.json", "half.json"]) {
      const argv = ["sign", "--key", file, "--agent", "https://bot.example", "https://a.example/"];
      const { code, out, err } = await runCommand(folder, argv);
      expect(code).toBe(2);
      expect(out).toBe("");
      expect(err).toMatch(/(?:contains no private JWK|can't sign)\n$/);
      expect(err).not.toContain("secretly");
    }
  });
});

describe.each(["node", "workers"])("wayleave start on %s", (runtime) => {
  it("serves its own directory, verifies its own agent, and accepts a signature once", async () => {
    const rules = (url: string) => ({
      agents: {
        ownDirectory: "./agent/private.jwk.json",
        replay: true,
        bots: [{ name: "Own", operator: "Own", category: "Other", signatureAgents: [url] }],
      },
      rules: [{ name: "signed", match: { path: "/signed/*" }, access: { action: "challenge" } }],
    });
    await whileRunning(runtime, rules, async (url, said) => {
      const code = `-s -o /dev/null -w '%{http_code}'`;
      expect(await shell(`curl ${code} ${url}/signed/`)).toBe("403");
      const sign = `wayleave sign --key agent/private.jwk.json --agent ${url} ${url}/signed/`;
      expect(await shell(`${sign} | curl -s -K - ${url}/signed/`)).toBe("a page");
      await shell(`${sign} > once.curl`);
      expect(await shell(`curl ${code} -K once.curl ${url}/signed/`)).toBe("200");
      expect(await shell(`curl ${code} -K once.curl ${url}/signed/`)).toBe("429");
      const directory = await shell(`curl -s ${url}/.well-known/http-message-signatures-directory`);
      expect(JSON.parse(directory)).toMatchObject({ keys: [{ kty: "OKP", use: "sig" }] });
      const { d } = JSON.parse(readFileSync(join(folder, "agent/private.jwk.json"), "utf8")) as {
        d: string;
      };
      expect(directory + said()).not.toContain(d);
    });
  });

  it("believes no client that writes what Cloudflare's network states", async () => {
    const access = { action: "challenge", evidence: "verified" };
    const rules = () => ({
      rules: [
        { name: "abroad", match: { path: "/page/*", agent: { country: "DE" } }, access: true },
        { name: "proven", match: { path: "/page/*" }, access },
      ],
    });
    await whileRunning(runtime, rules, async (url) => {
      const cf = {
        country: "DE",
        verifiedBotCategory: "Search Engine Crawler",
        botManagement: { verifiedBot: true },
      };
      const fields = `-A Googlebot -H 'MF-CF-Blob: ${JSON.stringify(cf)}' -H 'CF-IPCountry: DE'`;
      const code = `-s -o /dev/null -w '%{http_code}'`;
      expect(await shell(`curl ${code} ${fields} ${url}/page/`)).toBe("403");
    });
  });
});
