import { createServer, get } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { FieldList } from "../../src/http/fields.ts";
import { MadeBody } from "../../src/pipeline/body.ts";
import { send } from "../../src/runtime/node/send.ts";

/** What a client gets of content in memory, on one connection with another request behind it. */
async function received(content: Uint8Array<ArrayBuffer>): Promise<Buffer[]> {
  const server = createServer((_incoming, outgoing) => {
    const fields = FieldList.from(["content-length", String(content.length)]);
    void send(outgoing, { status: 200, fields, body: new MadeBody(content) });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const ask = (): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const asked = get(url, (response) => void buffer(response).then(resolve, reject));
      asked.on("error", reject);
    });
  return [await ask(), await ask()];
}

test.each([0, 1, 256, 8191, 8192, 8193, 100_000])(
  "content of %i bytes arrives unchanged, whatever the bytes",
  async (length) => {
    const content = Uint8Array.from({ length }, (_, i) => (i * 167 + (i >> 8)) & 255);
    for (const got of await received(content)) expect(got).toEqual(Buffer.from(content));
  },
);

test("content that fails at once has its head sent, and is broken off", async () => {
  const server = createServer((_incoming, outgoing) => {
    let pulls = 0;
    const content = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (to) => (pulls++ === 0 ? to.enqueue(Buffer.from("first")) : to.error(new Error("no"))),
    });
    void send(outgoing, { status: 200, fields: FieldList.from([]), body: new MadeBody(content) });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, "127.0.0.1", () =>
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
  );
  const got = String(await buffer(socket));
  expect(got).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(got).toContain("first");
  expect(got).not.toContain("\r\n0\r\n");
});

test("a view of a larger buffer is sent without the bytes beside it", async () => {
  const whole = Uint8Array.from({ length: 600 }, (_, i) => i & 255);
  const [got] = await received(whole.subarray(200, 456));
  expect(got).toEqual(Buffer.from(whole.subarray(200, 456)));
});
