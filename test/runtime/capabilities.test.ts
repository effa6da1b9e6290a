import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  DATE,
  etagOf,
  MEDIA,
  NEXT_VERSION,
  startCapableOrigin,
  TEXTS,
  type Resource,
} from "../support/capable-origin.ts";
import { send, type RequestOptions } from "../support/client.ts";
import { generateKeys, signMessage, type PrivateJwk } from "../../src/agent/web-bot-auth/index.ts";
import { sampleOf } from "../support/sample.ts";
import { freePort, RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

/** Features that answer with deltas to a client that has the version before. */
const WITH_DELTAS = new Set(["automatic dictionaries", "a broad match"]);

const CRAWLED = "canonical redirect, for a crawler of its audience";

/** Each feature as it is switched on for all, and does not act on what the table asks for. */
const FEATURES: Readonly<Record<string, object>> = {
  "access that allows": { access: { action: "allow" } },
  documents: { documents: true },
  "canonical redirect": { canonicalRedirect: true },
  [CRAWLED]: { canonicalRedirect: true },
  markdown: { markdown: true },
  "markdown with a hint": { markdown: { directive: true } },
  "plain codings": { compression: true },
  "automatic dictionaries": { compression: { dictionary: true } },
  "a broad match": { compression: { dictionary: { match: "/*" } } },
  "a broad match for scripts": {
    compression: { dictionary: { match: "/*", matchDest: ["script"] } },
  },
  "all in observe": {
    access: { action: "challenge", mode: "observe" },
    documents: "observe",
    canonicalRedirect: "observe",
    markdown: { mode: "observe", directive: true },
    compression: { mode: "observe", dictionary: true },
  },
  "all for nobody": {
    canonicalRedirect: { percentage: 0 },
    markdown: { percentage: 0, directive: true },
    compression: { percentage: 0, dictionary: true },
  },
};

/** Requests that want more of HTTP than a page. */
function requestsFor(resource: Resource): Readonly<Record<string, RequestOptions>> {
  const etag = etagOf(resource);
  const browser = {
    accept: "text/html,*/*;q=0.8",
    "accept-encoding": "gzip, deflate, br, zstd",
  };
  const get = (headers: Record<string, string>): RequestOptions => ({
    headers: { ...browser, ...headers },
  });
  return {
    plain: get({}),
    head: { method: "HEAD", headers: browser },
    "one range": get({ range: "bytes=0-99" }),
    "an open range": get({ range: "bytes=100-" }),
    "a suffix range": get({ range: "bytes=-10" }),
    "several ranges": get({ range: "bytes=0-9, 20-29" }),
    "a range beyond the end": get({ range: "bytes=999999-" }),
    "the range of a video": get({
      range: "bytes=0-",
      "sec-fetch-dest": "video",
      "accept-encoding": "identity;q=1, *;q=0",
    }),
    "a range with a dictionary": get({
      range: "bytes=0-99",
      "accept-encoding": "br, dcb, dcz",
      "available-dictionary": `:${Buffer.alloc(32).toString("base64")}:`,
    }),
    "a range for markdown": get({ range: "bytes=0-99", accept: "text/markdown, */*" }),
    "If-Range with the tag": get({ range: "bytes=100-", "if-range": etag }),
    "If-Range with another tag": get({ range: "bytes=100-", "if-range": '"x"' }),
    "If-Range with the date": get({ range: "bytes=100-", "if-range": DATE }),
    "If-None-Match": get({ "if-none-match": etag }),
    "If-None-Match with several": get({ "if-none-match": `"x", ${etag}` }),
    "If-None-Match with another": get({ "if-none-match": '"x"' }),
    "If-None-Match for markdown": get({ "if-none-match": etag, accept: "text/markdown, */*" }),
    "If-Modified-Since": get({ "if-modified-since": DATE }),
    "If-Modified-Since for markdown": get({
      "if-modified-since": DATE,
      accept: "text/markdown, */*",
    }),
    "If-Match": get({ "if-match": etag }),
    "If-Match with another": get({ "if-match": '"x"' }),
    "a conditional HEAD": { method: "HEAD", headers: { ...browser, "if-none-match": etag } },
  };
}

/** What a client sees, but for the moment; of Vary, what the features add is left out. */
async function seen(
  url: string,
  options: RequestOptions,
  without: ReadonlySet<string> = new Set(),
) {
  const { status, headers, body } = await send(url, options);
  const { date: _date, connection: _connection, "keep-alive": _alive, vary, ...fields } = headers;
  const kept = (vary ?? "").split(/\s*,\s*/).filter((name) => !without.has(name.toLowerCase()));
  return { status, fields: { ...fields, vary: kept.join(", ") }, body: body.toString("latin1") };
}

type Seen = Awaited<ReturnType<typeof seen>>;

/** What a response owes its Vary if the feature could act on it for another client. */
const OWED = new Set([
  "accept",
  "accept-encoding",
  "available-dictionary",
  "sec-fetch-site",
  "sec-fetch-mode",
]);

/** Requests for a text that get what they ask for, whatever the feature does with the whole. */
const OF_TEXTS = new Set([
  "one range",
  "an open range",
  "a suffix range",
  "several ranges",
  "a range beyond the end",
  "the range of a video",
  "a range with a dictionary",
  "If-Range with the tag",
  "If-None-Match",
  "If-None-Match with several",
  "If-Match with another",
  "a conditional HEAD",
]);

/** Requests for each of the media types. */
const OF_EACH_TYPE = new Set([
  "plain",
  "head",
  "several ranges",
  "a range beyond the end",
  "the range of a video",
  "If-Range with the tag",
  "If-None-Match",
]);

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("on %s", (runtime) => {
  let origin: Awaited<ReturnType<typeof startCapableOrigin>>;
  let off: Proxy;
  let key: PrivateJwk;
  const expected = new Map<string, Promise<Seen>>();

  beforeAll(async () => {
    const { privateJwk, directory } = await generateKeys();
    key = privateJwk;
    origin = await startCapableOrigin(directory);
    off = await RUNTIMES[runtime]({ origin: origin.url, rules: {} });
  }, 60_000);
  afterAll(async () => {
    await off?.close();
    await origin?.close();
  });

  /** The same request with all features off. */
  function without(path: string, name: string, options: RequestOptions): Promise<Seen> {
    const known = expected.get(`${name} ${path}`) ?? seen(off.url + path, options);
    expected.set(`${name} ${path}`, known);
    return known;
  }

  describe.each(Object.entries(FEATURES))("%s", (feature, defaults) => {
    // Each feature gets another sample of the requests, and each runtime.
    const first = Object.keys(FEATURES).indexOf(feature) + (runtime === "node" ? 0 : 1);
    let on: Proxy;
    beforeAll(async () => {
      const port = await freePort();
      on = await RUNTIMES[runtime]({
        origin: origin.url,
        port,
        rules: { agents: { bots: [crawler(`http://127.0.0.1:${port}`)] }, defaults },
      });
    }, 60_000);
    afterAll(() => on?.close());

    async function compare(
      resource: Resource,
      name: string,
      options: RequestOptions,
      owes: boolean,
    ) {
      const { path } = resource;
      const { method = "GET" } = options;
      const signed = feature === CRAWLED ? await sign(on.url, path, method, key) : {};
      const asked = { ...options, headers: { ...options.headers, ...signed } };
      const bare = await without(path, name, options);
      const got = await seen(on.url + path, asked, owes ? OWED : new Set());
      expect(got, `${name} of ${path}`).toEqual(bare);
    }

    it("removes nothing from a request for media", { timeout: 60_000 }, async () => {
      for (const [i, resource] of MEDIA.entries()) {
        const all = Object.entries(requestsFor(resource));
        // The rest of the list differs in its types alone.
        const requests = i < 6 ? all : all.filter(([name]) => OF_EACH_TYPE.has(name));
        await Promise.all(
          sampleOf(requests, 6, i + first).map(([name, options]) =>
            compare(resource, name, options, /None|Modified|conditional/.test(name)),
          ),
        );
      }
    });

    it("removes no range and no precondition from a request for a text", async () => {
      for (const resource of TEXTS) {
        const requests = Object.entries(requestsFor(resource));
        for (const [name, options] of requests.filter(([each]) => OF_TEXTS.has(each))) {
          await compare(resource, name, options, true);
        }
      }
    });

    if (WITH_DELTAS.has(feature)) {
      it("removes no range from the request of a client that gets the whole as a delta", async () => {
        const { path, content } = TEXTS[1] as Resource;
        const hash = createHash("sha256").update(content).digest("base64");
        const offer = { "accept-encoding": "br, dcb, dcz", "available-dictionary": `:${hash}:` };
        const asked = (client: string, url: string) =>
          send(on.url + url, { headers: { ...offer, "user-agent": client } });
        await expect
          .poll(
            async () => {
              for (const client of ["a", "b"]) await asked(client, path);
              return (await asked("a", NEXT_VERSION.path)).headers["content-encoding"];
            },
            { timeout: 60_000, interval: 200 },
          )
          .toMatch(/^dc[bz]$/);
        for (const [name, { headers, ...options }] of Object.entries(requestsFor(NEXT_VERSION))) {
          if (!OF_TEXTS.has(name)) continue;
          const wants = { ...options, headers: { ...headers, ...offer } };
          await compare(NEXT_VERSION, `${name}, with a dictionary`, wants, true);
        }
      }, 90_000);
    }
  });

  describe("a client that continues by date", () => {
    let on: Proxy;
    beforeAll(async () => {
      const defaults = { compression: true };
      on = await RUNTIMES[runtime]({ origin: origin.url, rules: { defaults } });
    });
    afterAll(() => on?.close());

    const proceed = (coding: string, ifRange: string) =>
      send(`${on.url}/app.0a1b2c3d.js`, {
        headers: { range: "bytes=100-", "if-range": ifRange, "accept-encoding": coding },
      });

    it("gets the whole, if its part may be of our coding of the content", async () => {
      const got = await proceed("br, gzip", DATE);
      expect(got.status).toBe(200);
      expect(got.headers["content-encoding"]).toBe("br");
    });

    it("gets the part, if it accepts no coding or names the origin's tag", async () => {
      const part = await proceed("identity", DATE);
      expect(part.status).toBe(206);
      const tagged = await proceed("br, gzip", etagOf(TEXTS[1] as Resource));
      expect(tagged.status).toBe(206);
      expect(tagged.headers["content-encoding"]).toBeUndefined();
    });

    it("gets the whole for the tag of our coding, which is weak", async () => {
      const whole = await send(`${on.url}/app.0a1b2c3d.js`, {
        headers: { "accept-encoding": "br" },
      });
      const tag = whole.headers["etag"] ?? "";
      expect(tag).toMatch(/^W\/".*;wl=br"$/);
      expect((await proceed("br", tag)).status).toBe(200);
    });
  });
});

/** A crawler that the canonical redirect acts for. */
function crawler(agent: string): object {
  return {
    name: "DemoTrainer",
    tokens: ["DemoTrainer"],
    operator: "Demo",
    category: "AI Crawler",
    behaviours: ["Training"],
    signatureAgents: [agent],
  };
}

async function sign(agent: string, path: string, method: string, key: PrivateJwk) {
  const created = Math.floor(Date.now() / 1000);
  const message = { method, url: agent + path };
  return { ...(await signMessage(message, key, { agent, created, expires: created + 60 })) };
}
