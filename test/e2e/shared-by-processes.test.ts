// Two processes with TLS, from outside: one request for all that wait in both, sessions that any of them
// resumes, and rules that move a path to another origin server under load.
import { spawnSync } from "node:child_process";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { request as requestTls } from "node:https";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { makeAuthority, type Authority } from "../support/authority.ts";
import { needs } from "../support/needs.ts";
import { startCommand, type StartedProxy } from "../support/started.ts";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

/** How long the origin server takes for a page, so that requests of both processes meet. */
const SLOW = 400;
const servers: Server[] = [];

async function startServer(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("two processes with TLS", needs("openssl"), () => {
  let folder: string;
  let authority: Authority;
  let proxy: StartedProxy;
  let addresses: { readonly main: string; readonly next: string };
  const asked: string[] = [];

  const writeRules = (to: "main" | "next", down: string): void => {
    const rules = {
      defaults: { cache: true },
      origins: {
        moved: addresses[to],
        // Out of use after one failure, until the rules name other addresses.
        pair: { url: [down, addresses.main], failover: { failures: 1, wait: "1h" } },
      },
      rules: [
        { name: "moved", match: { path: "/moved/*" }, origin: "moved", cache: false },
        { name: "pair", match: { path: "/pair/*" }, origin: "pair", cache: false },
      ],
    };
    writeFileSync(join(folder, "next.json"), JSON.stringify(rules));
    renameSync(join(folder, "next.json"), join(folder, "rules.json"));
  };

  /** A request on a connection of its own, which any process may accept. */
  const get = async (path: string): Promise<string> => {
    const sent = requestTls(new URL(path, proxy.url), { ca: authority.ca, agent: false });
    sent.end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return `${response.statusCode} ${await text(response)}`;
  };
  const crowd = (path: string) => Promise.all(Array.from({ length: 20 }, () => get(path)));

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "wayleave-shared-"));
    authority = makeAuthority();
    const { certFile, keyFile } = authority.issue("localhost", ["IP:127.0.0.1"]);
    const serve =
      (name: string): RequestListener =>
      (request, response) => {
        const path = request.url ?? "";
        asked.push(path);
        const answer = (): void => {
          response.setHeader("content-type", "text/plain");
          response.setHeader("cache-control", "max-age=600, stale-while-revalidate=600");
          // The first response is soon stale, and the next one is not.
          if (path.startsWith("/stale/") && countOf(path) === 1) response.setHeader("age", "599");
          if (path.startsWith("/aged/") && countOf(path) === 1) response.setHeader("age", "600");
          response.end(`${name} ${path}`);
        };
        if (path.startsWith("/moved/") || path.startsWith("/pair/")) answer();
        else setTimeout(answer, SLOW);
      };
    addresses = { main: await startServer(serve("main")), next: await startServer(serve("next")) };
    writeRules("main", "http://127.0.0.1:1");
    const tls = ["--tls-cert", certFile, "--tls-key", keyFile];
    const options = ["--origin", addresses.main, "--rules", "rules.json", "--store", "sqlite:s.db"];
    const argv = ["--runtime", "node", "--processes", "2", ...tls, ...options];
    proxy = await startCommand(folder, argv);
  });
  afterAll(async () => {
    await proxy?.stop();
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const countOf = (path: string): number => asked.filter((each) => each === path).length;

  it("send one request to the origin server for all that wait", async () => {
    for (const path of ["/page/1", "/page/2", "/page/3"]) {
      expect(new Set(await crowd(path))).toEqual(new Set([`200 main ${path}`]));
      expect(countOf(path)).toBe(1);
    }
  });

  it("refresh a stale response once", async () => {
    // Another one for each try of this test: the stored response of the first is no longer stale.
    const path = `/stale/${asked.length}`;
    await crowd(path);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await crowd(path);
    await expect.poll(() => countOf(path), { timeout: 60_000 }).toBe(2);
    // Also later, when the other process comes to know that its own is stale.
    expect(new Set(await crowd(path))).toEqual(new Set([`200 main ${path}`]));
    await new Promise((resolve) => setTimeout(resolve, SLOW));
    expect(countOf(path)).toBe(2);
  });

  it("refresh a response once that is stale when it arrives", async () => {
    // The process that has it begins the refresh before it has told the others that it is stored.
    for (let i = 0; i < 3; i++) {
      const path = `/aged/${i}/${asked.length}`;
      expect(new Set(await crowd(path))).toEqual(new Set([`200 main ${path}`]));
      await expect.poll(() => countOf(path), { timeout: 60_000 }).toBe(2);
      await new Promise((resolve) => setTimeout(resolve, 2 * SLOW));
      expect(countOf(path)).toBe(2);
    }
  });

  it.each(["-tls1_2", "-tls1_3"])("resume a session of any of them (%s)", (version) => {
    const session = join(folder, `session${version}`);
    const connect = (...more: string[]): string => {
      const { host } = new URL(proxy.url);
      const argv = ["s_client", "-connect", host, version, "-CAfile", authority.caFile, ...more];
      const input = `GET /.wayleave/health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      const { stdout } = spawnSync("openssl", [...argv, "-ign_eof"], { input, encoding: "utf8" });
      return stdout;
    };
    expect(connect("-sess_out", session)).toContain("New, TLSv1");
    for (let i = 0; i < 12; i++) expect(connect("-sess_in", session)).toContain("Reused, TLSv1");
  });

  it("lose no request if rules move a path, and forget addresses that were out", async () => {
    for (let i = 0; i < 8; i++) expect(await get("/pair/a")).toBe("200 main /pair/a");
    expect(proxy.said()).toContain("origin-address-out");
    const over = new AbortController();
    const got = new Set<string>();
    const load = async (): Promise<void> => {
      while (!over.signal.aborted) got.add(await get("/moved/a"));
    };
    const clients = Array.from({ length: 4 }, load);
    await expect.poll(() => got.size, { timeout: 60_000 }).toBe(1);
    writeRules("next", addresses.next);
    await expect.poll(() => got.size, { timeout: 60_000 }).toBe(2);
    await expect.poll(() => proxy.said(), { timeout: 60_000 }).toContain("rules-in-force");
    over.abort();
    await Promise.all(clients);
    expect([...got]).toEqual(["200 main /moved/a", "200 next /moved/a"]);
    // From now on, in both.
    for (let i = 0; i < 8; i++) {
      expect(await get("/moved/b")).toBe("200 next /moved/b");
      expect(await get("/pair/b")).toBe("200 next /pair/b");
    }
  });
});
