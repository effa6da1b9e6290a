import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test, vi } from "vitest";
import { followCertificates, readCertificates, readTls } from "../../src/cli/start/tls.ts";
import { newTicketKey, rotateTicketKey } from "../../src/cli/start/ticket-keys.ts";
import type { Shutdown } from "../../src/runtime/node/shutdown.ts";
import { loadCertificates, type CertificatePair } from "../../src/runtime/node/tls/certificates.ts";
import { createTlsServer } from "../../src/runtime/node/tls/server.ts";
import { serveRedirects } from "../../src/runtime/node/redirect-server.ts";
import { makeAuthority, type Authority, type Certificate } from "../support/authority.ts";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";
import { pairOf } from "../support/tls-site.ts";

let authority: Authority;
let one: Certificate;
let other: Certificate;

beforeAll(() => {
  authority = makeAuthority();
  one = authority.issue("one", ["DNS:one.test"]);
  other = authority.issue("other", ["DNS:other.test", "DNS:*.wild.test"]);
});

describe("several certificates", () => {
  let origin: TestOrigin;
  let proxy: Proxy;

  beforeAll(async () => {
    origin = await startOrigin();
    const certificates = [pairOf(one), pairOf(other)];
    proxy = await RUNTIMES.node({ origin: origin.url, rules: {}, tls: { certificates } });
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  it.each([
    ["one.test", "one"],
    ["other.test", "other"],
    ["a.wild.test", "other"],
    ["unknown.test", "one"],
    ["", "one"],
  ])("are chosen by the client's name %j", async (servername, name) => {
    const socket = connectTls({
      host: "127.0.0.1",
      port: Number(new URL(proxy.url).port),
      ca: authority.ca,
      servername,
      checkServerIdentity: () => undefined,
    });
    await once(socket, "secureConnect");
    expect(socket.getPeerCertificate().subject.CN).toBe(name);
    socket.destroy();
  });
});

describe("the options of TLS", () => {
  const files = (): { "tls-cert": string[]; "tls-key": string[] } => ({
    "tls-cert": [one.certFile],
    "tls-key": [one.keyFile],
  });

  it.each([
    [() => ({ "tls-cert": ["a"] }), "--tls-cert and --tls-key belong together"],
    [() => ({ hsts: "max-age=1" }), "--hsts needs --tls-cert and --tls-key"],
    [() => ({ ...files(), hsts: "forever" }), "--hsts must be"],
    [() => ({ ...files(), "acme-webroot": "/tmp" }), "--acme-webroot needs --redirect-http"],
  ])("report a fault (%#)", (values, message) => {
    expect(() => readTls(values())).toThrow(message);
  });

  it.each([
    [() => ({ cert: "/missing.pem", key: one.keyFile }), "can't read /missing.pem"],
    [() => ({ cert: one.keyFile, key: one.keyFile }), "is not a certificate in PEM"],
    [() => ({ cert: one.certFile, key: one.certFile }), "is not a private key in PEM"],
    [() => ({ cert: one.certFile, key: other.keyFile }), "is not that of the certificate"],
  ])("report a faulty file (%#)", (pair, message) => {
    const choice = { files: [pair()], hsts: undefined, redirect: undefined };
    expect(() => readCertificates(choice)).toThrow(message);
  });
});

test("certificates are read again if they change, and faulty ones change nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-certificates-"));
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  writeFileSync(cert, one.cert);
  writeFileSync(key, one.key);
  const used: CertificatePair[] = [];
  const log: string[] = [];
  const write = (event: string): void => void log.push(event);
  const following = followCertificates(
    { files: [{ cert, key }], hsts: undefined, redirect: undefined },
    (pairs) => used.push(...pairs),
    { warn: write, info: write },
  );
  // They last for two days.
  expect(log).toEqual(["certificate-expires"]);
  writeFileSync(cert, "nothing");
  following.reload();
  expect([used, log.at(-1)]).toEqual([[], "certificates-refused"]);
  writeFileSync(cert, other.cert);
  writeFileSync(key, other.key);
  await expect.poll(() => used.map((pair) => pair.cert), { timeout: 15_000 }).toEqual([other.cert]);
  await following.stop();
  rmSync(folder, { recursive: true });
}, 20_000);

describe("the redirect to https", () => {
  let redirects: Awaited<ReturnType<typeof serveRedirects>>;
  let folder: string;
  let fixed: string | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "wayleave-acme-"));
    mkdirSync(join(folder, ".well-known", "acme-challenge"), { recursive: true });
    writeFileSync(join(folder, ".well-known", "acme-challenge", "to-ken_1"), "to-ken_1.key");
    writeFileSync(join(folder, "secret"), "secret");
    redirects = await serveRedirects({
      port: 0,
      host: "127.0.0.1",
      httpsPort: 8443,
      publicOrigin: () => fixed,
      acmeFolder: folder,
    });
  });

  afterAll(() => {
    redirects?.close();
    rmSync(folder, { recursive: true });
  });

  it.each([
    ["GET", "a.example", 301, "https://a.example/x?y=1"],
    ["HEAD", "a.example:80", 301, "https://a.example/x?y=1"],
    ["POST", "a.example:8080", 308, "https://a.example:8443/x?y=1"],
    ["GET", "a example", 400, undefined],
    ["GET", "a.example/b", 400, undefined],
  ])("of %s for %s is %i", async (method, host, status, location) => {
    const url = `http://127.0.0.1:${redirects.port}/x?y=1`;
    const got = await send(url, { method, headers: { host } });
    expect([got.status, got.headers.location]).toEqual([status, location]);
  });

  test("leads to the public origin of the rules", async () => {
    fixed = "https://www.example.com";
    const got = await send(`http://127.0.0.1:${redirects.port}//b.example/`);
    expect(got.headers.location).toBe("https://www.example.com//b.example/");
    fixed = undefined;
  });

  it.each([
    ["to-ken_1", 200],
    ["missing", 404],
    ["..%2f..%2fsecret", 301],
    ["../../secret", 301],
  ])("answers the challenge %s with %i", async (token, status) => {
    const url = `http://127.0.0.1:${redirects.port}/.well-known/acme-challenge/${token}`;
    const got = await send(url, { headers: { host: "a.example" } });
    expect(got.status).toBe(status);
    expect(String(got.body)).not.toMatch(/^secret/);
    if (status === 200) expect(String(got.body)).toBe("to-ken_1.key");
  });
});

describe("certificates of certbot", () => {
  let folder: string;
  const used: CertificatePair[] = [];
  let following: ReturnType<typeof followCertificates>;

  /** Writes the nth version into archive/, and has the links in live/ lead to it, one after the other. */
  function renew(version: number, { cert, key }: Certificate): void {
    for (const each of ["archive", "live"]) mkdirSync(join(folder, each, "a"), { recursive: true });
    for (const [name, text] of Object.entries({ fullchain: cert, privkey: key })) {
      writeFileSync(join(folder, "archive/a", `${name}${version}.pem`), text);
      const link = join(folder, "live/a", `${name}.pem`);
      rmSync(link, { force: true });
      symlinkSync(`../../archive/a/${name}${version}.pem`, link);
    }
  }
  /** Follows the files of a folder. */
  function follow(from: string): void {
    const files = [{ cert: join(from, "fullchain.pem"), key: join(from, "privkey.pem") }];
    const log = { warn() {}, info() {} };
    const choice = { files, hsts: undefined, redirect: undefined };
    following = followCertificates(choice, (pairs) => used.push(...pairs), log);
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wayleave-certbot-"));
    used.length = 0;
    renew(1, one);
  });
  afterEach(async () => {
    await following?.stop();
    rmSync(folder, { recursive: true });
  });

  it("are read again when its links lead to new files", async () => {
    follow(join(folder, "live/a"));
    renew(2, other);
    await expect.poll(() => used.at(-1)?.cert, { timeout: 30_000 }).toBe(other.cert);
  }, 60_000);

  it("are read again after its deploy hook has copied them", async () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/tls.md"), "utf8");
    const [, hook = ""] = /```sh\n(#!\/bin\/sh\n(?:.*\n)*?)```/.exec(page) ?? [];
    const copies = join(folder, "copies");
    const script = hook.replaceAll("-o wayleave ", "").replaceAll("/etc/wayleave/tls", copies);
    expect(script).toContain(copies);
    const env = { ...process.env, RENEWED_LINEAGE: join(folder, "live/a") };
    const deploy = (): void => void execFileSync("sh", ["-c", script], { env });
    deploy();
    expect(statSync(join(copies, "privkey.pem")).mode & 0o777).toBe(0o600);
    follow(copies);
    renew(2, other);
    deploy();
    await expect.poll(() => used.at(-1)?.cert, { timeout: 30_000 }).toBe(other.cert);
  }, 60_000);
});

describe("the key of session tickets", () => {
  afterEach(() => void vi.useRealTimers());

  it("is replaced after 12 hours, and outlives a change of certificates", async () => {
    const http1 = createServer();
    const tls = createTlsServer(loadCertificates([pairOf(one)]), {
      http1,
      http2: { serve: (socket) => void socket.end(), close() {} },
      shutdown: { addHandshake() {} } as unknown as Shutdown,
      handshakeTimeout: 60_000,
      refuses: () => false,
      ticketKey: newTicketKey(),
    });
    const { server } = tls;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    /** Connects, and gives the session and whether it is that of an earlier connection. */
    const visit = async (session?: Buffer) => {
      const socket = connectTls({
        port,
        host: "127.0.0.1",
        rejectUnauthorized: false,
        maxVersion: "TLSv1.2",
        session,
      });
      await once(socket, "secureConnect");
      const made = { isResumed: socket.isSessionReused(), session: socket.getSession() };
      socket.destroy();
      return made;
    };
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const rotation = rotateTicketKey((key) => tls.useTicketKey(key));
    const first = (await visit()).session;
    expect((await visit(first)).isResumed).toBe(true);
    tls.use(loadCertificates([pairOf(one)]));
    vi.advanceTimersByTime(12 * 3_600_000 - 1);
    expect((await visit(first)).isResumed).toBe(true);
    vi.advanceTimersByTime(1);
    const second = await visit(first);
    expect(second.isResumed).toBe(false);
    expect((await visit(second.session)).isResumed).toBe(true);
    await rotation.stop();
    vi.advanceTimersByTime(24 * 3_600_000);
    expect((await visit(second.session)).isResumed).toBe(true);
    server.close();
    await once(server, "close");
  });
});
