import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { builtCommand } from "../support/built-command.ts";
import { makeAuthority } from "../support/authority.ts";
import { runCommand } from "../support/cli.ts";
import { send } from "../support/client.ts";
import { needs } from "../support/needs.ts";
import { freePort } from "../support/runtimes.ts";

const main = await builtCommand();

describe("certificates of a private authority", needs("openssl"), () => {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-ca-"));
  let server: Server;
  let origin = "";
  let caFile = "";
  let proxy: ChildProcess | undefined;

  beforeAll(async () => {
    const authority = makeAuthority();
    const { cert, key } = authority.issue("localhost", ["DNS:localhost"]);
    caFile = authority.caFile;
    copyFileSync(caFile, join(folder, "origin-ca.pem"));
    server = createServer({ cert, key }, (_request, response) => {
      response.writeHead(200, { "content-type": "text/html", "x-from": "the origin" });
      response.end("<!doctype html><title>Page</title><p>Secure.</p>");
    }).listen(0);
    await once(server, "listening");
    origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    if (proxy === undefined || proxy.exitCode !== null || proxy.signalCode !== null) return;
    proxy.kill("SIGKILL");
    await once(proxy, "exit");
  });

  afterAll(() => {
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const rulesFile = (rules: object): string => {
    const path = join(folder, "rules.jsonc");
    writeFileSync(path, JSON.stringify(rules));
    return path;
  };

  /** Starts the proxy in another folder than that of its rules, and gives the status of a page. */
  const statusBehind = async (rules: object, env: object = {}): Promise<number> => {
    const port = await freePort();
    const cwd = mkdtempSync(join(folder, "run-"));
    const argv = ["start", "--runtime", "node", "--rules", rulesFile(rules), "--port", `${port}`];
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", main, ...argv],
      {
        cwd,
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    proxy = child;
    await once(child.stdout, "data");
    return (await send(`http://127.0.0.1:${port}/`)).status;
  };

  it("are trusted if originCa names a file beside the rules", async () => {
    expect(await statusBehind({ origin, originCa: "./origin-ca.pem" })).toBe(200);
  });

  it("are trusted if NODE_EXTRA_CA_CERTS names them", async () => {
    expect(await statusBehind({ origin }, { NODE_EXTRA_CA_CERTS: caFile })).toBe(200);
  });

  it("are not trusted by themselves", async () => {
    expect(await statusBehind({ origin })).toBe(502);
  });

  it("are trusted by explain, too", async () => {
    const rules = rulesFile({ origin, originCa: "./origin-ca.pem" });
    const { code, out } = await runCommand(folder, [
      "explain",
      "https://www.example.com/",
      "--rules",
      rules,
      "--origin",
      origin,
      "--json",
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ answer: { status: 200 } });
  });

  it("are missed by check if the file is not there", async () => {
    const rules = rulesFile({ origin, originCa: "./nowhere.pem" });
    const { code, out } = await runCommand(folder, ["check", rules, "--runtime", "node", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      warnings: [{ pointer: "/originCa", code: "runtime", line: 1 }],
    });
    expect(out).toContain("can't read the certificates ./nowhere.pem");
    const text = await runCommand(folder, ["check", rules, "--runtime", "workers"]);
    expect(text.out).not.toContain("nowhere.pem (originCa)");
  });
});
