import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isPublicAddress } from "../../src/agent/public-address.ts";
import { createPublicFetch, type LookupAll } from "../../src/agent/public-fetch-node.ts";

const server = createServer((request, response) => {
  if (request.url === "/redirect")
    response.writeHead(302, { location: "http://other.example/" }).end();
  else response.end(`for ${request.headers.host}`);
});
let port = 0;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const answering = (...addresses: string[]) => {
  const asked: string[] = [];
  const lookup: LookupAll = (hostname, done) => {
    asked.push(hostname);
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };
  return { asked, lookup };
};

test.each(["8.8.8.8", "1.1.1.1", "2606:4700::1111", "193.0.0.1", "100.63.255.255", "172.32.0.1"])(
  "%s is public",
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

test.each(
  [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "198.18.0.1",
    "203.0.113.9",
    "::",
    "::1",
    "fe80::1",
    "fd00::1",
    "ff02::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "2001::1",
    "2001:db8::1",
    "nonsense",
  ].map((address) => [address]),
)("%s is not", (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

describe("the fetch for URLs that strangers name", () => {
  test("connects to no address that is not public, at any place in the answer", async () => {
    for (const addresses of [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:127.0.0.1"], []]) {
      const { lookup, asked } = answering(...addresses);
      const failure = createPublicFetch({ lookup })(`http://signer.example:${port}/`);
      await expect(failure).rejects.toMatchObject({ cause: { code: "ERR_ADDRESS_NOT_PUBLIC" } });
      expect(asked).toEqual(["signer.example"]);
    }
  });

  test("refuses literals without a look-up", async () => {
    const { lookup, asked } = answering("8.8.8.8");
    for (const host of ["127.0.0.1", "[::1]", "2130706433", "[::ffff:7f00:1]"]) {
      await expect(createPublicFetch({ lookup })(`http://${host}:${port}/`)).rejects.toMatchObject({
        code: "ERR_ADDRESS_NOT_PUBLIC",
      });
    }
    expect(asked).toEqual([]);
  });

  test("connects to the address that was checked, with the requested name in Host", async () => {
    const { lookup, asked } = answering("127.0.0.1");
    const fetch = createPublicFetch({ lookup, allowLoopback: true });
    const response = await fetch(`http://signer.example:${port}/`);
    expect(await response.text()).toBe(`for signer.example:${port}`);
    expect(asked).toEqual(["signer.example"]);
  });

  test("returns redirects and does not follow them", async () => {
    const { lookup, asked } = answering("127.0.0.1");
    const fetch = createPublicFetch({ lookup, allowLoopback: true });
    const response = await fetch(`http://signer.example:${port}/redirect`, { redirect: "manual" });
    expect(response.status).toBe(302);
    await response.text();
    expect(asked).toHaveLength(1);
  });
});
