// Named origin servers with TLS: a private authority of their own, HTTP/2 alone, and their robots.txt.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeAuthority } from "../support/authority.ts";
import { send } from "../support/client.ts";
import { needs } from "../support/needs.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";
import { startHttp2, startHttps, type TlsOrigin } from "../support/tls-origins.ts";

describe("named origin servers with TLS", needs("openssl"), () => {
  let main: TestOrigin;
  let modern: TlsOrigin;
  let other: TlsOrigin;
  let proxy: Proxy;

  beforeAll(async () => {
    const [authority, another] = [makeAuthority(), makeAuthority()];
    const subjects = ["DNS:localhost", "IP:127.0.0.1"];
    main = await startOrigin();
    main.routes.set("/page", (_request, response) => response.end("of main"));
    main.routes.set("/robots.txt", (_request, response) => {
      response.writeHead(200, { "content-type": "text/plain" });
      response.end("User-agent: *\nDisallow: /main/\n");
    });
    modern = await startHttp2(
      authority.issue("modern", subjects),
      (request, response) => {
        response.setHeader("content-type", "text/plain");
        if (request.url === "/robots.txt") response.end("User-agent: *\nDisallow: /modern/\n");
        else response.end(`${request.httpVersion} ${request.url}`);
      },
      false,
    );
    other = await startHttps(another.issue("other", subjects), "of other");
    const [modernUrl, otherUrl] = [modern, other].map(({ port }) => `https://127.0.0.1:${port}`);
    proxy = await RUNTIMES.node({
      origin: main.url,
      // Each authority is trusted for one origin server alone.
      originCas: { modern: authority.ca, other: another.ca },
      rules: {
        origins: { modern: modernUrl, other: otherUrl, bare: modernUrl },
        hosts: ["a.example", "b.example"],
        robots: { mode: "merge" },
        rules: [
          { name: "all of b", match: { host: "b.example" }, origin: "modern" },
          { name: "modern", match: { path: "/modern/*" }, origin: "modern" },
          { name: "other", match: { path: "/other/*" }, origin: "other" },
          { name: "bare", match: { path: "/bare/*" }, origin: "bare" },
          { name: "drafts", match: { path: "/drafts/*" }, access: { action: "block" } },
        ],
      },
    });
  });
  afterAll(async () => {
    await proxy?.close();
    await Promise.all([main?.close(), modern?.close(), other?.close()]);
  });

  const get = (path: string, host = "a.example") =>
    send(proxy.url + path, { headers: { host, "accept-encoding": "identity" } });
  const textOf = async (path: string, host?: string) => (await get(path, host)).body.toString();

  it("are reached in their own version of HTTP, beside one without TLS", async () => {
    expect(await textOf("/page")).toBe("of main");
    expect(await textOf("/modern/a")).toBe("2.0 /modern/a");
    expect(await textOf("/other/a")).toBe("of other");
  });

  it("are not trusted under the authority of another", async () => {
    const refused = await get("/bare/a");
    expect(refused.status).toBe(502);
    expect(proxy.log.join("\n")).toContain('"code":"tls"');
  });

  it("have a robots.txt of their own, each with the lines of the rules", async () => {
    const [a, b] = [await textOf("/robots.txt"), await textOf("/robots.txt", "b.example")];
    expect([a.includes("/main/"), a.includes("/modern/")]).toEqual([true, false]);
    expect([b.includes("/main/"), b.includes("/modern/")]).toEqual([false, true]);
    for (const text of [a, b]) expect(text).toContain("Disallow: /drafts/");
  });
});
