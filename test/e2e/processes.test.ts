// One site served by two processes, from outside: they agree on everything that an operator sees.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runCommand } from "../support/cli.ts";
import { open, send } from "../support/client.ts";
import { NAVIGATION, OPERATOR_TOKEN as TOKEN } from "../support/navigation.ts";
import { pin, type Pinned } from "../support/pinned.ts";
import { startCommand, type StartedProxy } from "../support/started.ts";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

/** The page whose commands this test runs. */
const PAGE = readFileSync(join(import.meta.dirname, "../../docs/processes.md"), "utf8");

const BEARER = { authorization: `Bearer ${TOKEN}` };

let folder: string;
let origin: Server;
let proxy: StartedProxy;
/** Requests that the origin server has got, by path. */
const got = new Map<string, number>();
/** Responses of /slow that are not complete. */
const slow: ServerResponse[] = [];

/** Paths with a limit each, of which a test on a busy machine may need several. */
const LIMITED = ["/limited-1/", "/limited-2/", "/limited-3/"];

const rules = (note: string) =>
  JSON.stringify({
    defaults: { cache: true },
    telemetry: { metrics: true, history: "30d" },
    agents: { ipRanges: false },
    rules: [
      ...LIMITED.map((path) => ({
        name: `${note} ${path}`,
        match: { path: `${path}*` },
        access: { action: "limit", requests: 5, per: "1h" },
      })),
      {
        name: "many",
        match: { path: "/many/*" },
        access: { action: "limit", requests: 1000, per: "1h" },
      },
      { name: "two", match: { path: "/slow/*" }, access: { action: "limit", concurrent: 2 } },
      { name: "at once", match: { path: "/cached/*" }, cache: { after: 1 } },
    ],
  });

/** Sends a signal by the command of the page. */
function signal(name: "HUP" | "USR2"): void {
  const [line = ""] = new RegExp(`^kill -${name} .*$`, "m").exec(PAGE) ?? [];
  execFileSync("sh", ["-c", line], { env: { ...process.env, PID: String(proxy.pid) } });
}

/** Replaces the rules file, as an editor does. */
function writeRules(text: string): void {
  writeFileSync(join(folder, "next.jsonc"), text);
  renameSync(join(folder, "next.jsonc"), join(folder, "rules.jsonc"));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-processes-"));
  writeRules(rules("first"));
  origin = createServer((asked, response) => {
    const path = asked.url ?? "";
    got.set(path, (got.get(path) ?? 0) + 1);
    const lifetime = path.startsWith("/cached/") ? "max-age=3600" : "no-store";
    response.writeHead(200, { "content-type": "text/plain", "cache-control": lifetime });
    if (!path.startsWith("/slow/")) return void response.end(`content of ${path}`);
    response.write("begin");
    slow.push(response);
    return undefined;
  }).listen(0, "127.0.0.1");
  await once(origin, "listening");
  const url = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;
  const [, line = ""] = /^wayleave start (.*)$/m.exec(PAGE) ?? [];
  const argv = line.replace("https://origin.example.com", url).split(" ");
  proxy = await startCommand(folder, argv, { ADMIN_TOKEN: TOKEN });
});
afterAll(async () => {
  proxy?.signal("SIGKILL");
  await proxy?.stop();
  origin?.closeAllConnections();
  origin?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Health {
  readonly rates: { readonly works: boolean };
  readonly rules: { readonly version: string };
  readonly refused: { readonly version: string } | null;
  readonly processes: readonly {
    readonly pid: number;
    readonly answers: boolean;
    readonly rules: string;
  }[];
}

async function health(by: Pinned): Promise<Health> {
  const { body } = await by("/.wayleave/health", { headers: BEARER });
  return JSON.parse(body.toString()) as Health;
}
const anyProcess: Pinned = (path, options) => send(proxy.url + path, options);
const pids = async (): Promise<number[]> =>
  (await health(anyProcess)).processes.map(({ pid }) => pid);

/** Repeats a look until it finds something. */
async function until<Found>(
  look: () => Found | false | Promise<Found | false>,
): Promise<Exclude<Found, false>> {
  for (;;) {
    const found = await look();
    if (found !== false) return found as Exclude<Found, false>;
    await pause(100);
  }
}
const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A connection to each process. */
async function pinned(): Promise<[Pinned, Pinned]> {
  const [one = 0, other = 0] = await pids();
  return [await pin(proxy.url, [other]), await pin(proxy.url, [one])];
}

const lines = (): { event?: string; path?: string }[] =>
  readFileSync(join(folder, "access.log"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { event?: string });
const linesOf = (event: string) => lines().filter((line) => line.event === event);

const metric = (text: string, line: string): number =>
  Number(
    text
      .split("\n")
      .find((each) => each.startsWith(`${line} `))
      ?.slice(line.length + 1),
  );

/** Requests without an end, each client on connections that stay open; counts those that fail. */
function startLoad(clients = 4) {
  const state = { isOver: false };
  const load = { requests: 0, failures: [] as string[], end: async (): Promise<void> => {} };
  const client = async (number: number): Promise<void> => {
    const by = await pin(proxy.url, []).catch(() => anyProcess);
    while (!state.isOver) {
      const path = `/load/${number}`;
      const answer = await by(path).catch((error: Error) => error);
      load.requests++;
      const said = answer instanceof Error ? answer.message : answer.body.toString();
      if (said !== `content of ${path}`) load.failures.push(said);
      // The processor time of a test run counts.
      await pause(5);
    }
  };
  const running = Promise.all(Array.from({ length: clients }, (_, i) => client(i)));
  load.end = async () => {
    state.isOver = true;
    await running;
  };
  return load;
}

describe("two processes", () => {
  it("are ready once, and know each other", async () => {
    expect(proxy.said().match(/^ready /gm)).toHaveLength(1);
    const [a, b] = await pinned();
    const seen = await health(a);
    expect(seen.processes).toHaveLength(2);
    expect(seen.processes.every(({ answers }) => answers)).toBe(true);
    expect((await health(b)).processes).toEqual(seen.processes);
    expect(linesOf("rules-in-force")).toHaveLength(1);
  });

  it("count a limit together, and slots too", async () => {
    const both = await pinned();
    // On a busy machine, memory counts until the file is open, and while it is late.
    const isCounting = async () => {
      for (const by of both) await by("/many/");
      return (await health(anyProcess)).rates.works;
    };
    const failures = () => linesOf("rates-failing").length;
    for (let left = [...LIMITED]; ;) {
      const path = left.shift() ?? "";
      await until(isCounting);
      const before = failures();
      const statuses: number[] = [];
      for (let i = 0; i < 8; i++) {
        statuses.push((await both[i % 2]?.(`${path}${i}`))?.status ?? 0);
      }
      if (failures() > before && left.length > 0) continue;
      expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
      break;
    }
    const held = [await open(`${proxy.url}/slow/a`), await open(`${proxy.url}/slow/b`)];
    const [a, b] = both;
    expect((await a("/slow/c")).status).toBe(429);
    expect((await b("/slow/c")).status).toBe(429);
    for (const response of slow.splice(0)) response.end();
    for (const response of held) await once(response.resume(), "end");
  });

  it("forget what is purged, both at once", async () => {
    const [a, b] = await pinned();
    const path = "/cached/page";
    await a(path);
    await until(async () => {
      const before = got.get(path);
      await b(path);
      await a(path);
      return got.get(path) === before;
    });
    const before = got.get(path) ?? 0;
    const content = JSON.stringify({ url: proxy.url + path });
    const purge = { method: "POST", headers: BEARER, body: content };
    expect((await a("/.wayleave/purge", purge)).status).toBe(200);
    await b(path);
    expect(got.get(path)).toBe(before + 1);
  });

  it("share logins, logouts, and the limit of wrong tokens", async () => {
    const [a, b] = await pinned();
    const form = {
      ...NAVIGATION,
      "sec-fetch-site": "same-origin",
      "content-type": "application/x-www-form-urlencoded",
      origin: proxy.url,
    };
    const post = (by: Pinned, path: string, body: string, cookie?: string) =>
      by(path, { method: "POST", headers: { ...form, ...(cookie && { cookie }) }, body });
    const [cookie = ""] = (await post(a, "/.wayleave/login", `token=${TOKEN}`)).headers[
      "set-cookie"
    ] ?? [""];
    const [pair = ""] = cookie.split(";");
    const page = await b("/.wayleave/", { headers: { ...NAVIGATION, cookie: pair } });
    expect(page.status).toBe(200);
    const [, sent = ""] = /name="form" value="([^"]+)"/.exec(page.body.toString()) ?? [];
    expect((await post(b, "/.wayleave/logout", `form=${sent}`, pair)).status).toBe(303);
    const again = await a("/.wayleave/", { headers: { ...NAVIGATION, cookie: pair } });
    expect(again.status).toBe(401);
    for (let i = 0; i < 5; i++) {
      const by = i % 2 === 0 ? a : b;
      expect((await post(by, "/.wayleave/login", "token=wrong")).status).toBe(401);
    }
    expect((await post(a, "/.wayleave/login", "token=wrong")).status).toBe(429);
    expect((await post(b, "/.wayleave/login", "token=wrong")).status).toBe(429);
  });

  it("report the same figures, which are those of both", async () => {
    const both = await pinned();
    const bot = {
      "user-agent": "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    };
    await Promise.all([0, 1, 2, 3, 4].map((i) => both[0](`/mix/${i}`, { headers: bot })));
    await Promise.all([0, 1, 2].map((i) => both[1](`/mix/${i}`, { headers: bot })));
    const series =
      'wayleave_requests_total{agent="GPTBot",class="AI Crawler",evidence="none",action="none",code_class="2xx"}';
    for (const by of both) {
      const text = (await by("/.wayleave/metrics", { headers: BEARER })).body.toString();
      const found = text.split("\n").find((line) => line.includes('agent="GPTBot"'));
      expect([found, metric(text, found?.split(" ").slice(0, -1).join(" ") ?? series)]).toEqual([
        expect.stringContaining("wayleave_requests_total"),
        8,
      ]);
      expect(metric(text, 'wayleave_processes{state="serving"}')).toBe(2);
      expect(metric(text, "wayleave_cache_memory_limit_bytes")).toBe(134_217_728);
    }
    // A request is in the history two seconds after its end at the latest.
    await until(async () => {
      const argv = ["stats", "--json", "--by", "agent", "--store", "sqlite:store.sqlite"];
      const { out } = await runCommand(folder, argv);
      const rows = JSON.parse(out) as { agent: string; requests: number }[];
      return rows.find(({ agent }) => agent === "GPTBot")?.requests === 8;
    });
    expect(lines().filter(({ path }) => path?.startsWith("/mix/") === true)).toHaveLength(8);
  });

  it("name a process that does not answer", async () => {
    const [a, b] = await pids();
    const by = await pin(proxy.url, [b ?? 0]);
    process.kill(b ?? 0, "SIGSTOP");
    try {
      const text = (await by("/.wayleave/metrics", { headers: BEARER })).body.toString();
      expect(metric(text, `wayleave_process_silent{pid="${b}"}`)).toBe(1);
      expect((await health(by)).processes).toEqual([
        expect.objectContaining({ pid: a, answers: true }),
        expect.objectContaining({ pid: b, answers: false }),
      ]);
    } finally {
      process.kill(b ?? 0, "SIGCONT");
    }
  });

  it("change their rules together under load, and never to faulty ones", async () => {
    const load = startLoad();
    const { rules: first } = await health(anyProcess);
    writeRules(rules("second"));
    signal("HUP");
    const both = await pinned();
    const versions = async () =>
      (await Promise.all(both.map(health))).flatMap(({ processes }) =>
        processes.map((each) => each.rules),
      );
    const second = await until(async () => {
      const [one, ...others] = await versions();
      return one !== first.version && others.every((each) => each === one) && one;
    });
    writeRules('{ "defaults": { "cash": true } }');
    signal("HUP");
    await until(() => linesOf("rules-refused").length > 0);
    for (const by of both) {
      const seen = await until(async () => {
        const now = await health(by);
        return now.refused !== null && now;
      });
      expect(seen.rules.version).toBe(second);
    }
    expect(linesOf("rules-refused")).toHaveLength(1);
    expect(linesOf("rules-in-force")).toHaveLength(2);
    await load.end();
    expect(load.failures).toEqual([]);
    writeRules(rules("second"));
  });

  it("replace one that is killed, which loses only its own responses", async () => {
    const [a = 0, b = 0] = await pids();
    const by = await pin(proxy.url, [b]);
    const load = startLoad();
    await until(() => load.requests > 20);
    process.kill(b, "SIGKILL");
    const others: string[] = [];
    for (let i = 0; i < 30; i++) {
      const [one, other] = await Promise.all([by("/kept"), send(`${proxy.url}/new`)]);
      others.push(one.body.toString(), other.body.toString());
    }
    expect([...new Set(others)]).toEqual(["content of /kept", "content of /new"]);
    const after = await until(async () => {
      const now = await pids();
      return now.length === 2 && !now.includes(b) && now;
    });
    expect(after).toContain(a);
    await load.end();
    // No more than one for each connection.
    expect(load.failures.length).toBeLessThanOrEqual(4);
    expect(linesOf("process-ended")).toEqual([
      expect.objectContaining({ pid: b, signal: "SIGKILL", replacedIn: 0 }),
    ]);
  });

  it("give way to new processes at SIGUSR2, and complete their responses", async () => {
    const before = await pids();
    const download = await open(`${proxy.url}/slow/long`);
    const load = startLoad();
    await until(() => load.requests > 20);
    signal("USR2");
    await until(async () => {
      const now = await pids();
      return now.length === 2 && now.every((pid) => !before.includes(pid));
    });
    expect(linesOf("processes-renewed")).toHaveLength(1);
    await until(() => slow.length > 0);
    slow.pop()?.end("the end");
    let text = "";
    for await (const piece of download) text += String(piece);
    expect(text).toBe("beginthe end");
    await until(() => before.every(isGone));
    await load.end();
    expect(load.failures).toEqual([]);
    expect(linesOf("process-ended")).toHaveLength(1);
  });

  it("end if the first process is killed", async () => {
    const all = await pids();
    proxy.signal("SIGKILL");
    await until(() => all.every(isGone));
    const { port } = new URL(proxy.url);
    const socket = connect(Number(port), "127.0.0.1");
    await expect(once(socket, "connect")).rejects.toThrow("ECONNREFUSED");
  });
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
