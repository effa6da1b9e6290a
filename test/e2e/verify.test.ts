import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateKeys, signMessage } from "../../src/agent/web-bot-auth/index.ts";
import { runCommand } from "../support/cli.ts";

const AGENT = "https://bot.example";
const URL_ = "https://site.example/page";
const NOW = 1_800_000_000;

let folder: string;
/** A request as a line of input. */
let signed: { id: string; method: string; url: string; headers: [string, string][] };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-verify-"));
  const { privateJwk, directory } = await generateKeys();
  const write = (name: string, value: unknown) =>
    writeFileSync(join(folder, name), typeof value === "string" ? value : JSON.stringify(value));
  write("jwks.json", directory);
  write("by-agent.json", { [AGENT]: directory });
  write("other-agent.json", { "https://other.example": directory });
  write("no-keys.json", { keys: "none" });
  write("no-json.json", "{");
  const fields = await signMessage({ method: "GET", url: URL_ }, privateJwk, {
    agent: AGENT,
    created: NOW,
    expires: NOW + 300,
    nonce: "bm9uY2U",
  });
  signed = { id: "a", method: "GET", url: URL_, headers: Object.entries(fields) };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function verify(argv: readonly string[], ...lines: readonly (object | string)[]) {
  const input = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
  const ended = await runCommand(folder, ["verify", ...argv], `${input.join("\n")}\n`);
  const records = ended.out.split("\n").slice(0, -1);
  return { ...ended, records: records.map((record) => JSON.parse(record) as object) };
}

describe("verify", () => {
  const now = ["--now", String(NOW + 10)];

  it.each(["jwks.json", "by-agent.json"])("says verified with the keys in %s", async (file) => {
    const { code, records, err } = await verify(["--keys", file, ...now], signed);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(records).toEqual([
      {
        id: "a",
        verdict: "verified",
        reason: "ok",
        label: "sig1",
        keyid: expect.stringMatching(/^[\w-]{43}$/) as string,
        agent: AGENT,
      },
    ]);
  });

  it("ends with 1 if any request is not verified, and preserves the order", async () => {
    const tampered = { ...signed, id: 2, url: "https://elsewhere.example/page" };
    const bare = { ...signed, id: null, headers: [] };
    const { code, records } = await verify(["--keys", "jwks.json", ...now], signed, tampered, bare);
    expect(code).toBe(1);
    expect(records).toMatchObject([
      { id: "a", verdict: "verified" },
      { id: 2, verdict: "invalid", reason: "signature-mismatch", agent: AGENT },
      { id: null, verdict: "unverified", reason: "no-signature" },
    ]);
    expect(records[2]).toEqual({
      id: null,
      verdict: "unverified",
      reason: "no-signature",
      label: null,
      keyid: null,
      agent: null,
    });
  });

  it("prefers the time of the line to that of the option", async () => {
    const late = { ...signed, now: NOW + 10_000 };
    const { records } = await verify(["--keys", "jwks.json", ...now], late, signed);
    expect(records).toMatchObject([{ verdict: "invalid", reason: "expired" }, { reason: "ok" }]);
  });

  it("knows no key without a key file, and none of another agent", async () => {
    const reason = { verdict: "unverified", reason: "unknown-key" };
    expect((await verify(now, signed)).records).toMatchObject([reason]);
    const other = await verify(["--keys", "other-agent.json", ...now], signed);
    expect(other.records).toMatchObject([reason]);
  });

  it("combines the lines of a field in their order", async () => {
    const others: Record<string, string> = {
      "signature-input": '  other=("@method");keyid="x" ',
      signature: "other=:AAAA: ",
    };
    const headers = signed.headers.flatMap(([spelt, value]): [string, string][] => {
      const name = spelt.toLowerCase();
      return name in others
        ? [
            [name.toUpperCase(), others[name] as string],
            [name, `\t${value}`],
          ]
        : [[name, value]];
    });
    const lines = { ...signed, headers };
    const { records } = await verify(["--keys", "jwks.json", ...now], lines);
    expect(records).toMatchObject([{ verdict: "verified", label: "sig1" }]);
  });

  it("writes a record for each malformed line, and continues", async () => {
    const { code, records, err } = await verify(
      ["--keys", "jwks.json", ...now],
      "{",
      "[]",
      "",
      { ...signed, url: "/page" },
      { ...signed, headers: { a: "b" } },
      { ...signed, headers: [["a", "b", "c"]] },
      { ...signed, headers: [["a b", "c"]] },
      { ...signed, method: 1 },
      { ...signed, now: "soon" },
      signed,
    );
    expect({ code, err }).toEqual({ code: 1, err: "" });
    const unknown = { label: null, keyid: null, agent: null };
    const error = (id: unknown, message: string) => ({
      id,
      verdict: "error",
      reason: "malformed-line",
      ...unknown,
      message,
    });
    expect(records).toEqual([
      error(null, "line 1: not JSON"),
      error(null, "line 2: expected an object, not a list"),
      error("a", 'line 4: "url": expected an absolute http or https URL, not "/page"'),
      error("a", 'line 5: "headers": expected a list of [name, value], not an object'),
      error("a", 'line 6: "headers": expected [name, value] at 0, not a list'),
      error("a", 'line 7: "headers": "a b" at 0 is not a field name'),
      error("a", 'line 8: "method": expected a method such as "GET", not 1'),
      error("a", 'line 9: "now": expected seconds since the epoch, not "soon"'),
      expect.objectContaining({ verdict: "verified" }) as object,
    ]);
  });

  it("ends with 0 if the input is empty", async () => {
    expect(await runCommand(folder, ["verify"], "")).toEqual({ code: 0, out: "", err: "" });
  });

  it.each([
    [["--keys", "none.json"], "can't read the key file none.json"],
    [
      ["--keys", "no-keys.json"],
      "no-keys.json must contain a JWKS, or an object from agent URL to JWKS",
    ],
    [
      ["--keys", "no-json.json"],
      "no-json.json must contain a JWKS, or an object from agent URL to JWKS",
    ],
    [
      ["--max-age", "long"],
      '--max-age must be a number of seconds, or a duration such as "10m", not "long"',
    ],
    [["--rules", "no.jsonc"], "can't read the rules file no.jsonc: it does not exist"],
    [["--now", "soon"], '--now must be a number of seconds since the epoch, not "soon"'],
  ])("ends with 2 at %j", async (argv, message) => {
    const { code, out, err } = await verify(argv, signed);
    expect({ code, out, err }).toEqual({ code: 2, out: "", err: `wayleave verify: ${message}\n` });
  });

  it("refuses an agent at an http URL also if all keys are given, but for development", async () => {
    const { privateJwk, directory } = await generateKeys();
    writeFileSync(join(folder, "own.json"), JSON.stringify(directory));
    const from = async (agent: string) => {
      const times = { created: NOW, expires: NOW + 300 };
      const fields = await signMessage({ method: "GET", url: URL_ }, privateJwk, {
        agent,
        ...times,
      });
      return { ...signed, headers: Object.entries(fields) };
    };
    const lines = [await from("http://bot.example"), await from("http://127.0.0.1:8787")];
    const keys = ["--keys", "own.json", ...now];
    const refused = { verdict: "invalid", reason: "signature-agent-not-https" };
    expect((await verify(keys, ...lines)).records).toMatchObject([refused, refused]);
    expect((await verify(["--dev", ...keys], ...lines)).records).toMatchObject([
      refused,
      { verdict: "verified", agent: "http://127.0.0.1:8787" },
    ]);
  });

  it("takes the times from options, and the rest from a rules file", async () => {
    const keys = ["--keys", "jwks.json"];
    const reason = async (argv: readonly string[], time = NOW + 10) => {
      const { records } = await verify([...keys, "--now", String(time), ...argv], signed);
      return (records[0] as { reason: string }).reason;
    };
    expect(await reason(["--max-age", "299"])).toBe("lifetime-too-long");
    expect(await reason(["--max-age", "5m"])).toBe("ok");
    expect(await reason(["--skew", "9"], NOW - 10)).toBe("created-in-future");
    expect(await reason(["--skew", "10s"], NOW - 10)).toBe("ok");
    const rules = (name: string, agents: object): string[] => {
      writeFileSync(join(folder, name), JSON.stringify({ agents }));
      return ["--rules", name];
    };
    expect(await reason(rules("none.jsonc", {}))).toBe("directory-not-allowed");
    const listed = { directories: [AGENT] };
    expect(await reason(rules("listed.jsonc", listed))).toBe("ok");
    expect(await reason(rules("short.jsonc", { ...listed, maxAge: "1m" }))).toBe(
      "lifetime-too-long",
    );
    const grace = rules("grace.jsonc", { ...listed, expiresGrace: "1m" });
    expect(await reason(rules("listed.jsonc", listed), NOW + 310)).toBe("expired");
    expect(await reason(grace, NOW + 310)).toBe("ok");
    // The option wins.
    expect(
      await reason([...rules("short.jsonc", { ...listed, maxAge: "1m" }), "--max-age", "1h"]),
    ).toBe("ok");
    const replay = rules("replay.jsonc", { ...listed, replay: true });
    const twice = await verify([...keys, ...now, ...replay], signed, signed);
    expect(twice.records).toMatchObject([{ reason: "ok" }, { reason: "replayed" }]);
  });

  it("takes the target as the line writes it", async () => {
    const headers = signed.headers;
    for (const url of ["https://site.example/page#part", "https://SITE.example:443/page"]) {
      const { records } = await verify(["--keys", "jwks.json", ...now], {
        ...signed,
        url,
        headers,
      });
      expect(records).toMatchObject([{ verdict: "verified" }]);
    }
  });

  it("accepts published test keys only with the option for it", async () => {
    // RFC 9421 Appendix B.1.4, test-key-ed25519.
    const jwk = {
      kty: "OKP" as const,
      crv: "Ed25519" as const,
      d: "n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU",
      x: "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs",
    };
    const fields = await signMessage({ method: "GET", url: URL_ }, jwk, {
      agent: AGENT,
      created: NOW,
      expires: NOW + 300,
      nonce: "bm9uY2U",
    });
    const line = { ...signed, headers: Object.entries(fields) };
    const { d: _private, ...publicJwk } = jwk;
    writeFileSync(join(folder, "test.json"), JSON.stringify({ keys: [publicJwk] }));
    const strict = await verify(["--keys", "test.json", ...now], line);
    expect(strict.records).toMatchObject([{ verdict: "invalid", reason: "test-key" }]);
    const lax = await verify(["--keys", "test.json", "--allow-test-keys", ...now], line);
    expect(lax.records).toMatchObject([{ verdict: "verified" }]);
  });
});
