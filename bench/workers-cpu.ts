// npm run bench -- workers-cpu [--requests 300]
// CPU time of a request of each class on bare workerd, all threads and background work included, and the peak of
// the process's memory above idle: against the platform's limits of 10 ms (free), 30 s (paid) and 128 MB.
import { parseArgs } from "node:util";
import { send } from "../test/support/client.ts";
import { startOrigin } from "../test/support/origin.ts";
import { RUNTIMES } from "../test/support/runtimes.ts";
import { cpuMicroseconds, resident } from "./load.ts";

const { values } = parseArgs({ options: { requests: { type: "string", default: "300" } } });
const requests = Number(values.requests);

const PARAGRAPH = `<h2>A part</h2><p>${"Some <b>text</b> with a <a href=/x>link</a>. ".repeat(12)}</p>\n`;
const page = (bytes: number): string =>
  `<!doctype html><title>A page</title><main>${PARAGRAPH.repeat(Math.ceil(bytes / PARAGRAPH.length))}</main>`;
const script = (version: string): string =>
  Array.from(
    { length: 4000 },
    (_, i) => `export const v${i} = ${i % 50 === 0 ? `"${version}"` : i};\n`,
  ).join("");

interface RequestClass {
  readonly name: string;
  readonly target: (n: number) => string;
  readonly fields?: Readonly<Record<string, string>>;
}

const CLASSES: readonly RequestClass[] = [
  { name: "1 KB of text, forwarded", target: (n) => `/text?${n}` },
  { name: "20 KB of HTML, forwarded", target: (n) => `/page/20?${n}` },
  { name: "20 KB of HTML, stored", target: () => "/kept/20" },
  {
    name: "20 KB of HTML in gzip",
    target: (n) => `/page/20?${n}`,
    fields: { "accept-encoding": "gzip" },
  },
  {
    name: "100 KB of JavaScript in br",
    target: (n) => `/a.js?${n}`,
    fields: { "accept-encoding": "br" },
  },
  {
    name: "20 KB of HTML as markdown",
    target: (n) => `/page/20?${n}`,
    fields: { accept: "text/markdown" },
  },
  {
    name: "200 KB of HTML as markdown",
    target: (n) => `/page/200?${n}`,
    fields: { accept: "text/markdown" },
  },
  {
    name: "1 MB of HTML as markdown",
    target: (n) => `/page/1000?${n}`,
    fields: { accept: "text/markdown" },
  },
];

const origin = await startOrigin();
origin.missing = ({ url = "" }, response) => {
  const type = url.startsWith("/text")
    ? "text/plain"
    : url.includes(".js")
      ? "text/javascript"
      : "text/html";
  const caching = url.startsWith("/kept") ? "public, max-age=600" : "no-store";
  response.writeHead(200, { "content-type": type, "cache-control": caching });
  const size = Number(/^\/(?:page|kept)\/(\d+)/.exec(url)?.[1] ?? 1);
  response.end(
    type === "text/html"
      ? page(size * 1000)
      : type === "text/plain"
        ? "x".repeat(1000)
        : script(url),
  );
};
const proxy = await RUNTIMES.workerd({
  origin: origin.url,
  rules: {
    defaults: {
      cache: true,
      markdown: true,
      compression: true,
      canonicalRedirect: true,
      documents: true,
    },
  },
});
const pid = proxy.pid ?? 0;
let sent = 0;
const repeat = async ({ target, fields = {} }: RequestClass, times: number): Promise<void> => {
  for (let left = times; left > 0; left--) {
    const { status } = await send(proxy.url + target(sent++), { headers: { ...fields } });
    if (status !== 200) throw new Error(`status ${status}`);
  }
};
console.log("| class | CPU time of a request | memory of the process |\n| --- | ---: | ---: |");
for (const each of CLASSES) {
  await repeat(each, Math.ceil(requests / 5));
  const before = cpuMicroseconds(pid);
  await repeat(each, requests);
  const used = (cpuMicroseconds(pid) - before) / requests / 1000;
  console.log(`| ${each.name} | ${used.toFixed(2)} ms | ${resident(pid).toFixed(0)} MB |`);
}
await proxy.close();
await origin.close();
