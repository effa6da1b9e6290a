// Independent clients of HTTP/2 against our TLS: nghttp and h2load of nghttp2, and curl.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { startTlsSite, type TlsSite } from "../support/tls-site.ts";
import { noise } from "../real-world/tree.ts";

const run = promisify(execFile);
const LARGE = noise(300_000);

let origin: TestOrigin;
let site: TlsSite;

beforeAll(async () => {
  origin = await startOrigin();
  origin.routes.set("/page", (_request, response) => response.end("content of the page"));
  origin.routes.set("/large", (_request, response) => response.end(LARGE));
  origin.routes.set("/echo", (request, response) => void request.pipe(response));
  site = await startTlsSite({ origin: origin.url, rules: {} });
});
afterAll(async () => {
  await site?.proxy.close();
  await origin?.close();
});

const url = (path: string): string => site.proxy.url + path;

it("nghttp gets whole streams, without an error of the protocol", needs("nghttp"), async () => {
  // `-w 10` is a window of 1023 bytes: the large content takes many updates.
  const { stdout } = await run("nghttp", ["-nvs", "-w", "10", url("/page"), url("/large")]);
  expect(stdout).toContain("The negotiated protocol: h2");
  expect(stdout.match(/:status: 200/g)).toHaveLength(2);
  expect(stdout).not.toMatch(/recv (?:RST_STREAM|GOAWAY)|error_code=(?!NO_ERROR)/);
  const sizes = [...stdout.matchAll(/recv DATA frame <length=(\d+)/g)].map(([, size]) =>
    Number(size),
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(19 + LARGE.length);
});

it(
  "h2load gets a response to each of many requests on few connections",
  needs("h2load"),
  async () => {
    const { stdout } = await run("h2load", ["-n", "600", "-c", "3", "-m", "50", url("/page")]);
    expect(stdout).toContain("Application protocol: h2");
    expect(stdout).toContain("600 succeeded, 0 failed, 0 errored, 0 timeout");
    expect(stdout).toContain("status codes: 600 2xx, 0 3xx, 0 4xx, 0 5xx");
  },
);

it("curl downloads and uploads over HTTP/2", needs("curl"), async () => {
  const { caFile } = site.authority;
  const curl = (...argv: string[]) =>
    run("curl", ["-s", "--http2", "--cacert", caFile, ...argv], { encoding: "buffer" });
  const seen = await curl("-o", "/dev/null", "-w", "%{http_version} %{http_code}", url("/page"));
  expect(seen.stdout.toString()).toBe("2 200");
  expect((await curl(url("/large"))).stdout.equals(LARGE)).toBe(true);
  const sent = await curl("--data-binary", `@${caFile}`, url("/echo"));
  expect(sent.stdout.toString()).toBe(site.authority.ca);
});
