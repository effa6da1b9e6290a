import { brotliDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send, type RawResponse } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

/** A response of the origin server. */
interface Said {
  readonly status?: number;
  readonly fields?: Readonly<Record<string, string>>;
  readonly text: string;
}

const FRESH = { "cache-control": "public, max-age=600" };
const page = (text: string): string =>
  `<!doctype html><html><head><title>t</title></head><body><main><p>${text} ${"words ".repeat(300)}</p></main></body></html>`;

/** What may be remembered of a path, until a newer response says otherwise. */
const OLD: Readonly<Record<string, Said>> = {
  "a page": { text: "old", fields: FRESH },
  "a redirect": { status: 301, text: "", fields: { ...FRESH, location: "/elsewhere" } },
  "a page that is not there": { status: 404, text: "old", fields: FRESH },
  "a page that is gone": { status: 410, text: "old", fields: FRESH },
};

/** A newer response, which a shared cache may store or not. */
const NEW: Readonly<Record<string, Said>> = {
  "that can be stored": { text: "new", fields: FRESH },
  "that must not be stored": { text: "new", fields: { "cache-control": "no-store" } },
  "for one client": { text: "new", fields: { "cache-control": "private, max-age=600" } },
  "that sets a cookie": { text: "new", fields: { ...FRESH, "set-cookie": "a=b" } },
  "without a lifetime": { text: "new" },
};

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a newer response, on %s,", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;
  let tries = 0;
  beforeAll(async () => {
    origin = await startOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: { defaults: { cache: { after: 1 }, markdown: true, compression: true } },
    });
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  const own = (): string => `/contradicted-${tries++}/`;
  const say = (path: string, { status = 200, fields = {}, text }: Said, type = "text/html"): void =>
    void origin.routes.set(path, (_request, response) => {
      response.writeHead(status, { "content-type": type, ...fields }).end(text);
    });
  const get = (path: string, headers: Record<string, string> = {}): Promise<RawResponse> =>
    send(proxy.url + path, { headers: { "accept-encoding": "identity", ...headers } });
  /** Asks until the answer is as wanted: what is stored is stored after the response. */
  const until = async (
    path: string,
    headers: Record<string, string>,
    wanted: (got: RawResponse) => boolean,
  ): Promise<RawResponse> => {
    for (let i = 0; ; i++) {
      const got = await get(path, headers);
      if (wanted(got) || i === 200) return got;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const isHit = ({ headers }: RawResponse): boolean => / hit/.test(String(headers["cache-status"]));
  const bodyOf = ({ body, headers }: RawResponse): string =>
    (headers["content-encoding"] === "br" ? brotliDecompressSync(body) : body).toString();

  describe.each(Object.entries(OLD))("replaces %s", (_old, old) => {
    it.each(Object.entries(NEW))("with one %s", async (_new, news) => {
      const path = own();
      say(path, old);
      expect(isHit(await until(path, {}, isHit))).toBe(true);
      say(path, news);
      expect(bodyOf(await get(path, { "cache-control": "no-cache" }))).toBe("new");
      const after = await until(path, {}, (got) => bodyOf(got) === "new");
      expect([after.status, bodyOf(after)]).toEqual([200, "new"]);
    });
  });

  it.each(Object.entries(NEW))(
    "replaces the best coding of a page with one %s",
    async (_, news) => {
      const path = own();
      say(path, { text: page("old"), fields: { ...FRESH, etag: '"old"' } });
      const coded = { "accept-encoding": "br" };
      await until(path, coded, (got) => isHit(got) && got.headers["content-encoding"] === "br");
      say(path, news);
      expect(bodyOf(await get(path, { "cache-control": "no-cache" }))).toBe("new");
      const isNew = (got: RawResponse): boolean => bodyOf(got) === "new";
      // The response takes the place of the stored one a moment after the client has it.
      expect(isNew(await until(path, coded, isNew))).toBe(true);
    },
  );

  it.each(Object.entries(NEW))(
    "replaces the markdown of a page with that of one %s",
    async (_, news) => {
      const path = own();
      const fields = { ...FRESH, etag: '"old"' };
      say(path, { text: page("old"), fields });
      const asMarkdown = { accept: "text/markdown" };
      const before = await until(`${path}index.md`, {}, isHit);
      expect(bodyOf(before)).toContain("old");
      expect(isHit(await until(path, asMarkdown, isHit))).toBe(true);
      say(path, { ...news, text: page("new") });
      await get(path, { "cache-control": "no-cache" });
      const isNew = (got: RawResponse): boolean => bodyOf(got).includes("new");
      expect(isNew(await until(`${path}index.md`, {}, isNew))).toBe(true);
      expect(isNew(await until(path, asMarkdown, isNew))).toBe(true);
    },
  );

  it("ends that markdown of the origin server's own is thought to be missing", async () => {
    const path = own();
    const link = `<${path}own.md>; rel="alternate"; type="text/markdown"`;
    say(path, { text: page("page"), fields: { "cache-control": "no-cache", link } });
    const asMarkdown = { accept: "text/markdown" };
    for (let i = 0; i < 3; i++) expect(bodyOf(await get(path, asMarkdown))).toContain("page");
    say(
      `${path}own.md`,
      { text: "# own", fields: { "cache-control": "no-cache" } },
      "text/markdown",
    );
    expect(bodyOf(await get(`${path}own.md`))).toBe("# own");
    await get(path);
    expect(bodyOf(await get(path, asMarkdown))).toBe("# own");
  });

  it("removes the mark of a response for one client only", async () => {
    const path = own();
    say(path, { text: "old", fields: { "cache-control": "no-store" } });
    for (let i = 0; i < 3; i++) expect(bodyOf(await get(path))).toBe("old");
    say(path, { text: "new", fields: FRESH });
    expect(isHit(await until(path, {}, isHit))).toBe(true);
  });
});
