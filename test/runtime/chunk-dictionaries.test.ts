import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../features/compression/bundles.ts";
import { send } from "../support/client.ts";
import { startDictionaryOrigin } from "../support/dictionary-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";
import { SimulatedBrowser, type Fetched } from "../support/simulated-browser.ts";

const PRIVATE = "private, max-age=31536000";
const settled = () => new Promise((resolve) => setTimeout(resolve, 300));

/** A chunk as webpack, Turbopack or esbuild name it: by nothing but its hash. */
const chunk = (name: string, version: number): [path: string, content: Buffer] => {
  // Chunks of different names have nothing in common.
  const shift = 7 * NAMES.indexOf(name);
  const text = bundle(version, 20_000).replaceAll(/[a-z]/g, (letter) =>
    String.fromCharCode(97 + ((letter.charCodeAt(0) - 97 + shift) % 26)),
  );
  const content = Buffer.from(`/* ${name} */${text}`);
  return [`/c/${createHash("sha256").update(content).digest("hex").slice(0, 20)}.js`, content];
};
const NAMES = ["app", "shop", "help"];

describe.each(["node", "workerd"] as RuntimeName[])("chunks without a name on %s", (runtime) => {
  let origin: Awaited<ReturnType<typeof startDictionaryOrigin>>;
  let proxy: Proxy;
  beforeAll(async () => {
    origin = await startDictionaryOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        agents: { trustedProxyHops: 1 },
        defaults: { compression: { dictionary: true } },
      },
    });
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  /** Publishes a version, and returns the paths of its chunks. */
  function deploy(version: number, fields: Record<string, string> = {}): string[] {
    const control = { "cache-control": "public, max-age=31536000, immutable", ...fields };
    const page = Buffer.from(`<!doctype html><title>${version}</title>`);
    const fieldsOfPage = { "cache-control": "no-cache" };
    origin.files.set("/", { content: page, type: "text/html", fields: fieldsOfPage });
    return NAMES.map((name) => {
      const [path, content] = chunk(name, version);
      origin.files.set(path, { content, fields: control });
      return path;
    });
  }

  async function view(browser: SimulatedBrowser, paths: readonly string[]) {
    const page = await browser.page("/");
    const got = await Promise.all(paths.map((path) => browser.load(path, "script")));
    await settled();
    return { page, got: got.filter((each) => each !== undefined), idle: await browser.idle(page) };
  }
  const codings = (got: readonly Fetched[]) => got.map(({ coding }) => coding);

  it("come as deltas at the third deploy, against one dictionary of all that have changed", async () => {
    const visitors = [1, 2, 3].map(
      (i) => new SimulatedBrowser(proxy.url, `198.51.10${i}.7`, `_ga=GA1.${i}.77${i}1`),
    );
    for (const version of [1, 2]) {
      const paths = deploy(version);
      for (const visitor of visitors) {
        const { page, got, idle } = await view(visitor, paths);
        expect(codings(got).every((coding) => coding === "br")).toBe(true);
        // Nobody pays for a dictionary before a deploy has shown that it is of use.
        if (version === 1) expect([page.fields["link"], idle]).toEqual([undefined, 0]);
      }
      for (const visitor of visitors) await view(visitor, []);
    }
    const third = deploy(3);
    const [first, ...others] = visitors as [SimulatedBrowser, ...SimulatedBrowser[]];
    // Evidence that the bytes do not depend on the cookie takes one request.
    await view(first, third);
    for (const visitor of others) {
      const { got } = await view(visitor, third);
      expect(codings(got)).toEqual(NAMES.map(() => expect.stringMatching(/^dc[bz]$/)));
      expect(got.map(({ content }) => content)).toEqual(NAMES.map((name) => chunk(name, 3)[1]));
    }
    // The next dictionary comes as a delta, too.
    const { idle } = await view(first, []);
    expect(idle).toBeGreaterThan(0);
    expect(idle).toBeLessThan(3000);
    // At the first visit, the page names the dictionary, and the client gets none of it.
    const newcomer = new SimulatedBrowser(proxy.url, "198.51.200.9", undefined);
    const { page, got, idle: cost } = await view(newcomer, third);
    expect(page.fields["link"]).toMatch(
      /^<\/c\/wayleave-dictionary-\d+\.js>; rel="compression-dictionary"$/,
    );
    expect([...codings(got), cost]).toEqual(["br", "br", "br", 0]);
  });

  it("are in no dictionary if they are private, or if one client alone has them", async () => {
    const visitor = new SimulatedBrowser(proxy.url, "198.51.150.9", undefined);
    const alone = deploy(5);
    for (let i = 0; i < 2; i++) await view(visitor, alone);
    const secret = deploy(6, { "cache-control": PRIVATE });
    const another = new SimulatedBrowser(proxy.url, "198.51.151.9", undefined);
    for (const each of [visitor, another]) await view(each, secret);
    const address = String((await visitor.page("/")).fields["link"]).split(/[<>]/)[1] as string;
    const { status, body } = await send(proxy.url + address, {
      headers: { "dictionary-id": '"w0"' },
    });
    expect(status).toBe(200);
    expect(body.includes(chunk("app", 3)[1])).toBe(true);
    for (const version of [5, 6]) expect(body.includes(chunk("app", version)[1])).toBe(false);
  });

  it("leave the address of a dictionary to the origin server if there is no deploy", async () => {
    const content = Buffer.from("the site's own");
    origin.files.set("/own/wayleave-dictionary-1.js", { content });
    const { body } = await send(`${proxy.url}/own/wayleave-dictionary-1.js`, {
      headers: { "dictionary-id": '"w0"' },
    });
    expect(body.equals(content)).toBe(true);
  });
});
