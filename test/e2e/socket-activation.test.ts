// Sockets that systemd opens: a restart of the service loses no connection, since the socket stays open.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type IncomingMessage, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readSockets } from "../../src/cli/start/sockets.ts";
import { builtCommand } from "../support/built-command.ts";
import { needs } from "../support/needs.ts";
import { freePort } from "../support/runtimes.ts";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

describe("sockets of systemd", needs("systemd-socket-activate"), () => {
  let folder: string;
  let origin: Server;
  let systemd: ChildProcess;
  let url: string;
  let said = "";

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "wayleave-sockets-"));
    origin = createServer((asked, response) => response.end(`content of ${asked.url}`));
    origin.listen(0, "127.0.0.1");
    await once(origin, "listening");
    const { port: at } = origin.address() as AddressInfo;
    const rules = {
      origin: `http://127.0.0.1:${at}`,
      agents: { ipRanges: false, directories: [] },
    };
    writeFileSync(join(folder, "rules.json"), JSON.stringify(rules));
    const [module, port, admin] = [await builtCommand(), await freePort(), await freePort()];
    url = `http://127.0.0.1:${port}`;
    const start = `exec "${process.execPath}" "${module}" start --runtime node --rules rules.json --grace 60`;
    // The shell has the sockets open meanwhile, as systemd does, and each service has a process of its own.
    const service = (more: string): string =>
      `sh -c 'export LISTEN_PID=$$; echo "pid $$"; ${start} ${more}'`;
    const options = "--admin 127.0.0.1:1";
    const two = service(`${options} --processes 2`);
    const shell = `${two}; ${two}; echo "ended with $?"; ${service(options)}`;
    const sockets = ["-l", `127.0.0.1:${port}`, "-l", `127.0.0.1:${admin}`, "--fdname=site:admin"];
    const env = { ...process.env, ADMIN_TOKEN: "the-token-of-the-operator", NO_COLOR: "1" };
    systemd = spawn(
      "systemd-socket-activate",
      [...sockets, "-E", "PATH", "-E", "ADMIN_TOKEN", "-E", "NO_COLOR", "sh", "-c", shell],
      { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] },
    );
    for (const stream of [systemd.stdout, systemd.stderr]) {
      stream?.setEncoding("utf8").on("data", (piece: string) => (said += piece));
    }
  });
  afterAll(async () => {
    // First the shell, which would start the next service.
    systemd?.kill("SIGKILL");
    for (const [, pid] of said.matchAll(/^pid (\d+)$/gm)) {
      try {
        process.kill(Number(pid), "SIGKILL");
      } catch {
        // It has ended.
      }
    }
    origin?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const get = async (path: string): Promise<string> => {
    const sent = request(new URL(path, url), { agent: false });
    sent.end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return `${response.statusCode} ${await text(response)}`;
  };

  it("serve with several processes, and lose no request if the service restarts", async () => {
    const wait = { timeout: 60_000 };
    await expect.poll(() => said, wait).toMatch(/Listening on .*\n.*Listening on/);
    // It starts the service.
    expect(await get("/first")).toBe("200 content of /first");
    await expect.poll(() => said, wait).toContain(`ready ${url}`);
    const over = new AbortController();
    let count = 0;
    const got = new Set<string>();
    const load = async (): Promise<void> => {
      for (; !over.signal.aborted; count++) got.add(await get("/a").catch(String));
    };
    const clients = Array.from({ length: 4 }, load);
    await expect.poll(() => count, wait).toBeGreaterThan(20);
    process.kill(Number(/^pid (\d+)$/m.exec(said)?.[1]));
    await expect.poll(() => said.split(`ready ${url}`).length, wait).toBe(3);
    const restarted = count;
    await expect.poll(() => count, wait).toBeGreaterThan(restarted + 20);
    over.abort();
    await Promise.all(clients);
    expect([...got]).toEqual(["200 content of /a"]);
    // The address of the socket, not that of --admin.
    expect(said).toMatch(/^admin http:\/\/127\.0\.0\.1:(?!1\/)\d+\/\.wayleave\/$/m);
  });

  it("are opened again by systemd if all processes are killed at once", async () => {
    const wait = { timeout: 60_000 };
    const pids = [...said.matchAll(/^pid (\d+)$/gm)].map(([, pid]) => pid);
    const file = `/proc/${pids[1]}/task/${pids[1]}/children`;
    for (const pid of readFileSync(file, "utf8").trim().split(" ")) {
      process.kill(Number(pid), "SIGKILL");
    }
    await expect.poll(() => said, wait).toContain("ended with 1");
    expect(await get("/b")).toBe("200 content of /b");
  });
});

it("are those for this process alone, each with a use", () => {
  const env = {
    LISTEN_PID: "7",
    LISTEN_FDS: "3",
    LISTEN_FDNAMES: "wayleave.socket:redirect:admin",
  };
  expect(readSockets(env, 7)).toEqual({ site: 3, redirect: 4, admin: 5 });
  expect(readSockets(env, 8)).toBeUndefined();
  expect(readSockets({}, 7)).toBeUndefined();
  expect(readSockets({ LISTEN_PID: "7", LISTEN_FDS: "1" }, 7)).toMatchObject({ site: 3 });
  for (const [count, names] of [
    ["2", "a:b"],
    ["1", "admin"],
    ["0", ""],
    ["4", "a:redirect:admin:b"],
    ["x", ""],
  ]) {
    const faulty = { LISTEN_PID: "7", LISTEN_FDS: count, LISTEN_FDNAMES: names };
    expect(() => readSockets(faulty, 7)).toThrow(/systemd passes|LISTEN_FDS must be/);
  }
});
