import { Hono } from "hono";
import type { DeltaCodec } from "../../src/codecs/delta.ts";
import { wayleave } from "../../src/middleware.ts";

/** Where the crawler of the tests has its key directory; no request leaves the process for it. */
export const CRAWLER = "https://crawler.example";

const WORDS = "<p>Some words of the page that make it more than a list of links.</p>".repeat(100);

/** An app with every feature of the middleware on, the same on each runtime. */
export function fullApp(codecs: readonly DeltaCodec[] = []): Hono {
  const app = new Hono();
  let directory = "";
  let version = 1;
  app.use(
    wayleave({
      app,
      codecs,
      bots: [
        {
          name: "DemoTrainer",
          tokens: ["DemoTrainer"],
          operator: "Demo",
          category: "AI Crawler",
          behaviours: ["Training"],
          ipRanges: [],
          reverseDns: [],
          signatureAgents: [CRAWLER],
          robotsOnly: false,
        },
      ],
      country: (context) => context.req.header("x-test-country"),
      fetch: async () =>
        new Response(directory, {
          headers: { "content-type": "application/http-message-signatures-directory+json" },
        }),
      rules: {
        defaults: { markdown: true, compression: true, canonicalRedirect: true, documents: true },
        rules: [
          {
            name: "abroad",
            match: { path: "/abroad/*", agent: { country: "DE" } },
            access: { action: "block", status: 451, message: "Not there." },
          },
          { name: "signed", match: { path: "/signed/*" }, access: { action: "challenge" } },
          {
            name: "bundles",
            match: { path: "/assets/*" },
            compression: { dictionary: { match: "/assets/app.*.js" } },
          },
        ],
      },
    }),
  );
  app.get("/", (context) => context.text("ready"));
  app.put("/directory", async (context) => {
    directory = await context.req.text();
    return context.body(null, 204);
  });
  app.put("/version", async (context) => {
    version = Number(await context.req.text());
    return context.body(null, 204);
  });
  app.get("/page/", (context) => {
    context.header("etag", '"p"');
    return context.html(`<title>A page</title><main><h1>A page</h1>${WORDS}</main>`);
  });
  app.get("/old/", (context) =>
    context.html(`<link rel="canonical" href="/page/"><main><h1>Old</h1>${WORDS}</main>`),
  );
  app.get("/signed/", (context) => context.text("for agents that sign"));
  app.get("/assets/:name", (context) => {
    context.header("cache-control", "public, max-age=600");
    context.header("content-type", "text/javascript");
    return context.body(bundle(version));
  });
  app.get("/sitemap.xml", (context) => {
    context.header("content-type", "application/xml");
    return context.body(`<urlset><url><loc>https://x.example/page/</loc></url></urlset>`);
  });
  app.get("/video", (context) => {
    context.header("content-type", "video/mp4");
    if (context.req.header("range") === undefined) return context.body("0123456789");
    context.header("content-range", "bytes 0-3/10");
    return context.body("0123", 206);
  });
  app.post("/echo", async (context) => context.text(await context.req.text()));
  return app;
}

/** A version of a bundle that has most in common with the others. */
export function bundle(version: number): string {
  const lines = Array.from({ length: 300 }, (_, i) => `export const name${i} = ${i * 7919};`);
  return `${lines.join("\n")}\nexport const version = ${version};\n`;
}
