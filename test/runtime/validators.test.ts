import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send, type RawResponse } from "../support/client.ts";
import { LAST_MODIFIED, startNegotiatingOrigin, versions } from "../support/negotiating-origin.ts";
import type { TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const OLDER = "Thu, 01 Oct 2026 10:00:00 GMT";
const DICTIONARY = `:${createHash("sha256").update(versions[0]).digest("base64")}:`;

/** One form in which a resource is asked for. */
interface Form {
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly type: string;
  /** What stages do with it: nothing, only look at it, or make it. */
  readonly by: "origin" | "origin, looked at" | "us";
  /** The entity tags of the same resource in another media type. */
  readonly others: readonly string[];
  /** Whether a date can confirm it. */
  readonly dated: boolean;
}

const HTML = "text/html; charset=utf-8";
const MARKDOWN = "text/markdown; charset=utf-8";

const FORMS: Readonly<Record<string, Form>> = {
  "a page": {
    path: "/page/",
    fields: { accept: "text/html" },
    type: HTML,
    by: "origin",
    others: ['W/"h1;wl=md"', 'W/"h1-gz;wl=md"'],
    dated: true,
  },
  "markdown by Accept": {
    path: "/page/",
    fields: { accept: "text/markdown" },
    type: MARKDOWN,
    by: "us",
    others: ['"h1"', '"h1-gz"'],
    dated: false,
  },
  "markdown as /index.md": {
    path: "/page/index.md",
    fields: { accept: "*/*" },
    type: MARKDOWN,
    by: "us",
    others: ['"h1"', '"h1-gz"'],
    dated: false,
  },
  "the origin's own markdown": {
    path: "/both/",
    fields: { accept: "text/markdown" },
    type: MARKDOWN,
    by: "origin, looked at",
    others: ['"b1"', '"b1-gz"', 'W/"b1;wl=md"'],
    dated: true,
  },
  "the origin's own HTML beside it": {
    path: "/both/",
    fields: { accept: "text/html" },
    type: HTML,
    by: "origin",
    others: ['"m1"', 'W/"b1;wl=md"'],
    dated: true,
  },
  "a text": {
    path: "/note.txt",
    fields: { accept: "text/html" },
    type: "text/plain",
    by: "origin",
    others: ['W/"t1;wl=md"'],
    dated: true,
  },
  "a text where markdown was asked for": {
    path: "/note.txt",
    fields: { accept: "text/markdown" },
    type: "text/plain",
    by: "origin, looked at",
    others: ['"t2"'],
    dated: true,
  },
  "a script that serves as dictionary": {
    path: "/assets/app.v2.js",
    fields: {},
    type: "text/javascript",
    by: "origin, looked at",
    others: ['W/"j2;wl=md"'],
    dated: true,
  },
  "a delta": {
    path: "/assets/app.v2.js",
    fields: { "available-dictionary": DICTIONARY },
    type: "text/javascript",
    by: "us",
    others: ['W/"j2;wl=md"'],
    dated: true,
  },
};

/** A precondition, made from the entity tag that the client holds. */
interface Condition {
  readonly fields: (etag: string, form: Form) => Readonly<Record<string, string>>;
  readonly status: (form: Form) => number;
}

const opaque = (etag: string): string => etag.replace(/^W\//, "");
/** No part is made of what we make, and If-Range takes no weak tag such as ours. */
const continued = (form: Form): number => (form.by === "us" ? 200 : 206);
/** A part of the origin's passes, unless the whole is needed to make markdown of it. */
const partial = (form: Form): number => (form.by === "us" && form.type === MARKDOWN ? 200 : 206);

const CONDITIONS: Readonly<Record<string, Condition>> = {
  nothing: { fields: () => ({}), status: () => 200 },
  "If-None-Match with what it holds": {
    fields: (etag) => ({ "if-none-match": etag }),
    status: () => 304,
  },
  "If-None-Match with it as weak": {
    fields: (etag) => ({ "if-none-match": `W/${opaque(etag)}` }),
    status: () => 304,
  },
  "If-None-Match with it among others": {
    fields: (etag, { others }) => ({ "if-none-match": ['"x"', ...others, etag].join(", ") }),
    status: () => 304,
  },
  "If-None-Match with *": { fields: () => ({ "if-none-match": "*" }), status: () => 304 },
  "If-None-Match with another version": {
    fields: () => ({ "if-none-match": '"x", W/"x;wl=md", W/"x;wl=dcz.12345678"' }),
    status: () => 200,
  },
  "If-None-Match with other media types only": {
    fields: (_etag, { others }) => ({ "if-none-match": others.join(", ") }),
    status: () => 200,
  },
  "If-None-Match that fails and If-Modified-Since that would hold": {
    fields: () => ({ "if-none-match": '"x"', "if-modified-since": LAST_MODIFIED }),
    status: () => 200,
  },
  "If-Match with what it holds": { fields: (etag) => ({ "if-match": etag }), status: () => 200 },
  "If-Match with *": { fields: () => ({ "if-match": "*" }), status: () => 200 },
  "If-Match with another version": { fields: () => ({ "if-match": '"x"' }), status: () => 412 },
  "If-Match with other media types only": {
    fields: (_etag, { others }) => ({ "if-match": others.join(", ") }),
    status: () => 412,
  },
  "If-Modified-Since with its date": {
    fields: () => ({ "if-modified-since": LAST_MODIFIED }),
    status: ({ dated }) => (dated ? 304 : 200),
  },
  "If-Modified-Since with an older date": {
    fields: () => ({ "if-modified-since": OLDER }),
    status: () => 200,
  },
  Range: { fields: () => ({ range: "bytes=2-9" }), status: partial },
  "If-Range with what it holds": {
    fields: (etag) => ({ range: "bytes=2-9", "if-range": etag }),
    status: continued,
  },
  "If-Range with its date": {
    fields: () => ({ range: "bytes=2-9", "if-range": LAST_MODIFIED }),
    // A date tells neither media types nor codings apart.
    status: continued,
  },
  "If-Range with another version": {
    fields: () => ({ range: "bytes=2-9", "if-range": '"x"' }),
    status: () => 200,
  },
  "If-Range with another media type": {
    fields: (_etag, { others }) => ({ range: "bytes=2-9", "if-range": others[0] ?? "" }),
    status: () => 200,
  },
};

const CODINGS = ["identity", "gzip"] as const;

const table = Object.keys(FORMS).flatMap((form) => CODINGS.map((coding) => ({ form, coding })));

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("validators on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;

  beforeAll(async () => {
    origin = await startNegotiatingOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        // Nothing kept: every coding of the origin's is to be seen.
        defaults: { canonicalRedirect: true, markdown: { keepFor: false } },
        rules: [
          {
            name: "bundles",
            match: { path: "/assets/*" },
            compression: { dictionary: { match: "/assets/app.*.js" } },
          },
        ],
      },
    });
    await send(`${proxy.url}/assets/app.v1.js`);
    // Keeping goes on behind the answer.
    await new Promise((resolve) => setTimeout(resolve, 300));
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  describe.each(table)("$form, $coding from the origin", ({ form: name, coding }) => {
    const form = FORMS[name] as Form;
    const encoding = form.fields["available-dictionary"] === undefined ? coding : `${coding}, dcz`;
    const ask = (fields: Readonly<Record<string, string>>, method = "GET", site = proxy.url) =>
      send(site + form.path, {
        method,
        headers: { ...form.fields, "accept-encoding": encoding, ...fields },
      });
    let whole: RawResponse;

    beforeAll(async () => {
      whole = await ask({});
    });

    it.each(Object.keys(CONDITIONS))("under %s", async (condition) => {
      const { fields, status } = CONDITIONS[condition] as Condition;
      const etag = whole.headers.etag ?? "";
      expect(etag).toMatch(form.by === "us" ? /^W\/"[^"]+;wl=[^"]+"$/ : /^"[^";]+"$/);
      const got = await ask(fields(etag, form));
      expect(got.status).toBe(status(form));
      expect(got.headers.vary).toBe(got.status === 412 ? got.headers.vary : whole.headers.vary);
      if (got.status === 412) return;
      if (got.status === 206) {
        // The origin's own part, byte for byte, which its tag tells apart from what we make.
        const bare = await ask(fields(etag, form), "GET", origin.url);
        const described = ["etag", "content-type", "content-encoding", "content-range"];
        const parts = [got, bare].map(({ status, headers, body }) => ({
          status,
          fields: described.map((name) => headers[name]),
          body: body.toString("latin1"),
        }));
        expect(parts[0]).toEqual(parts[1]);
        if (form.by === "us") {
          expect(got.headers.etag).not.toBe(etag);
          return;
        }
      }
      // A 304 that no tag was named for speaks of the version, in whichever coding it is held.
      const named = fields(etag, form)["if-none-match"]?.includes('"') === true;
      const version = opaque(etag).replace(/;wl=dcz\.[^"]*/, "");
      expect([opaque(etag), ...(got.status === 304 && !named ? [version] : [])]).toContain(
        opaque(got.headers.etag ?? ""),
      );
      expect(got.headers["cache-control"]).toBe(whole.headers["cache-control"]);
      const notModified = got.status === 304;
      expect([form.type, ...(notModified ? [undefined] : [])]).toContain(
        got.headers["content-type"],
      );
      expect(got.headers["content-encoding"]).toBe(
        notModified ? undefined : whole.headers["content-encoding"],
      );
      const part = { 200: whole.body, 206: whole.body.subarray(2, 10), 304: Buffer.alloc(0) };
      expect(got.body.equals(part[got.status as 200 | 206 | 304])).toBe(true);
    });

    it("under HEAD with If-None-Match", async () => {
      const held = { "if-none-match": whole.headers.etag ?? "" };
      const got = await ask(held, "HEAD");
      // A delta is not made for HEAD, but its tag stems from the same version.
      expect(got.status).toBe(304);
      expect(opaque(got.headers.etag ?? "")).toBe(opaque(held["if-none-match"]));
    });
  });

  it("tests the state of a resource, whichever form of it the client has seen", async () => {
    origin.routes.set("/edit", (_request, response) => response.writeHead(204).end());
    await send(`${proxy.url}/edit`, {
      method: "PUT",
      headers: { "if-match": 'W/"p1;wl=md", W/"p2;wl=dcz.12345678"', "content-type": "text/plain" },
      body: "x",
    });
    expect(origin.requests.at(-1)?.headers["if-match"]).toBe('W/"p1", "p1", W/"p2", "p2"');
  });
});
