import { startOrigin, type Handler, type TestOrigin } from "./origin.ts";

/** The faults of a documentation site that checkers of agent readiness look for. */
export type SiteFault =
  | "no markdown"
  | "no Vary"
  | "HTML as markdown"
  | "thin markdown"
  | "markdown by User-Agent only"
  | "no llms.txt"
  | "dead link in llms.txt"
  | "page as llms.txt"
  | "no sitemap"
  | "sitemap without lastmod"
  | "no robots.txt"
  | "page as robots.txt"
  | "crawlers forbidden"
  | "no canonical"
  | "dead canonical"
  | "app for every address";

const NAMES = ["", "install/", "guide/", "reference/", "faq/", "changelog/"] as const;
type Name = (typeof NAMES)[number];

const paragraph = (name: Name, part: number): string =>
  `Part ${part} of the page ${name || "home"} explains how one starts, configures and ends the program, with an example of each command that it names, and the errors that it may report.`;

/** As many as a checker needs to compare the forms of a page. */
const SUBJECTS = ["Overview", "Steps", "Files", "Options", "Tests", "Errors"] as const;

const headings = (name: Name): readonly string[] =>
  SUBJECTS.map((heading) => `${heading} of ${name.replace("/", "") || "the manual"}, in short`);

/** Starts a documentation site of six pages; without a fault it passes what checkers have in common. */
export async function startAuditedSite(fault?: SiteFault): Promise<TestOrigin> {
  const origin = await startOrigin();
  const { url, routes } = origin;
  const type = (name: string, fields = {}) => ({ "content-type": name, ...fields });
  const serve =
    (media: string, body: string): Handler =>
    (_request, response) =>
      void response.writeHead(200, type(media, { "cache-control": "max-age=600" })).end(body);
  for (const name of NAMES) {
    routes.set(`/${name}`, pageHandler(url, name, fault));
    const isMissing = fault === "no markdown" || fault === "HTML as markdown";
    if (!isMissing)
      routes.set(
        `/${name}index.md`,
        serve("text/markdown; charset=utf-8", markdown(url, name, fault)),
      );
  }
  const entries = NAMES.map((name) => {
    const date = fault === "sitemap without lastmod" ? "" : "<lastmod>2026-11-01</lastmod>";
    return `<url><loc>${url}/${name}</loc>${date}</url>`;
  });
  const space = "http://www.sitemaps.org/schemas/sitemap/0.9";
  routes.set(
    "/sitemap.xml",
    serve("application/xml", `<urlset xmlns="${space}">${entries.join("")}</urlset>`),
  );
  const dead = fault === "dead link in llms.txt" ? [`- [Gone](${url}/gone/index.md)`] : [];
  const links = NAMES.map((name) => `- [Page ${name || "home"}](${url}/${name}index.md)`);
  const list = [
    "# Manual",
    "",
    "> The manual of a program.",
    "",
    "## Pages",
    "",
    ...dead,
    ...links,
    "",
  ];
  routes.set("/llms.txt", serve("text/plain; charset=utf-8", list.join("\n")));
  const rule = fault === "crawlers forbidden" ? "User-agent: GPTBot\nDisallow: /\n\n" : "";
  routes.set(
    "/robots.txt",
    serve("text/plain", `${rule}User-agent: *\nAllow: /\nSitemap: ${url}/sitemap.xml\n`),
  );
  if (fault === "page as robots.txt")
    routes.set("/robots.txt", serve("text/html", html(url, "", fault)));
  if (fault === "page as llms.txt")
    routes.set("/llms.txt", serve("text/html", html(url, "", fault)));
  if (fault === "no robots.txt") routes.delete("/robots.txt");
  if (fault === "no llms.txt") routes.delete("/llms.txt");
  if (fault === "no sitemap") {
    routes.delete("/sitemap.xml");
    routes.set("/robots.txt", serve("text/plain", "User-agent: *\nAllow: /\n"));
  }
  if (fault === "app for every address") {
    routes.clear();
    origin.missing = serve(
      "text/html",
      '<!doctype html><title>App</title><div id="root"></div><script src="/app.js"></script>',
    );
  }
  return origin;
}

function pageHandler(url: string, name: Name, fault: SiteFault | undefined): Handler {
  return ({ headers }, response) => {
    const byAgent = fault === "markdown by User-Agent only";
    const wants = byAgent
      ? /ClaudeBot/.test(headers["user-agent"] ?? "")
      : /text\/markdown/.test(headers.accept ?? "");
    const isMarkdown = wants && fault !== "no markdown";
    const vary =
      fault === "no Vary" || fault === "no markdown"
        ? {}
        : { vary: byAgent ? "User-Agent" : "Accept" };
    const fields = {
      "content-type": isMarkdown ? "text/markdown; charset=utf-8" : "text/html; charset=utf-8",
      "cache-control": "max-age=600",
      ...vary,
    };
    const hasMarkdown = isMarkdown && fault !== "HTML as markdown";
    response
      .writeHead(200, fields)
      .end(hasMarkdown ? markdown(url, name, fault) : html(url, name, fault));
  };
}

function html(url: string, name: Name, fault: SiteFault | undefined): string {
  const canonical =
    fault === "no canonical"
      ? ""
      : `<link rel="canonical" href="${url}/${fault === "dead canonical" ? "gone/" : name}">`;
  const parts = headings(name).map(
    (heading, at) => `<h2>${heading}</h2><p>${paragraph(name, at)}</p>`,
  );
  const links = NAMES.map((each) => `<a href="/${each}">${each || "home"}</a>`).join(" ");
  return `<!doctype html><html lang="en"><head><title>Manual, ${name || "home"}</title>
<meta name="description" content="The page ${name || "home"} of the manual, with all steps and errors of the program.">
${canonical}</head><body><nav>${links}</nav><main><h1>The page ${name || "home"}</h1>${parts.join("\n")}</main></body></html>`;
}

function markdown(url: string, name: Name, fault: SiteFault | undefined): string {
  const front = `---\ntitle: Manual, ${name || "home"}\ndescription: A page\ncanonical_url: ${url}/${name}\nlast_updated: 2026-11-01\n---\n\n`;
  if (fault === "thin markdown") return `${front}# The page ${name || "home"}\n\nSee the page.\n`;
  const parts = headings(name).map((heading, at) => `## ${heading}\n\n${paragraph(name, at)}\n`);
  return `${front}# The page ${name || "home"}\n\n${parts.join("\n")}`;
}
