import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { expect, test } from "vitest";

test("over a socket Node answers 431 to fields far beyond the verifier's own limit", async () => {
  const server = createServer((_, response) => response.end("reached"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const ask = (length: number): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
      let answer = "";
      // The server may reset a connection that it has given up; what it said before counts.
      socket.setEncoding("latin1").on("error", () => undefined);
      socket.on("data", (text: string) => (answer += text));
      socket.on("close", () => resolve(answer.slice(9, 12)));
      const field = `Signature-Input: ${"a".repeat(length)}`;
      socket.write(`GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${field}\r\n\r\n`);
    });
  expect(await ask(4096)).toBe("200");
  expect(await ask(60_000)).toBe("431");
  await new Promise((resolve) => server.close(resolve));
});
