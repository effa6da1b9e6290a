import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { sendRaw } from "../support/raw.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const PAGE = "<!doctype html><title>t</title><main><h1>Heading</h1><p>Text of the page.</p></main>";
const OK = `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${PAGE.length}\r\n\r\n${PAGE}`;

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("spellings on %s", (runtime) => {
  let origin: RawOrigin;
  let byHost: Proxy;
  let byPath: Proxy;

  beforeAll(async () => {
    origin = await startRawOrigin();
    origin.answer = () => ({ bytes: OK });
    const start = (rules: object[]) =>
      RUNTIMES[runtime]({ origin: origin.url, rules: { defaults: { markdown: true }, rules } });
    byHost = await start([
      { name: "host", match: { host: "www.example.com" }, markdown: false },
      { name: "port", match: { host: "other.example:8443" }, markdown: false },
      { name: "idn", match: { host: "Bücher.example." }, markdown: false },
    ]);
    byPath = await start([
      { name: "private", match: { path: "/private/*" }, markdown: false },
      { name: "tilde", match: { path: "/%7ejoe/*" }, markdown: false },
      { name: "umlaut", match: { path: "/ä/*" }, markdown: false },
      { name: "at", match: { path: "/a@b/*" }, markdown: false },
      { name: "open", match: { path: "/private/*" }, markdown: true },
    ]);
  });

  afterAll(async () => {
    await Promise.all([byHost?.close(), byPath?.close()]);
    await origin?.close();
  });

  /** Whether a page comes as markdown, "refused", or as it is. */
  const ask = async (proxy: Proxy, target: string, host: string): Promise<string> => {
    const got = await sendRaw(
      proxy.url,
      `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nAccept: text/markdown\r\nConnection: close\r\n\r\n`,
    );
    if (!got.startsWith("HTTP/1.1 200")) return "refused";
    return /\r\ncontent-type: text\/markdown/i.test(got) ? "markdown" : "html";
  };

  it.each([
    ["www.example.com"],
    ["WWW.Example.COM"],
    ["www.example.com."],
    ["WWW.example.com.:8080"],
    ["www.example.com:80"],
    ["www.example.com:8080"],
    ["other.example:8443"],
    ["OTHER.example.:8443"],
    ["xn--bcher-kva.example"],
    ["XN--BCHER-KVA.example.:81"],
  ])("matches the host %s", async (host) => {
    expect(await ask(byHost, "/page", host)).toBe("html");
  });

  it.each(["example.com", "www.example.com.evil.example", "other.example", "other.example:84"])(
    "does not match the host %s",
    async (host) => {
      expect(await ask(byHost, "/page", host)).toBe("markdown");
    },
  );

  it.each([
    "/private/a",
    "/private/",
    "/%70rivate/a",
    "/%70%72%69%76%61%74%65/a",
    "//private/a",
    "///private//a",
    "/./private/a",
    "/x/../private/a",
    "/x/%2e%2e/private/a",
    "/x/.%2E/private/a",
    "/../private/a",
    "/x//../private/a",
    "/private%2fa",
    "/private%2Fa",
    "/%2fprivate/a",
    "/x/..%2fprivate/a",
    "/private/%2e%2e/private/a",
    String.raw`/x\..\private\a`,
    String.raw`/private\a`,
    "/private%5Ca",
    "/x%5c..%5cprivate/a",
    "/private;x=y/a",
    "/x/..;/private/a",
    "/public/../private/?q=/public/",
    "/~joe/a",
    "/%7Ejoe/a",
    "/%7ejoe/a",
    "/%C3%A4/a",
    "/%c3%a4/a",
    "/\u00c3\u00a4/a",
    "/a@b/x",
    "/a%40b/x",
  ])("matches the path %s", async (target) => {
    const outcome = await ask(byPath, target, "www.example.com");
    // A target that the runtime's own parser refuses can't slip by either.
    expect(["html", "refused"]).toContain(outcome);
    if (!target.includes("\u00c3")) expect(outcome).toBe("html");
  });

  it.each([
    "/",
    "/privat/a",
    "/privates",
    "/x/private/a",
    "/private%252fa/..%252f",
    "/?/private/a",
  ])("does not match the path %s", async (target) => {
    expect(await ask(byPath, target, "www.example.com")).toBe("markdown");
  });

  it("requests the path that was matched from the origin, never another page", async () => {
    for (const target of ["/x/../private/a", "//private/a", "/x/..;/private/a"]) {
      origin.requests.length = 0;
      await ask(byPath, target, "www.example.com");
      const [, asked] = origin.requests[0]?.startLine.split(" ") ?? [];
      expect([target, "/private/a"]).toContain(asked);
    }
  });
});
