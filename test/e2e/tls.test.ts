// The command of docs/tls.md, with curl as the client: one process, and two.
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { makeAuthority, type Authority, type Certificate } from "../support/authority.ts";
import { needs } from "../support/needs.ts";
import { startPlainSite, type PlainSite } from "../support/plain-site.ts";
import { freePort } from "../support/runtimes.ts";
import { startCommand, type StartedProxy } from "../support/started.ts";

vi.setConfig({ testTimeout: 180_000 });

const run = promisify(execFile);

/** The arguments of the page's first command, without those of its addresses and paths. */
const PAGE = readFileSync(join(import.meta.dirname, "../../docs/tls.md"), "utf8");
const [, COMMAND = ""] = /npx wayleave start ((?:.*\\\n)*.*)\n/.exec(PAGE) ?? [];

let site: PlainSite;
let authority: Authority;
let proxy: StartedProxy | undefined;
let httpPort: number;

beforeEach(async () => {
  site = await startPlainSite();
  authority = makeAuthority();
  httpPort = await freePort();
});
afterEach(async () => {
  await proxy?.stop();
  proxy = undefined;
  await site?.close();
});

const path = (name: string): string => join(site.folder, name);

/** Puts a certificate for 127.0.0.1 where the command reads it. */
function install({ certFile, keyFile }: Certificate): void {
  copyFileSync(certFile, path("fullchain.pem"));
  copyFileSync(keyFile, path("privkey.pem"));
}

async function start(...more: readonly string[]): Promise<StartedProxy> {
  install(authority.issue("first", ["IP:127.0.0.1"]));
  mkdirSync(path("acme"));
  const line = COMMAND.replaceAll(/\\\n\s*/g, "")
    .replace("http://127.0.0.1:3000", site.origin.url)
    .replaceAll("/etc/letsencrypt/live/www.example.com", site.folder)
    .replace("/var/lib/wayleave/acme", path("acme"))
    .replace("--redirect-http 80", `--redirect-http ${httpPort}`)
    .replace(" --host 0.0.0.0 --port 443", "");
  const argv = line.replaceAll('"', "").split(" ");
  proxy = await startCommand(site.folder, [...argv, "--rules", "rules.jsonc", ...more]);
  return proxy;
}

const curl = async (...argv: readonly string[]): Promise<string> =>
  (await run("curl", ["-s", "--max-time", "60", "--cacert", authority.caFile, ...argv])).stdout;

describe("start with a certificate", needs("curl", "openssl"), () => {
  it("serves https in both versions of HTTP, redirects to it, and takes new certificates", async () => {
    const started = await start();
    const { url } = started;
    expect(url).toMatch(/^https:\/\//);
    for (const version of ["2", "1.1"]) {
      const argv = [`--http${version}`, "-i", "-w", "\n%{http_version}", `${url}/page`];
      const answer = await curl(...argv);
      expect(answer).toMatch(/^HTTP\/[\d.]+ 200/);
      expect(answer).toMatch(/^strict-transport-security: max-age=31536000\r$/im);
      expect(answer).toMatch(new RegExp(`a page\\n${version}$`));
    }
    const asked = site.origin.requests.at(-1)?.headers;
    expect(asked).toMatchObject({ "x-forwarded-proto": "https" });

    const plain = `http://127.0.0.1:${httpPort}`;
    const format = "%{http_code} %{redirect_url}";
    expect(await curl("-o", path("body"), "-w", format, `${plain}/a?b=1`)).toBe(`301 ${url}/a?b=1`);
    const challenges = path("acme/.well-known/acme-challenge");
    mkdirSync(challenges, { recursive: true });
    writeFileSync(join(challenges, "token-1"), "token-1.thumbprint");
    expect(await curl(`${plain}/.well-known/acme-challenge/token-1`)).toBe("token-1.thumbprint");

    writeFileSync(path("fullchain.pem"), "not a certificate");
    started.signal("SIGHUP");
    await expect
      .poll(() => started.said(), { timeout: 60_000 })
      .toContain('"certificates-refused"');
    expect(await curl(`${url}/page`)).toBe("a page");
    install(authority.issue("second", ["IP:127.0.0.1"]));
    started.signal("SIGHUP");
    const subject = () => curl("-v", "--stderr", "-", `${url}/page`);
    await expect.poll(subject, { timeout: 60_000, interval: 500 }).toContain("CN=second");
  });

  it("serves https with two processes, each of which takes a new certificate", async () => {
    const started = await start("--processes", "2", "--store", "sqlite:store.sqlite");
    const { url } = started;
    expect(started.said().match(/^ready https:/gm)).toHaveLength(1);
    for (let i = 0; i < 4; i++) {
      expect(await curl("--http2", "-w", " %{http_version}", `${url}/page`)).toBe("a page 2");
    }
    install(authority.issue("second", ["IP:127.0.0.1"]));
    started.signal("SIGHUP");
    const subjects = async (): Promise<string[]> => {
      const all = Array.from({ length: 8 }, () => curl("-v", "--stderr", "-", `${url}/page`));
      return (await Promise.all(all)).map((text) => /CN=(\w+)/.exec(text)?.[1] ?? "");
    };
    await expect
      .poll(subjects, { timeout: 60_000, interval: 500 })
      .toEqual(Array.from({ length: 8 }, () => "second"));
  });
});
