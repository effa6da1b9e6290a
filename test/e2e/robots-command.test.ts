import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { promisify } from "node:util";
import { runCommand, shellLine } from "../support/cli.ts";
import { needs } from "../support/needs.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";

let folder: string;
let origin: TestOrigin;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-robots-"));
  const rule = { name: "drafts", match: { path: "/drafts/*" }, access: { action: "block" } };
  const part = { name: "part", access: { action: "block", percentage: 5 } };
  writeFileSync(join(folder, "r.json"), JSON.stringify({ robots: true, rules: [rule, part] }));
  origin = await startOrigin();
  origin.routes.set("/robots.txt", (_request, response) =>
    response.end("User-agent: *\nDisallow: /private/\nAllow: /drafts/public/\n"),
  );
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await origin?.close();
});

const robots = (...more: readonly string[]) =>
  runCommand(folder, ["robots", "--rules", "r.json", "--origin", origin.url, ...more]);

it("prints the merged file, what it can't say, and the reason for each line", async () => {
  const plain = await robots();
  expect(plain.code).toBe(0);
  expect(plain.out).toContain("Allow: /drafts/public/\nDisallow: /drafts/\n");
  expect(plain.out).toContain("Disallow: /drafts/public/*\n");
  expect(plain.err).toContain('not said: "part"');
  const explained = await robots("--explain");
  expect(explained.out).toMatch(/Disallow: \/private\/ +\| line 2 of the origin server's file\n/);
  expect(explained.out).toMatch(/\/public\/\* +\| rule "drafts", overrides line 3 of/);
  const { site, lines, text } = JSON.parse((await robots("--json")).out);
  expect([site, text]).toEqual([origin.url, plain.out]);
  expect(lines).toHaveLength(plain.out.split("\n").length - 1);
});

it("prints what docs/robots.md shows", needs("bash"), async () => {
  const page = readFileSync(new URL("../../docs/robots.md", import.meta.url), "utf8");
  const blockOf = (language: string): string =>
    page.split(`\n\`\`\`${language}\n`)[1]?.split("\n```")[0] ?? "";
  const [command = "", output] = blockOf("shell")
    .slice(2)
    .split(/\n(.*)/s);
  writeFileSync(join(folder, "rules.jsonc"), blockOf("jsonc"));
  const own = `User-agent: *\nDisallow: /private/\n\nSitemap: https://www.example.com/sitemap.xml\n`;
  origin.routes.set("/robots.txt", (_request, response) => response.end(own));
  const line = await shellLine(command.replaceAll("https://www.example.com", origin.url));
  const { stdout } = await promisify(execFile)("bash", ["-c", line], { cwd: folder });
  expect(stdout.trimEnd()).toBe(output);
});

it("follows redirects within the site, and reads no more than the proxy does", async () => {
  const other = await startOrigin();
  try {
    origin.routes.set("/moved", (_request, response) => {
      response.end("User-agent: *\nDisallow: /moved/\n");
    });
    let location = "/moved";
    origin.routes.set("/robots.txt", (_request, response) => {
      response.writeHead(301, { location }).end();
    });
    const moved = await robots();
    expect([moved.code, moved.out.slice(0, 32)]).toEqual([0, "User-agent: *\nDisallow: /moved/\n"]);
    location = `${other.url}/robots.txt`;
    const away = await robots();
    expect([away.code, away.out]).toEqual([1, ""]);
    expect(away.err).toContain("passes the redirect on");
    expect(other.requests).toEqual([]);
    origin.routes.set("/robots.txt", (_request, response) => {
      response.end("#".repeat(3 * 1024 * 1024));
    });
    const long = await robots();
    expect([long.code, long.err]).toEqual([1, expect.stringContaining("more than 2 MiB")]);
    origin.routes.set("/robots.txt", (_request, response) => {
      response.end("\n".repeat(60_000));
    });
    const many = await robots();
    expect([many.code, many.out.length]).toEqual([0, 60_000]);
    expect(many.err).toContain("too large to be merged");
  } finally {
    await other.close();
  }
});

it("ends with 1 if the origin server fails, and with 2 if the arguments are wrong", async () => {
  const failed = await runCommand(folder, [
    "robots",
    "--rules",
    "r.json",
    "--origin",
    "http://127.0.0.1:1",
  ]);
  expect([failed.code, failed.out]).toEqual([1, ""]);
  expect((await robots("--site", "nonsense")).code).toBe(2);
});
