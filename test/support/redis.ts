import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@redis/client";
import { freePort } from "./runtimes.ts";

/** A Redis server of the tests' own, on a free port of loopback. */
export interface TestRedis {
  readonly port: number;
  readonly url: string;
  /** Runs one command and gives its reply. */
  ask(...command: readonly string[]): Promise<unknown>;
  /** Lets time pass for all that is kept: the server's own clock can't be set. */
  age(seconds: number): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stops and resumes the process, its connections open. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

/** @param options more of the server's own, e.g. `["--requirepass", "secret"]` */
export async function startRedis(
  options: readonly string[] = [],
  client: { readonly username?: string; readonly password?: string } = {},
): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-redis-"));
  const port = await freePort();
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const argv = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder];
    child = spawn("redis-server", [...argv, ...options], { stdio: "ignore" });
    await once(child, "spawn");
    await untilOpen(port);
  };
  const stop = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    child = undefined;
  };
  const kill = (): void => void child?.kill("SIGKILL");
  process.on("exit", kill);
  await start();

  const ask = async (...command: readonly string[]): Promise<unknown> => {
    const asker = createClient({ RESP: 2, socket: { port, host: "127.0.0.1" }, ...client });
    asker.on("error", () => {});
    await asker.connect();
    try {
      return await asker.sendCommand(command);
    } finally {
      asker.destroy();
    }
  };
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    ask,
    start,
    stop,
    async age(seconds) {
      await ask("EVAL", AGE, "0", String(seconds * 1000));
    },
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
    async close() {
      process.off("exit", kill);
      child?.kill("SIGCONT");
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Brings nearer the ends of all keys, of the values of hashes (at their start), and of scores. */
const AGE = `
local by = tonumber(ARGV[1])
for _, key in ipairs(redis.call('KEYS', '*')) do
  local left = redis.call('PTTL', key)
  if redis.call('TYPE', key).ok == 'hash' then
    local all = redis.call('HGETALL', key)
    for i = 1, #all, 2 do
      local over, rest = string.match(all[i + 1], '^(%d+)(:.*)$')
      redis.call('HSET', key, all[i], string.format('%.0f', over - by) .. rest)
    end
  end
  if redis.call('TYPE', key).ok == 'zset' then
    local all = redis.call('ZRANGE', key, 0, -1)
    for i = 1, #all do redis.call('ZINCRBY', key, -by, all[i]) end
  end
  if left >= 0 then
    if left - by > 0 then redis.call('PEXPIRE', key, left - by) else redis.call('DEL', key) end
  end
end`;

/** Polls a port until it takes connections, for at most ten seconds. */
async function untilOpen(port: number): Promise<void> {
  const end = Date.now() + 10_000;
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const isOpen = await new Promise<boolean>((done) => {
      socket.once("connect", () => done(true));
      socket.once("error", () => done(false));
    });
    socket.destroy();
    if (isOpen) return;
    if (Date.now() > end) throw new Error(`redis-server does not listen on port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
