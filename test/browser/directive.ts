// node scripts/node.mjs test/browser/directive.ts [--browser /usr/bin/chromium]
// Nobody meets the hint: pages of the demo site with and without it look, read and tab the same.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { chromium, type Page } from "playwright-core";
import { RUNTIMES } from "../support/runtimes.ts";

const { values } = parseArgs({
  options: { browser: { type: "string", default: "/usr/bin/chromium" } },
});
const PAGES = ["/", "/install/", "/reference/options/", "/blog/", "/changelog/"];
const POLICIES = ["", "default-src 'self'", "style-src 'self' 'unsafe-inline'"];
const site = new URL("../../fixtures/site", import.meta.url).pathname;

/** The demo site's pages; the query names the policy that they come with. */
const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
  const file = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
  const type = file.endsWith(".html")
    ? "text/html"
    : file.endsWith(".css")
      ? "text/css"
      : "image/svg+xml";
  const policy = POLICIES[Number(searchParams.get("policy") ?? 0)] ?? "";
  try {
    const content = readFileSync(site + file);
    const fields = policy === "" ? {} : { "content-security-policy": policy };
    response.writeHead(200, { "content-type": type, ...fields }).end(content);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const proxy = await RUNTIMES.node({
  origin,
  rules: { defaults: { markdown: { directive: true } } },
});
const browser = await chromium.launch({
  executablePath: values.browser,
  args: ["--no-sandbox", "--disable-background-networking", "--disable-sync"],
});
let failures = 0;

/** What people see, hear and reach of a page. */
async function facts(page: Page, url: string): Promise<Readonly<Record<string, string>>> {
  const complaints: string[] = [];
  const listen = (message: { text(): string }): void => void complaints.push(message.text());
  page.on("console", listen);
  await page.goto(url);
  const boxes = await page.evaluate(() =>
    [...document.querySelectorAll("body *:not([data-wayleave-directive])")]
      .map((element) => Object.values(element.getBoundingClientRect().toJSON() as object).join())
      .join("\n"),
  );
  const size = await page.evaluate(
    () => `${document.documentElement.scrollWidth} ${document.documentElement.scrollHeight}`,
  );
  const picture = await page.screenshot({ fullPage: true, animations: "disabled", caret: "hide" });
  const seen = picture.toString("base64");
  const stops: string[] = [];
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press("Tab");
    stops.push(await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200) ?? ""));
  }
  const heard = await page.locator("body").ariaSnapshot();
  page.off("console", listen);
  const policies = complaints.filter((text) => text.includes("Content Security Policy")).join("\n");
  return { boxes, size, stops: stops.join("\n"), heard, seen, policies };
}

try {
  const page = await browser.newPage();
  for (const path of PAGES) {
    for (const [policy] of POLICIES.entries()) {
      const query = `${path}?policy=${policy}`;
      const without = await facts(page, origin + query);
      const given = await facts(page, proxy.url + query);
      const hint = await page.evaluate(
        () => document.querySelector("[data-wayleave-directive]")?.textContent ?? "",
      );
      // Addresses of the page itself differ by their port.
      const own = (text: string): string => text.replaceAll(proxy.url, origin);
      const other = Object.keys(without).filter((name) => without[name] !== own(given[name] ?? ""));
      if (other.length > 0 || !hint.includes("/llms.txt")) {
        failures += 1;
        console.error(`${query}: ${other.join(", ") || "no hint"}`);
      }
    }
  }
  console.log(`${PAGES.length} pages, ${POLICIES.length} policies, ${failures} failures`);
} finally {
  await browser.close();
  await proxy.close();
  server.close();
}
process.exitCode = failures === 0 ? 0 : 1;
