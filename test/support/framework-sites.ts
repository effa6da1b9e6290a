import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

/** A resource of a made-up site. */
export interface SiteResource {
  readonly status?: number;
  readonly type?: string;
  readonly fields?: Readonly<Record<string, string | readonly string[]>>;
  readonly content: string;
}

/** A small site in the shape of those that a framework builds: resources by path. */
export interface FrameworkSite {
  readonly name: string;
  readonly resources: Readonly<Record<string, SiteResource>>;
}

const TEXT = `<p>${"Lamps for the desk, the wall and the garden, made to be repaired. ".repeat(6)}</p>`;

interface PageParts {
  readonly head?: string;
  readonly before?: string;
  readonly after?: string;
  readonly links?: readonly string[];
  readonly fields?: SiteResource["fields"];
}

function page(
  title: string,
  { head = "", before = "", after = "", links = [], fields = {} }: PageParts,
): SiteResource {
  const anchors = links.map((href) => `<a href="${href}">${href}</a>`).join(" ");
  const content = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>${head}</head><body>${before}<nav>${anchors}</nav><main><h1>${title}</h1>${TEXT}</main>${after}</body></html>`;
  return { type: "text/html; charset=utf-8", content, fields };
}

const canonical = (path: string): string =>
  `<link rel="canonical" href="https://www.lamps.example${path}">`;

const sitemap = (paths: readonly string[]): SiteResource => ({
  type: "application/xml",
  content: `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${paths
    .map((path) => `<url><loc>https://www.lamps.example${path}</loc></url>`)
    .join("")}</urlset>`,
});

const robots = (content: string): SiteResource => ({ type: "text/plain", content });

/** Made-up sites with the addresses, marks and fields that these frameworks use. */
export const FRAMEWORK_SITES: readonly FrameworkSite[] = [
  {
    name: "Next.js",
    resources: {
      "/": page("Lamps", {
        head: `${canonical("/")}<link rel="stylesheet" href="/_next/static/css/7c1f0f5fd1d5a6b3.css"><script src="/_next/static/chunks/webpack-3a1b2c4d5e6f7081.js" async></script><script src="/_next/static/chunks/main-app-9f8e7d6c5b4a3920.js" async></script>`,
        after: "<script>(self.__next_f=self.__next_f||[]).push([0])</script>",
        links: ["/about", "/blog?ref=home", "/dashboard", "/api/auth/signin"],
        fields: { "x-powered-by": "Next.js", "x-vercel-id": "fra1::abcde" },
      }),
      "/about": page("About", { head: canonical("/about") }),
      "/blog": page("Blog", { head: canonical("/blog") }),
      "/sitemap.xml": sitemap(["/", "/about"]),
      "/robots.txt": robots(
        "User-Agent: *\nAllow: /\nSitemap: https://www.lamps.example/sitemap.xml\n",
      ),
    },
  },
  {
    name: "Nuxt",
    resources: {
      "/": page("Lamps", {
        head: `<link rel="modulepreload" as="script" crossorigin href="/_nuxt/entry.C2f3a4b5.js"><link rel="stylesheet" href="/_nuxt/entry.Dx9k2mQ1.css" crossorigin>`,
        after: `<script>window.__NUXT__={};window.__NUXT__.config={}</script><script type="module" src="/_nuxt/entry.C2f3a4b5.js"></script>`,
        links: ["/login", "/register", "/pricing"],
        fields: { "set-cookie": ["i18n_redirected=en; Path=/", "session=s3cr3t-value; HttpOnly"] },
      }),
      "/pricing": page("Pricing", { fields: { "set-cookie": ["i18n_redirected=en; Path=/"] } }),
    },
  },
  {
    name: "Astro",
    resources: {
      "/": page("Lamps", {
        head: `<meta name="generator" content="Astro v5.16.0">${canonical("/")}<link rel="sitemap" href="/sitemap-index.xml"><link rel="alternate" type="application/rss+xml" title="Lamps" href="https://www.lamps.example/rss.xml"><link rel="stylesheet" href="/_astro/about.CkP3xQ1z.css"><script type="module" src="/_astro/hoisted.B7wLzD0Q.js"></script>`,
        links: ["/blog/", "/about/"],
      }),
      "/blog/": page("Blog", { head: canonical("/blog/") }),
      "/about/": page("About", { head: canonical("/about/") }),
      "/sitemap-index.xml": {
        type: "application/xml",
        content: `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>https://www.lamps.example/sitemap-0.xml</loc></sitemap></sitemapindex>`,
      },
      "/sitemap-0.xml": sitemap(["/", "/blog/", "/about/"]),
      "/robots.txt": robots(
        "User-agent: *\nAllow: /\n\nSitemap: https://www.lamps.example/sitemap-index.xml\n",
      ),
      "/rss.xml": { type: "application/rss+xml", content: "<rss version='2.0'><channel/></rss>" },
    },
  },
  {
    name: "SvelteKit",
    resources: {
      "/": page("Lamps", {
        head: `<link href="/_app/immutable/assets/0.DkFq7c9B.css" rel="stylesheet"><link rel="modulepreload" href="/_app/immutable/entry/start.B1x9_k2Z.js"><link rel="modulepreload" href="/_app/immutable/entry/app.CwT3e8dM.js">`,
        after: "<script>{__sveltekit_1a2b3c={base:''};}</script>",
        links: ["/docs", "/profile/settings"],
      }),
      "/docs": page("Docs", {}),
    },
  },
  {
    name: "Gatsby",
    resources: {
      "/": page("Lamps", {
        head: `<meta name="generator" content="Gatsby 5.15.0"/><link rel="alternate" type="application/rss+xml" href="/rss.xml"/>${canonical("/")}`,
        after: `<script id="gatsby-script-loader">window.pagePath="/";</script><script>window.___webpackCompilationHash="1f2e";window.___chunkMapping={}</script><script src="/webpack-runtime-8a3f0c1d2e4b5a697887.js" async></script><script src="/framework-4e5f6a7b8c9d0e1f2a3b.js" async></script><script src="/app-0123456789abcdef0123.js" async></script>`,
        links: ["/posts/first/", "/posts/first/?utm_source=home"],
      }),
      "/posts/first/": page("First", { head: canonical("/posts/first/") }),
      "/sitemap-index.xml": { type: "application/xml", content: "<sitemapindex/>" },
      "/robots.txt": robots("User-agent: *\nDisallow: /admin/\n"),
    },
  },
  {
    name: "Hugo",
    resources: {
      "/": page("Lamps", {
        head: `<meta name="generator" content="Hugo 0.152.2"><link rel="alternate" type="application/rss+xml" href="/index.xml"><link rel="stylesheet" href="/css/main.min.5f0e3a1b2c4d6e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9012a3b4c5d6e7f8.css">`,
        links: ["/posts/", "/tags/"],
      }),
      "/posts/": page("Posts", {
        head: `<link rel="alternate" type="application/rss+xml" href="/posts/index.xml">`,
      }),
      "/tags/": page("Tags", {}),
      "/index.xml": { type: "application/xml", content: "<rss/>" },
      "/sitemap.xml": sitemap(["/", "/posts/", "/tags/"]),
    },
  },
  {
    name: "Jekyll",
    resources: {
      "/": page("Lamps", {
        head: `<meta name="generator" content="Jekyll v4.4.1" />${canonical("/")}<link type="application/atom+xml" rel="alternate" href="https://www.lamps.example/feed.xml" title="Lamps" /><link rel="stylesheet" href="/assets/css/style.css?v=3c1f0a9d2b4e5f60718293a4b5c6d7e8f9012a3b">`,
        links: ["/2026/11/30/lamps.html"],
        fields: { "x-github-request-id": "C0DE:1234" },
      }),
      "/2026/11/30/lamps.html": page("Lamps today", { head: canonical("/2026/11/30/lamps.html") }),
      "/feed.xml": { type: "application/xml", content: "<feed/>" },
      "/robots.txt": robots("Sitemap: https://www.lamps.example/sitemap.xml\n"),
      "/sitemap.xml": sitemap(["/", "/2026/11/30/lamps.html"]),
    },
  },
  {
    name: "WordPress",
    resources: {
      "/": page("Lamps", {
        head: `<meta name="generator" content="WordPress 6.9" />${canonical("/")}<link rel="alternate" type="application/rss+xml" title="Feed" href="https://www.lamps.example/feed/" /><link rel="alternate" type="application/rss+xml" title="Comments" href="https://www.lamps.example/comments/feed/" /><link rel="stylesheet" href="https://www.lamps.example/wp-content/themes/lamp/style.css?ver=1.4.2"><script src="https://www.lamps.example/wp-includes/js/jquery/jquery.min.js?ver=3.7.1"></script><script src="https://stats.wp.com/e-202648.js"></script>`,
        links: ["/hello-lamps/", "/?p=1", "/wp-login.php", "https://www.lamps.example/my-account/"],
        fields: {
          "set-cookie": ["PHPSESSID=s3cr3t-value; path=/"],
          link: '<https://www.lamps.example/wp-json/>; rel="https://api.w.org/"',
        },
      }),
      "/hello-lamps/": page("Hello", { head: canonical("/hello-lamps/") }),
      "/robots.txt": robots(
        "User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\nContent-Signal: search=yes, ai-train=no\n\nUser-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n\nUser-agent: bingbot\nDisallow: /\n\nUser-agent: Google-Extended\nDisallow: /\n\nSitemap: https://www.lamps.example/wp-sitemap.xml\n",
      ),
      "/wp-sitemap.xml": {
        type: "application/xml",
        content: `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>https://www.lamps.example/wp-sitemap-posts-post-1.xml</loc></sitemap></sitemapindex>`,
      },
      "/wp-sitemap-posts-post-1.xml": sitemap(["/hello-lamps/"]),
    },
  },
  {
    name: "Docusaurus",
    resources: {
      "/": page("Lamps", {
        head: `<meta name="generator" content="Docusaurus v3.9.2"><link data-rh="true" rel="canonical" href="https://www.lamps.example/"><link rel="stylesheet" href="/assets/css/styles.1f2e3d4c.css"><script src="/assets/js/runtime~main.7e3b1a2c.js" defer="defer"></script><script src="/assets/js/main.0a1b2c3d.js" defer="defer"></script><link rel="alternate" type="application/rss+xml" href="/blog/rss.xml"><link rel="alternate" type="application/atom+xml" href="/blog/atom.xml">`,
        links: ["/docs/intro", "/docs/1.0/intro", "/blog"],
      }),
      "/docs/intro": page("Intro", { head: canonical("/docs/intro") }),
      "/docs/1.0/intro": page("Intro", { head: canonical("/docs/intro") }),
      "/blog": page("Blog", { head: canonical("/blog") }),
      "/sitemap.xml": sitemap(["/", "/blog", "/docs/intro", "/docs/1.0/intro"]),
    },
  },
  {
    name: "VitePress",
    resources: {
      "/": page("Lamps", {
        head: `<meta name="generator" content="VitePress v1.6.4"><link rel="preload stylesheet" href="/assets/style.BZx8Q2aP.css" as="style"><script type="module" src="/assets/app.D9kLm3xT.js"></script><link rel="modulepreload" href="/assets/chunks/theme.CqW7e1nR.js"><link rel="modulepreload" href="/assets/index.md.Bk2Pz8uV.lean.js">`,
        links: ["/guide/start.html", "/guide/start"],
      }),
      "/guide/start.html": page("Start", {}),
      "/guide/start": page("Start", {}),
      "/llms.txt": { type: "text/plain", content: "# Lamps\n" },
    },
  },
  {
    name: "Shopify",
    resources: {
      "/": page("Lamps", {
        head: `${canonical("/")}<meta name="shopify-digital-wallet" content="/1/digital_wallets/dialog"><link rel="stylesheet" href="/cdn/shop/t/3/assets/base.css?v=158763140587251490201764300000"><script src="//www.lamps.example/cdn/shop/t/3/assets/theme.js?v=117430871041612412331764300001" defer></script>`,
        links: [
          "/collections/all",
          "/products/desk-lamp",
          "/cart",
          "/account/login",
          "/en-gb/cart",
        ],
        fields: {
          "powered-by": "Shopify",
          "cf-ray": "8f1",
          "set-cookie": ["_shopify_y=1; path=/", "cart_currency=EUR; path=/"],
        },
      }),
      "/collections/all": page("All", { head: canonical("/collections/all") }),
      "/products/desk-lamp": page("Desk lamp", {
        head: canonical("/products/desk-lamp"),
        links: ["/collections/all/products/desk-lamp"],
      }),
      "/collections/all/products/desk-lamp": page("Desk lamp", {
        head: canonical("/products/desk-lamp"),
      }),
      "/robots.txt": robots(
        "User-agent: *\nDisallow: /admin\nDisallow: /cart\nDisallow: /orders\nDisallow: /checkouts/\nDisallow: /account\nDisallow: /search\nSitemap: https://www.lamps.example/sitemap.xml\n",
      ),
      "/sitemap.xml": sitemap(["/", "/products/desk-lamp", "/collections/all/products/desk-lamp"]),
    },
  },
  {
    name: "a page that scripts write (Vite)",
    resources: {
      "/": {
        type: "text/html",
        content: `<!doctype html><html><head><title>App</title><script type="module" crossorigin src="/assets/index-BqXz3k2a.js"></script><link rel="stylesheet" crossorigin href="/assets/index-Dk92mPqx.css"></head><body><div id="root"></div></body></html>`,
      },
    },
  },
];

/** Serves one site at a time on this machine. */
export async function serveFrameworkSites() {
  let current: FrameworkSite["resources"] = {};
  const server: Server = createServer((request, response) => {
    const found = current[(request.url ?? "/").split("?", 1)[0] ?? "/"];
    const {
      status = 200,
      type = "text/plain",
      fields = {},
      content,
    } = found ?? {
      status: 404,
      type: "text/html",
      content: "<!doctype html><title>Not found</title>",
    };
    response.writeHead(status, { "content-type": type, ...(fields as Record<string, string>) });
    response.end(content);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    show(resources: FrameworkSite["resources"]): void {
      current = resources;
    },
    close(): void {
      server.closeAllConnections();
      server.close();
    },
  };
}
