import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LineWriter } from "../../src/runtime/node/line-writer.ts";

describe("a writer of lines", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "wayleave-lines-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const heard = () => {
    const said: (string | number)[] = [];
    const onFailed = (code: string): void => void said.push(code);
    const onLost = (lines: number): void => void said.push(lines);
    return { said, listener: { onFailed, onLost } };
  };

  it("appends lines to a file in order, and opens it again if it was moved", async () => {
    const path = join(folder, "access.log");
    const { said, listener } = heard();
    const writer = new LineWriter({ path }, listener);
    writer.write("first");
    writer.write("second");
    await expect.poll(() => readFileSync(path, "utf8")).toBe("first\nsecond\n");
    // What an access log says of people is not for everyone on the machine.
    expect(statSync(path).mode & 0o007).toBe(0);
    renameSync(path, `${path}.1`);
    writer.write("third");
    await expect.poll(() => readFileSync(`${path}.1`, "utf8")).toContain("third");
    writer.reopen();
    writer.write("fourth");
    await writer.close();
    expect(readFileSync(path, "utf8")).toBe("fourth\n");
    expect(said).toEqual([]);
  });

  it("writes waiting lines before it closes", async () => {
    const path = join(folder, "last.log");
    const writer = new LineWriter({ path }, heard().listener);
    for (let i = 0; i < 1000; i++) writer.write(`line ${i}`);
    await writer.close();
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(1001);
  });

  it("says once that a disk is full, and loses the lines", async () => {
    const { said, listener } = heard();
    const fd = openSync("/dev/full", "w");
    const writer = new LineWriter({ fd }, listener);
    writer.write("one");
    await expect.poll(() => said).toEqual(["ENOSPC"]);
    for (let i = 0; i < 10; i++) writer.write("more");
    await writer.close(100);
    expect(said).toEqual(["ENOSPC"]);
    closeSync(fd);
  });

  it("says once that a folder is missing", async () => {
    const { said, listener } = heard();
    const writer = new LineWriter({ path: join(folder, "none", "access.log") }, listener);
    writer.write("one");
    await expect.poll(() => said).toEqual(["ENOENT"]);
    await writer.close(100);
  });

  it("buffers a bounded number of bytes for a reader that does not read, and says how many lines it dropped", async () => {
    const { said, listener } = heard();
    let reader: Socket | undefined;
    const server = createServer((socket) => (reader = socket.pause()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    await expect.poll(() => reader).toBeDefined();
    const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
    const writer = new LineWriter({ fd }, listener);
    const line = "x".repeat(1023);
    const began = performance.now();
    // 64 MiB: more than the kernel and the writer hold together.
    for (let i = 0; i < 65_536; i++) {
      writer.write(line);
      if (i % 1024 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(performance.now() - began).toBeLessThan(5000);
    let got = 0;
    reader?.on("data", (piece) => (got += piece.length)).resume();
    await writer.close(10_000);
    const lost = (said as number[]).reduce((sum, lines) => sum + lines, 0);
    expect(lost).toBeGreaterThan(1000);
    await expect.poll(() => got / 1024 + lost).toBe(65_536);
    socket.destroy();
    server.close();
  });

  it("stops after its reader has closed", async () => {
    const { said, listener } = heard();
    const path = join(folder, "pipe");
    execFileSync("mkfifo", [path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const fd = openSync(path, "w");
    closeSync(reader);
    const writer = new LineWriter({ fd }, listener);
    writer.write("one");
    await expect.poll(() => said.length).toBe(1);
    expect(said).toEqual(["EPIPE"]);
    for (let i = 0; i < 10; i++) writer.write("more");
    await writer.close(100);
    expect(said).toHaveLength(1);
  });
});
