import type { AuditedSite } from "../../audit/site.ts";

/** A framework or platform, as far as rules depend on it. */
interface Framework {
  readonly name: string;
  /** In `<meta name=generator>`. */
  readonly generator?: RegExp;
  /** In the address of a script or style. */
  readonly asset?: RegExp;
  /** In scripts inside the page. */
  readonly script?: RegExp;
  /** A response field that it sends, with a value that matches. */
  readonly field?: readonly [name: string, value: RegExp];
  readonly cookie?: RegExp;
  /** Folders and files of one visitor or of the administrator. */
  readonly personal?: readonly string[];
  /** Elements around the text of its pages. */
  readonly boilerplate?: readonly string[];
}

/** The first that matches counts, so the more special ones come first. */
const FRAMEWORKS: readonly Framework[] = [
  {
    name: "Docusaurus",
    generator: /^docusaurus/i,
    asset: /\/assets\/js\/runtime~main\./,
    boilerplate: [".theme-doc-toc-mobile", ".theme-doc-breadcrumbs", ".pagination-nav"],
  },
  {
    name: "VitePress",
    generator: /^vitepress/i,
    boilerplate: [".VPLocalNav", ".VPDocFooter", ".VPDocAside"],
  },
  { name: "Nuxt", generator: /^nuxt/i, asset: /\/_nuxt\//, script: /window\.__NUXT__/ },
  {
    name: "Next.js",
    generator: /^next\.js/i,
    asset: /\/_next\/static\//,
    field: ["x-powered-by", /^next\.js/i],
  },
  {
    name: "Gatsby",
    generator: /^gatsby/i,
    script: /window\.___(?:chunkMapping|webpackCompilationHash)/,
  },
  { name: "SvelteKit", asset: /\/_app\/immutable\//, script: /__sveltekit_/ },
  { name: "Starlight (Astro)", generator: /^starlight/i },
  { name: "Astro", generator: /^astro/i, asset: /\/_astro\// },
  { name: "React Router", script: /__(?:reactRouter|remix)(?:Context|Manifest)/ },
  {
    name: "Shopify",
    asset: /cdn\.shopify\.com\/|\/cdn\/shop\//,
    field: ["powered-by", /shopify/i],
    cookie: /^_shopify_/,
    personal: ["account", "cart", "checkout", "checkouts", "orders"],
  },
  {
    name: "WooCommerce (WordPress)",
    generator: /^woocommerce/i,
    asset: /\/wp-content\/plugins\/woocommerce\//,
    personal: ["wp-admin", "wp-login.php", "cart", "checkout", "my-account"],
    boilerplate: [".sharedaddy", ".jp-relatedposts", ".wp-block-comments"],
  },
  {
    name: "WordPress",
    generator: /^wordpress/i,
    asset: /\/wp-(?:content|includes)\//,
    personal: ["wp-admin", "wp-login.php"],
    boilerplate: [".sharedaddy", ".jp-relatedposts", ".wp-block-comments"],
  },
  {
    name: "Drupal",
    generator: /^drupal/i,
    field: ["x-generator", /^drupal/i],
    personal: ["admin", "user"],
  },
  { name: "Ghost", generator: /^ghost/i, personal: ["ghost", "members"] },
  { name: "Hugo", generator: /^hugo/i },
  { name: "Jekyll", generator: /^jekyll/i },
  { name: "Eleventy", generator: /^eleventy/i },
  { name: "Hexo", generator: /^hexo/i },
  {
    name: "MkDocs",
    generator: /^mkdocs/i,
    boilerplate: [".md-sidebar", ".md-header", ".md-footer"],
  },
  { name: "Sphinx", asset: /\/_static\/(?:documentation_options|doctools|sphinx_highlight)\.js/ },
  { name: "Wix", generator: /^wix/i },
  { name: "Squarespace", generator: /^squarespace/i },
  { name: "Webflow", generator: /^webflow/i },
  { name: "Joomla", generator: /^joomla/i, personal: ["administrator"] },
  { name: "Laravel", cookie: /^laravel_session$/ },
  { name: "Django", cookie: /^csrftoken$/, personal: ["admin"] },
  { name: "ASP.NET", cookie: /^ASP\.NET_SessionId$/i, field: ["x-powered-by", /^asp\.net/i] },
  { name: "PHP", cookie: /^PHPSESSID$/, field: ["x-powered-by", /^php/i] },
];

/** A framework, and the mark by which it was found. */
export interface FoundFramework {
  readonly name: string;
  readonly mark: string;
  readonly personal: readonly string[];
  readonly boilerplate: readonly string[];
}

/** Finds the framework of a site by the marks of its home page. */
export function findFramework(
  { homePage, homeReply }: AuditedSite,
  assets: readonly string[],
  cookies: ReadonlySet<string>,
): FoundFramework | undefined {
  const generators = homePage.metas.filter(([name]) => name === "generator");
  const markOf = (each: Framework): string | undefined => {
    const generator = generators.find(([, value]) => each.generator?.test(value));
    if (generator !== undefined) return `the generator is "${generator[1].slice(0, 60)}"`;
    const asset = assets.find((address) => each.asset?.test(address));
    if (asset !== undefined) return `the home page loads ${asset.slice(0, 100)}`;
    if (each.script?.test(homePage.scriptText)) return "a script of the home page shows it";
    const [field = "", value] = each.field ?? [];
    if (value?.test(homeReply.fields.get(field) ?? "")) return `the field ${field} says so`;
    const cookie = [...cookies].find((name) => each.cookie?.test(name));
    return cookie === undefined ? undefined : `it sets the cookie ${cookie}`;
  };
  for (const each of FRAMEWORKS) {
    const mark = markOf(each);
    const { name, personal = [], boilerplate = [] } = each;
    if (mark !== undefined) return { name, mark, personal, boilerplate };
  }
  return undefined;
}

/** Shared caches in front of sites, by a response field of theirs. */
const FRONTS: readonly (readonly [name: string, field: string, value: RegExp])[] = [
  ["Cloudflare", "cf-ray", /./],
  ["Vercel", "x-vercel-id", /./],
  ["Netlify", "x-nf-request-id", /./],
  ["CloudFront", "x-amz-cf-id", /./],
  ["GitHub Pages", "x-github-request-id", /./],
  ["Fastly", "x-served-by", /^cache-/],
  ["Akamai", "server", /^akamai/i],
  ["bunny.net", "server", /^bunnycdn/i],
];

/** The shared cache that sends the site's responses; undefined if no field of one is there. */
export function findFront({ homeReply }: AuditedSite): string | undefined {
  return FRONTS.find(([, field, value]) => value.test(homeReply.fields.get(field) ?? ""))?.[0];
}
