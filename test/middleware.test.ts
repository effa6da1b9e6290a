import { Hono } from "hono";
import { expect, it } from "vitest";
import { wayleave } from "../src/middleware.ts";
import { ambientPlainCodecs } from "../src/runtime/web/plain-codecs.ts";

function appWith(): Hono {
  const app = new Hono();
  app.use(
    wayleave({
      app,
      rules: {
        defaults: { markdown: true },
        rules: [{ name: "raw", match: { path: "/raw/*" }, markdown: false }],
      },
    }),
  );
  app.get("/page/", (context) => {
    context.header("etag", '"1"');
    return context.html("<main><h1>Hello</h1><p>from a handler</p></main>");
  });
  app.get("/raw/", (context) => context.html("<h1>Hello</h1>"));
  app.get("/api", (context) => context.json({ accept: context.req.header("accept") }));
  return app;
}

it("serves an app's page as markdown by Accept, without the fields of the HTML", async () => {
  const got = await appWith().request("/page/", { headers: { accept: "text/markdown" } });
  expect(got.headers.get("content-type")).toBe("text/markdown; charset=utf-8");
  expect(got.headers.get("vary")).toBe("Accept");
  expect(got.headers.get("etag")).toBe('W/"1;wl=md"');
  expect(await got.text()).toContain("# Hello\n\nfrom a handler");
});

it("serves it as /index.md too, from the route of the page", async () => {
  const got = await appWith().request("/page/index.md");
  expect(got.status).toBe(200);
  expect(got.headers.get("content-type")).toBe("text/markdown; charset=utf-8");
  expect(await got.text()).toContain("# Hello");
});

it("leaves the rest of the app alone", async () => {
  const page = await appWith().request("/page/");
  expect(page.headers.get("content-type")).toContain("text/html");
  expect(page.headers.get("vary")).toBe("Accept");
  const raw = await appWith().request("/raw/", { headers: { accept: "text/markdown" } });
  expect(raw.headers.get("content-type")).toContain("text/html");
  const api = await appWith().request("/api", { headers: { accept: "application/json" } });
  expect(await api.json()).toEqual({ accept: "application/json" });
  expect((await appWith().request("/missing/index.md")).status).toBe(404);
});

it("refuses faulty rules when it is made", () => {
  const rules = { defaults: { markdwon: true } } as object;
  expect(() => wayleave({ rules })).toThrow('unknown key "markdwon"; did you mean "markdown"?');
});

it("converts with an operator's turndown rules if it is given the engine", async () => {
  const app = new Hono();
  const loadTurndown = async () => {
    const { createTurndownEngine } = await import("../src/features/markdown/turndown/index.ts");
    return createTurndownEngine({
      configure: (service) => {
        service.addRule("mark", { filter: ["mark"], replacement: (content) => `==${content}==` });
      },
    });
  };
  const rules = { defaults: { markdown: { engine: "turndown", frontmatter: false } } } as const;
  app.use(wayleave({ app, rules, loadTurndown }));
  app.get("/", (context) => context.html("<p>a <mark>b</mark></p>"));
  const got = await app.request("/", { headers: { accept: "text/markdown" } });
  expect(await got.text()).toBe("a ==b==\n");
});

it("gives its own requests into the app the bindings that handlers know", async () => {
  const app = new Hono<{ Bindings: { readonly PAGES?: string } }>();
  app.use(wayleave({ app: app as unknown as Hono, rules: { defaults: { documents: true } } }));
  app.get("/sitemap.xml", (context) => context.body(context.env.PAGES ?? ""));
  app.get("/of-binding/", (context) =>
    context.html(`<h1>Page</h1><p>${"some words ".repeat(60)}</p>`),
  );
  const sitemap = "<urlset><url><loc>https://x.example/of-binding/</loc></url></urlset>";
  const got = await app.request("https://x.example/llms.txt", {}, { PAGES: sitemap });
  expect(await got.text()).toContain("https://x.example/of-binding/");
});

it("codes plainly by itself, or with the codecs that it is given", async () => {
  const request = async (plain?: []) => {
    const app = new Hono();
    app.use(wayleave({ app, rules: { defaults: { compression: true } }, ...(plain && { plain }) }));
    app.get("/", (context) => context.html("<p>some text</p>".repeat(200)));
    const got = await app.request("/", { headers: { "accept-encoding": "br" } });
    return got.headers.get("content-encoding");
  };
  expect(await request()).toBe("br");
  expect(await request([])).toBeNull();
});

it("has no plain codecs if there is no module for them", () => {
  expect(ambientPlainCodecs({})).toEqual([]);
  expect(ambientPlainCodecs({ process: {} })).toEqual([]);
});
