import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send, type RequestOptions } from "../support/client.ts";
import { ENGINES_ON_RUNTIMES } from "../support/engines-on-runtimes.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import type { Proxy } from "../support/runtimes.ts";

/** Fields of a response that say what robots may do. */
const NAMES = ["x-robots-tag", "content-signal", "tdm-reservation", "tdm-policy"] as const;

const text = "<main><h1>Title</h1><p>Some text of the page.</p></main>";
const page = (metas: string, body = text): string =>
  `<!doctype html><html><head><title>T</title>${metas}</head><body>${body}</body></html>`;

interface Case {
  readonly metas: string;
  /** Fields of the origin server. */
  readonly own?: Readonly<Record<string, string>>;
  readonly told: Readonly<Record<string, string>>;
}

const CASES: Readonly<Record<string, Case>> = {
  noindex: {
    metas: '<meta name="robots" content="noindex">',
    told: { "x-robots-tag": "noindex" },
  },
  noai: {
    metas: '<meta name="robots" content="noai, noimageai">',
    told: { "x-robots-tag": "noai, noimageai", "content-signal": "ai-train=no" },
  },
  googlebot: {
    metas: '<META NAME=GoogleBot CONTENT="NOSNIPPET"><meta name=robots content=noarchive>',
    told: { "x-robots-tag": "noarchive, googlebot: nosnippet" },
  },
  reserved: {
    metas:
      '<meta name="tdm-reservation" content="1"><meta name="tdm-policy" content="/terms.json">',
    told: {
      "tdm-reservation": "1",
      "tdm-policy": "SITE/terms.json",
      "content-signal": "ai-train=no",
    },
  },
  "beside the origin's": {
    metas: '<meta name="robots" content="noindex, noai">',
    own: { "x-robots-tag": "noindex, nofollow", "content-signal": "search=yes, ai-train=yes" },
    told: {
      "x-robots-tag": "noai, noindex, nofollow",
      "content-signal": "search=yes, ai-train=yes",
    },
  },
  "joined with the origin's": {
    metas: '<meta name="robots" content="noai"><meta name="tdm-reservation" content="1">',
    own: { "content-signal": "search=yes", "tdm-reservation": "0" },
    told: {
      "x-robots-tag": "noai",
      "content-signal": "search=yes, ai-train=no",
      "tdm-reservation": "0",
    },
  },
  "nothing to say": { metas: '<meta name="robots" content="index,follow">', told: {} },
};

describe.each(ENGINES_ON_RUNTIMES)("$engine on $runtime", ({ engine, start }) => {
  let origin: TestOrigin;
  let proxy: Proxy;

  const get = (path: string, options: RequestOptions = {}) => send(proxy.url + path, options);
  const told = (headers: Readonly<Record<string, unknown>>): Record<string, unknown> =>
    Object.fromEntries(
      NAMES.filter((name) => headers[name] !== undefined).map((name) => [name, headers[name]]),
    );
  const wanted = ({ told: fields }: Case): Record<string, string> =>
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, value.replace("SITE", proxy.url)]),
    );

  beforeAll(async () => {
    origin = await startOrigin();
    for (const [name, { metas, own }] of Object.entries(CASES)) {
      const path = `/${encodeURIComponent(name)}/`;
      for (const [folder, more] of [
        ["", {}],
        ["/stored", { "cache-control": "public, max-age=600" }],
        ["/signals", {}],
        ["/tokens", {}],
      ] as const) {
        origin.routes.set(folder + path, (request, response) => {
          const isHeld = request.headers["if-none-match"]?.includes('"e"') === true;
          response.writeHead(isHeld ? 304 : 200, {
            "content-type": "text/html",
            etag: '"e"',
            ...own,
            ...more,
          });
          response.end(isHeld || request.method === "HEAD" ? undefined : page(metas));
        });
      }
    }
    proxy = await start({
      origin: origin.url,
      rules: {
        defaults: { markdown: { engine }, cache: { after: 100 } },
        rules: [
          {
            name: "signals",
            match: { path: "/signals/*" },
            signals: { search: true, aiTrain: true },
          },
          {
            name: "own",
            match: { path: "/own/*" },
            markdown: { engine, originMarkdown: "always" },
          },
          { name: "tokens", match: { path: "/tokens/*" }, markdown: { engine, tokens: true } },
        ],
      },
    });
  }, 120_000);
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  describe.each(Object.entries(CASES))("%s", (name, each) => {
    const path = `/${encodeURIComponent(name)}/`;

    it("is said of the markdown, with GET and HEAD", async () => {
      for (const folder of ["", "/tokens"]) {
        for (const method of ["GET", "HEAD"]) {
          const byAddress = await get(`${folder}${path}index.md`, { method });
          expect(told(byAddress.headers), `${folder} ${method}`).toEqual(wanted(each));
          const byAccept = await get(folder + path, {
            method,
            headers: { accept: "text/markdown" },
          });
          expect(byAccept.headers["content-type"]).toBe("text/markdown; charset=utf-8");
          expect(told(byAccept.headers), `${folder} ${method}`).toEqual(wanted(each));
          expect(byAccept.body.length > 0).toBe(method === "GET");
        }
      }
    });

    it("is not repeated in the fields of the HTML", async () => {
      const html = await get(path);
      expect(html.headers["content-type"]).toBe("text/html");
      expect(told(html.headers)).toEqual(each.own ?? {});
    });

    it("stays with a 304, which takes nothing back", async () => {
      const { headers } = await get(`${path}index.md`);
      const held = await get(`${path}index.md`, {
        headers: { "if-none-match": String(headers["etag"]) },
      });
      expect(held.status).toBe(304);
      expect(told(held.headers)).toEqual({});
    });

    it("is stored with the markdown", async () => {
      const stored = `/stored${path}`;
      expect(told((await get(`${stored}index.md`)).headers)).toEqual(wanted(each));
      await expect
        .poll(async () => (await get(`${stored}index.md`)).headers["cache-status"], {
          timeout: 8000,
        })
        .toMatch(/hit/);
      for (const headers of [{}, { "if-none-match": 'W/"e;wl=md"' }]) {
        for (const method of ["GET", "HEAD"]) {
          const again = await get(`${stored}index.md`, { method, headers });
          expect(again.status).toBe("if-none-match" in headers ? 304 : 200);
          expect(told(again.headers)).toEqual(wanted(each));
        }
      }
      // After a revalidation, too.
      const checked = await get(`${stored}index.md`, { headers: { "cache-control": "no-cache" } });
      expect(checked.headers["cache-status"]).toMatch(/hit/);
      expect(told(checked.headers)).toEqual(wanted(each));
    });

    it("is joined with a rule's signals", async () => {
      const { headers } = await get(`/signals${path}index.md`);
      const own = each.own?.["content-signal"];
      const states = each.told["content-signal"] !== undefined;
      const joined = states ? "ai-train=no, search=yes" : "search=yes, ai-train=yes";
      expect(headers["content-signal"]).toBe(
        own === undefined ? joined : each.told["content-signal"],
      );
    });
  });

  it("is known before the head of the response is sent, however slowly the page's head arrives", async () => {
    origin.routes.set("/slow/", (_request, response) => {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
      const pieces = page('<meta name="robots" content="noindex">').split(/(?=<)/);
      const next = (): void => {
        const piece = pieces.shift();
        if (piece === undefined) response.end();
        else response.write(piece, () => setTimeout(next, 20));
      };
      next();
    });
    for (const method of ["GET", "HEAD"]) {
      const { headers } = await get("/slow/index.md", { method });
      expect(told(headers)).toEqual({ "x-robots-tag": "noindex" });
    }
  });

  it("is known with HEAD if the origin server has no markdown of its own", async () => {
    origin.routes.set("/own/", (request, response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.end(request.method === "HEAD" ? undefined : page("<meta name=robots content=noai>"));
    });
    for (const method of ["GET", "HEAD"]) {
      const { status, headers } = await get("/own/index.md", { method });
      expect(status).toBe(200);
      expect(headers["x-robots-tag"], method).toBe("noai");
    }
  });

  it("is said of XHTML, and of a page whose head is long", async () => {
    const meta = '<meta name="robots" content="noai" />';
    origin.routes.set("/xhtml/", (_request, response) => {
      response.writeHead(200, { "content-type": "application/xhtml+xml" });
      response.end(
        `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>T</title>${meta}</head><body>${text}</body></html>`,
      );
    });
    origin.routes.set("/long/", (_request, response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.end(page(`<style>${"p{color:red}\n".repeat(30_000)}</style>${meta}`));
    });
    for (const path of ["/xhtml/", "/long/"]) {
      const { headers } = await get(`${path}index.md`);
      expect(told(headers), path).toEqual({
        "x-robots-tag": "noai",
        "content-signal": "ai-train=no",
      });
    }
  });
});
