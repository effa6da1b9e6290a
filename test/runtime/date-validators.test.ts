import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send, type RequestOptions } from "../support/client.ts";
import { ENGINES_ON_RUNTIMES } from "../support/engines-on-runtimes.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import type { Proxy } from "../support/runtimes.ts";

const OLD = "Thu, 01 Oct 2026 10:00:00 GMT";
const NEW = "Mon, 05 Oct 2026 10:00:00 GMT";
const seconds = (date: string): number => Date.parse(date) / 1000;
const tag = (date: string): string => `W/"${seconds(date)};wl=date+md"`;

const HTML = `<title>T</title><main><h1>Title</h1><p>${"Some text of the page. ".repeat(90)}</p></main>`;

/** How a server reads If-Modified-Since. */
const READINGS = {
  earlier: (held: number, modified: number) => modified <= held,
  exact: (held: number, modified: number) => modified === held,
  never: () => false,
} as const;

describe.each(ENGINES_ON_RUNTIMES)(
  "markdown of a page with a date and no tag, $engine on $runtime",
  ({ engine, start }) => {
    let origin: TestOrigin;
    let proxy: Proxy;
    let modified = OLD;

    const get = (path: string, headers: RequestOptions["headers"] = {}, method = "GET") =>
      send(proxy.url + path, { headers, method });

    beforeAll(async () => {
      origin = await startOrigin();
      const route = (
        path: string,
        isHeld: (held: number, at: number) => boolean,
        more: Readonly<Record<string, string>> = {},
        saysDate = true,
      ): void => {
        origin.routes.set(path, (request, response) => {
          const since = request.headers["if-modified-since"];
          const asks = since !== undefined && request.headers["if-none-match"] === undefined;
          const held = asks && isHeld(seconds(since), seconds(modified));
          const date = saysDate || !held ? { "last-modified": modified } : {};
          response.writeHead(held ? 304 : 200, { "content-type": "text/html", ...date, ...more });
          response.end(held || request.method === "HEAD" ? undefined : HTML);
        });
      };
      for (const [name, isHeld] of Object.entries(READINGS)) route(`/${name}/`, isHeld);
      route("/silent/", READINGS.earlier, {}, false);
      route("/stored/", READINGS.exact, { "cache-control": "public, max-age=600" });
      route("/cached/", READINGS.earlier, { "cache-control": "public, max-age=600" });
      route("/taken-back/", READINGS.earlier, { "cache-control": "public, max-age=600" });
      proxy = await start({
        origin: origin.url,
        rules: {
          defaults: { markdown: { engine }, cache: { after: 100 }, compression: true },
          rules: [
            { name: "cached", match: { path: "/cached/" }, cache: { after: 1 } },
            { name: "tokens", match: { path: "/exact/" }, markdown: { engine, tokens: true } },
          ],
        },
      });
    }, 120_000);
    afterAll(async () => {
      await proxy?.close();
      await origin?.close();
    });

    it.each(["earlier", "exact", "never", "silent"])(
      "has a tag that comes back as the date, server: %s",
      async (name) => {
        modified = OLD;
        for (const path of [`/${name}/`, `/${name}/index.md`]) {
          const headers = { accept: "text/markdown" };
          const first = await get(path, headers);
          expect(first.status).toBe(200);
          expect(first.headers["etag"]).toBe(tag(OLD));
          expect(first.headers["last-modified"]).toBeUndefined();
          expect((await get(path, headers, "HEAD")).headers["etag"]).toBe(tag(OLD));

          for (const method of ["GET", "HEAD"]) {
            const held = await get(path, { ...headers, "if-none-match": tag(OLD) }, method);
            expect(held.status, method).toBe(304);
            expect(held.headers["etag"]).toBe(tag(OLD));
            expect(held.headers["vary"]).toMatch(/\bAccept\b(?!-)/);
            expect(held.headers["last-modified"]).toBeUndefined();
            expect(held.body.length).toBe(0);
            const asked = origin.requests.at(-1)?.headers;
            expect(asked?.["if-modified-since"]).toBe(OLD);
            expect(asked?.["if-none-match"]).toBeUndefined();
          }

          modified = NEW;
          const changed = await get(path, { ...headers, "if-none-match": tag(OLD) });
          expect(changed.status).toBe(200);
          expect(changed.headers["etag"]).toBe(tag(NEW));
          expect(changed.body.toString()).toContain("# Title");
          // Of several versions, the current one counts.
          const several = `"x", ${tag(OLD)}, ${tag(NEW)}`;
          const current = await get(path, { ...headers, "if-none-match": several });
          expect(current.status).toBe(304);
          expect(current.headers["etag"]).toBe(tag(NEW));
          modified = OLD;
        }
      },
    );

    it("is confirmed by a page in the cache", async () => {
      modified = OLD;
      expect((await get("/cached/")).headers["last-modified"]).toBe(OLD);
      for (const fields of [{ "if-none-match": tag(OLD) }, { "if-none-match": tag(NEW) }]) {
        const got = await get("/cached/index.md", fields);
        const isCurrent = fields["if-none-match"] === tag(OLD);
        expect([got.status, got.headers["etag"]]).toEqual([isCurrent ? 304 : 200, tag(OLD)]);
      }
    });

    it("has the tag in any content coding", async () => {
      modified = OLD;
      const coding = { "accept-encoding": "gzip" };
      const coded = await get("/exact/index.md", coding);
      expect(coded.headers["content-encoding"]).toBe("gzip");
      const etag = String(coded.headers["etag"]);
      expect(etag).toMatch(new RegExp(`^W/"${seconds(OLD)};wl=date\\+md\\+`));
      for (const named of [etag, tag(OLD)]) {
        const held = await get("/exact/index.md", { ...coding, "if-none-match": named });
        expect([held.status, held.headers["etag"]]).toEqual([304, named]);
      }
    });

    it("is not confirmed by a 304 about an older version", async () => {
      modified = OLD;
      for (const fields of [{}, { "accept-encoding": "gzip" }]) {
        const held = { ...fields, "if-none-match": tag(NEW) };
        const got = await get("/earlier/index.md", held);
        expect(got.status).toBe(200);
        expect(got.headers["etag"]).toMatch(new RegExp(`^W/"${seconds(OLD)};wl=date\\+md`));
      }
    });

    it("has a tag that stands for no other form, and no other form's validator confirms it", async () => {
      modified = OLD;
      const html = await get("/earlier/", { "if-none-match": tag(OLD) });
      expect([html.status, html.headers["content-type"]]).toEqual([200, "text/html"]);
      expect(html.headers["last-modified"]).toBe(OLD);
      expect((await get("/earlier/", { "if-modified-since": OLD })).status).toBe(304);
      for (const fields of [
        { "if-modified-since": OLD },
        { "if-none-match": `"${seconds(OLD)}"`, "if-modified-since": OLD },
        { "if-none-match": `W/"${seconds(OLD)};wl=md"` },
        { "if-none-match": `W/"${"9".repeat(40)};wl=date+md"` },
        { "if-none-match": 'W/"x;wl=date+md"' },
      ]) {
        const got = await get("/earlier/index.md", fields);
        expect([got.status, got.headers["etag"]], JSON.stringify(fields)).toEqual([200, tag(OLD)]);
      }
    });

    it("can be required", async () => {
      modified = OLD;
      const current = await get("/earlier/index.md", { "if-match": tag(OLD) });
      expect(current.status).toBe(200);
      expect((await get("/earlier/index.md", { "if-match": tag(NEW) })).status).toBe(412);
      origin.routes.set("/edit/", (_request, response) => response.writeHead(204).end());
      await send(`${proxy.url}/edit/`, { method: "PUT", headers: { "if-match": tag(OLD) } });
      expect(origin.requests.at(-1)?.headers).toMatchObject({ "if-unmodified-since": OLD });
      expect(origin.requests.at(-1)?.headers["if-match"]).toBeUndefined();
    });

    it("is revalidated by its date if it is stored", async () => {
      modified = OLD;
      await get("/stored/index.md");
      await expect
        .poll(async () => (await get("/stored/index.md")).headers["cache-status"], {
          timeout: 8000,
        })
        .toMatch(/hit/);
      const held = await get("/stored/index.md", { "if-none-match": tag(OLD) });
      expect([held.status, held.headers["etag"]]).toEqual([304, tag(OLD)]);
      const checked = await get("/stored/index.md", { "cache-control": "no-cache" });
      expect(checked.headers["cache-status"]).toMatch(/hit/);
      expect(checked.headers["etag"]).toBe(tag(OLD));
      expect(origin.requests.at(-1)?.headers["if-modified-since"]).toBe(OLD);
      modified = NEW;
      const changed = await get("/stored/index.md", { "cache-control": "no-cache" });
      expect(changed.headers["cache-status"] ?? "").not.toMatch(/hit/);
      expect(changed.headers["etag"]).toBe(tag(NEW));
    });

    it("is made again if an older version is back", async () => {
      modified = NEW;
      await get("/taken-back/index.md");
      await expect
        .poll(async () => (await get("/taken-back/index.md")).headers["cache-status"], {
          timeout: 8000,
        })
        .toMatch(/hit/);
      modified = OLD;
      const again = await get("/taken-back/index.md", { "cache-control": "no-cache" });
      expect(again.headers["cache-status"] ?? "").not.toMatch(/hit/);
      expect(again.headers["etag"]).toBe(tag(OLD));
    });
  },
);
