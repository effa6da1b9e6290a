// npm run bench -- workers-memory
// Memory of one isolate for each class of requests on bare workerd, against the platform's limit of 128 MB. Each class has a
// process of its own: the memory of its isolate after the last one, and its peak of resident memory minus that of an
// empty Worker. Both include garbage, since bare workerd sets no limit.
import { createHash } from "node:crypto";
import { send } from "../test/support/client.ts";
import { startOrigin } from "../test/support/origin.ts";
import { freePort, RUNTIMES } from "../test/support/runtimes.ts";
import { cpuTicks, LOAD_CORE, resident, Servers } from "./load.ts";

const MIB = 1024 * 1024;
const REQUESTS = 20;
const LARGE = "/app.v";

/** Words that compress badly, the same for the same seed. */
function words(seed: string, bytes: number): string {
  let state = Buffer.from(seed).reduce((sum, byte) => Math.imul(sum, 31) + byte, 7) >>> 0;
  let text = "";
  while (text.length < bytes) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += `${state.toString(36)} ${(state ^ 0x5bd1e995).toString(36)} word `;
  }
  return text.slice(0, bytes);
}

const BUNDLE = words("bundle", 4 * MIB - 100);
const bundleOf = (version: string): string => `// ${version}\n${BUNDLE}`;
const dictionary = createHash("sha256").update(bundleOf("1")).digest("base64");

const origin = await startOrigin();
origin.missing = ({ url = "" }, response) => {
  const [, kind = "text", size = "1"] = /^\/(page|kept|script|text)\/(\d+)/.exec(url) ?? [];
  const isScript = kind === "script" || url.startsWith(LARGE);
  const type = isScript ? "text/javascript" : kind === "text" ? "text/plain" : "text/html";
  const isStored = kind === "kept" || url.startsWith(LARGE);
  const caching = isStored ? "public, max-age=600" : "no-store";
  response.writeHead(200, { "content-type": type, "cache-control": caching });
  const text = words(kind === "kept" ? url : kind, Number(size) * 1000);
  if (url.startsWith(LARGE)) response.end(bundleOf(url.charAt(LARGE.length)));
  else if (type !== "text/html") response.end(text);
  else
    response.end(
      `<!doctype html><title>A page</title><main><p>${text.replaceAll(" word ", "<p>")}</main>`,
    );
};

interface Asked {
  readonly target: string;
  readonly fields?: Readonly<Record<string, string>>;
}

/** The n-th request of each class; after `many` requests, or those of all classes. */
interface RequestClass {
  readonly name: string;
  readonly many?: number;
  readonly nth: (n: number) => Asked;
}

const br = { "accept-encoding": "br" };
const CLASSES: readonly RequestClass[] = [
  { name: "1 KB of text, forwarded", nth: (n) => ({ target: `/text/1?${n}` }) },
  {
    name: "1 MB of HTML as markdown",
    nth: (n) => ({ target: `/page/1000?${n}`, fields: { accept: "text/markdown" } }),
  },
  { name: "1 MB of JavaScript in br", nth: (n) => ({ target: `/script/1000?${n}`, fields: br }) },
  {
    name: "4 MiB of JavaScript in br, two versions",
    many: 8,
    nth: (n) =>
      n < 2
        ? { target: `${LARGE}1.js`, fields: br }
        : {
            target: `${LARGE}2.js`,
            fields: { "accept-encoding": "br, dcz", "available-dictionary": `:${dictionary}:` },
          },
  },
  {
    name: "full caches: 60 MB of pages, each requested twice",
    many: 1200,
    nth: (n) => ({ target: `/kept/100?${Math.floor(n / 2)}` }),
  },
];

/** Waits until a process has been idle for a second. */
async function untilIdle(pid: number): Promise<void> {
  for (let before = -1, now = cpuTicks(pid); now - before > 3;) {
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    now = cpuTicks(pid);
  }
}

/** Sends the requests of a class, and then waits for background work. Returns the codings of responses. */
async function load(url: string, pid: number, { nth, many = REQUESTS }: RequestClass) {
  const codings = new Set<string>();
  for (let n = 0; n < many; n++) {
    const { target, fields = {} } = nth(n);
    const { status, headers } = await send(url + target, { headers: { ...fields } });
    if (status !== 200) throw new Error(`status ${status}`);
    codings.add(headers["content-encoding"] ?? "plain");
    if (many < REQUESTS) await untilIdle(pid);
  }
  await untilIdle(pid);
  return codings;
}

/** MB that the isolate uses: of its heap, of objects of the runtime, and of buffers. */
async function usedBy(port: number): Promise<number> {
  const listed = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as readonly {
    readonly title: string;
    readonly webSocketDebuggerUrl: string;
  }[];
  const main = listed.find(({ title }) => title.includes("main"));
  const socket = new WebSocket(main?.webSocketDebuggerUrl ?? "");
  await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
  const call = (id: number, method: string) =>
    new Promise<Record<string, number>>((resolve) => {
      socket.addEventListener("message", ({ data }) => {
        const said = JSON.parse(String(data)) as { id?: number; result: Record<string, number> };
        if (said.id === id) resolve(said.result);
      });
      socket.send(JSON.stringify({ id, method }));
    });
  await call(1, "Runtime.enable");
  const {
    usedSize = 0,
    embedderHeapUsedSize = 0,
    backingStorageSize = 0,
  } = await call(2, "Runtime.getHeapUsage");
  socket.close();
  return (usedSize + embedderHeapUsedSize + backingStorageSize) / 1e6;
}

const servers = new Servers();
try {
  console.log("| class | codings | isolate | peak of the process |\n| --- | --- | ---: | ---: |");
  const [first] = CLASSES as readonly [RequestClass];
  const port = await freePort();
  const empty = servers.workerd("empty", port, "bench/peers/empty-worker.ts", {});
  const emptyPid = servers.start(LOAD_CORE, empty);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await load(`http://127.0.0.1:${port}`, emptyPid, first);
  const floor = resident(emptyPid, "VmHWM");
  console.log(`| an empty Worker | | | ${floor.toFixed(0)} MB |`);
  for (const each of CLASSES) {
    const defaults = {
      cache: { after: 1 },
      markdown: true,
      compression: { dictionary: { match: "/app.*" } },
      canonicalRedirect: true,
      documents: true,
    };
    const inspectorPort = await freePort();
    const proxy = await RUNTIMES.workerd({
      origin: origin.url,
      rules: { defaults },
      inspectorPort,
    });
    const pid = proxy.pid ?? 0;
    const codings = [...(await load(proxy.url, pid, each))].join(", ");
    const peak = (resident(pid, "VmHWM") - floor).toFixed(0);
    const used = (await usedBy(inspectorPort)).toFixed(1);
    console.log(`| ${each.name} | ${codings} | ${used} MB | +${peak} MB |`);
    await proxy.close();
  }
} finally {
  servers.close();
  await origin.close();
}
