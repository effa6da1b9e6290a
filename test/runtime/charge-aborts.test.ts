import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { memoryAccounts } from "../../src/store/memory-accounts.ts";
import { startCloudflareStorage, type CloudflareStorage } from "../support/cloudflare-storage.ts";
import { send } from "../support/client.ts";
import { workerEntries } from "../support/ledger-entries.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { agentsOf, atMost, payingAgent, signedBy, type PayingAgent } from "../support/paying.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

/** More than the buffers of two sockets hold. */
const LARGE = 32 * 1024 * 1024;

describe.each(Object.keys(RUNTIMES) as RuntimeName[])(
  "a charge whose transfer breaks off, on %s",
  (runtime) => {
    const accounts = memoryAccounts();
    let origin: TestOrigin;
    let storage: CloudflareStorage;
    let agent: PayingAgent;
    let proxy: Proxy;

    beforeAll(async () => {
      [origin, storage, agent] = await Promise.all([
        startOrigin(),
        startCloudflareStorage(),
        payingAgent("RichBot"),
      ]);
      const piece = Buffer.alloc(64 * 1024, "lantern ");
      origin.missing = ({ url = "" }, response) => {
        response.writeHead(200, {
          "content-type": "text/plain",
          "content-length": String(LARGE),
        });
        let left = LARGE;
        const write = (): void => {
          while (left > 0) {
            if (url.endsWith("/origin-breaks") && left < LARGE / 2) return void response.destroy();
            left -= piece.length;
            if (!response.write(piece)) return void response.once("drain", write);
          }
          response.end();
        };
        write();
      };
      const charge = { action: "charge", price: "USD 0.01", credit: "USD 5" };
      const rule = (name: string, more = {}) => ({
        name,
        match: { path: `/${name}/*` },
        access: { ...charge, ...more },
      });
      proxy = await RUNTIMES[runtime]({
        origin: origin.url,
        rules: {
          agents: agentsOf([agent]),
          rules: [rule("kept"), rule("credited", { creditAborted: true })],
        },
        platform: { accounts },
        storage,
      });
    });
    afterAll(async () => {
      await proxy.close();
      await origin.close();
      storage.close();
    });

    const kinds = async (path: string): Promise<string[]> => {
      const all =
        runtime === "node" ? (await accounts.entries({})).entries : workerEntries(storage.folder);
      return all.filter(({ url }) => url.endsWith(path)).map(({ kind }) => kind);
    };

    /** Pays for a page, reads its beginning, waits, and leaves. */
    async function leaveEarly(path: string): Promise<string> {
      const { hostname, port, host } = new URL(proxy.url);
      const fields = await signedBy(agent, proxy.url + path, atMost("USD 0.01"));
      const socket = connect(Number(port), hostname);
      await once(socket, "connect");
      const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${lines.join("")}\r\n`);
      const [first] = (await once(socket, "data")) as [Buffer];
      socket.pause();
      await new Promise((resolve) => setTimeout(resolve, 300));
      socket.destroy();
      return first.toString("latin1").split("\r\n\r\n")[0] ?? "";
    }

    test.each([
      ["kept", ["charge", "aborted"]],
      ["credited", ["charge", "aborted", "credit"]],
    ] as const)("by the client: %s, the ledger has %j", async (name, expected) => {
      const path = `/${name}/${crypto.randomUUID()}`;
      const head = await leaveEarly(path);
      expect(head).toMatch(/^HTTP\/1\.1 200 /);
      expect(head.toLowerCase()).toContain("crawler-charged: usd 0.01");
      await vi.waitFor(async () => expect(await kinds(path)).toEqual(expected), {
        timeout: 10_000,
        interval: 200,
      });
    });

    test("by the origin server after the charge: voided", async () => {
      const path = "/kept/origin-breaks";
      const headers = await signedBy(agent, proxy.url + path, atMost("USD 0.01"));
      await expect(send(proxy.url + path, { headers })).rejects.toThrow();
      await vi.waitFor(
        async () => expect(await kinds(path)).toEqual(["charge", "aborted", "void"]),
        { timeout: 10_000, interval: 200 },
      );
    });

    test("not at all: only charged", async () => {
      const path = "/credited/whole";
      const headers = await signedBy(agent, proxy.url + path, atMost("USD 0.01"));
      const answer = await send(proxy.url + path, { headers });
      expect([answer.status, answer.body.length]).toEqual([200, LARGE]);
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(await kinds(path)).toEqual(["charge"]);
    });
  },
);
