// CPU time per request of a passthrough, as medians of ratios in pairs. Needs nginx, caddy, wrk and h2load; see
// docs/benchmarks.md.
// npm run bench [-- --rounds 5] [--warm-up 8] [--seconds 1] [--only REGEXP] [--table REGEXP] [--target PATH]... [--compare REVISION]
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { cell, inTurns, keepAwake, type Ratio } from "./in-turns.ts";
import { LOAD_CORE, PROXY_CORE, root, Servers } from "./load.ts";
import { ofCache, ofProcesses, overTls } from "./passthrough/further.ts";
import {
  nginx,
  ORIGIN_PORT,
  peersOf,
  peersOfVersion,
  type Peer,
  type Table,
} from "./passthrough/peers.ts";

const TARGETS = ["/1k.txt", "/20k.txt", "/1m.txt", "/1k.html"];

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    /** Pairs of turns before those that count: a proxy of many functions takes seconds to be compiled. */
    "warm-up": { type: "string", default: "8" },
    seconds: { type: "string", default: "1" },
    only: { type: "string" },
    /** The titles of tables: HTTP/1.1, Cached, TLS with HTTP/2, Processes. */
    table: { type: "string", default: "" },
    /** Each with its method before it, if that is not GET. */
    target: { type: "string", multiple: true, default: TARGETS },
    compare: { type: "string" },
  },
});
const FILES = {
  "1k.txt": 1024,
  "20k.txt": 20_480,
  "1m.txt": 1_048_576,
  "1k.html": 1024,
  "1k.png": 1024,
};

const turns = {
  rounds: Number(values.rounds),
  warmUp: Number(values["warm-up"]),
  seconds: Number(values.seconds),
};
const wanted = new RegExp(values.only ?? "");
const servers = new Servers();
const { folder } = servers;

try {
  for (const [name, size] of Object.entries(FILES)) {
    writeFileSync(join(folder, name), "lantern ".repeat(size / 8));
  }
  servers.start(LOAD_CORE, ["nginx", "-c", nginx(folder, "origin", ORIGIN_PORT)]);
  keepAwake(servers);
  const tables: readonly Table[] =
    values.compare === undefined
      ? [
          { title: "HTTP/1.1", peers: peersOf(servers), targets: values.target },
          ofCache(servers),
          overTls(servers, values.target.slice(0, 3)),
          ofProcesses(servers),
        ]
      : [
          {
            title: "HTTP/1.1",
            peers: peersOfVersion(servers, checkOut(values.compare)),
            targets: values.target,
          },
        ];
  const titles = new RegExp(values.table);
  for (const table of tables) if (titles.test(table.title)) await measureTable(table);
} finally {
  servers.close();
}

/** Measures the peers of a table that are wanted, each against its floor, and prints the table. */
async function measureTable({ title, peers, targets, isHttp2 = false }: Table): Promise<void> {
  const rivals = peers.filter(({ name, floor }) => name !== floor && wanted.test(name));
  if (rivals.length === 0) return;
  const floors = new Set(rivals.map(({ floor }) => floor));
  const used = peers.filter((peer) => rivals.includes(peer) || floors.has(peer.name));
  const pids = new Map<string, number>();
  const scheme = isHttp2 ? "https" : "http";
  for (const { name, command } of used) pids.set(name, servers.start(PROXY_CORE, command()));
  for (const { port } of used) await answers(`${scheme}://127.0.0.1:${port}`);

  console.log(`\n| ${title} | against | ${targets.join(" | ")} | user, system |`);
  console.log(`| --- | --- | ${targets.map(() => "---").join(" | ")} | --- |`);
  for (const rival of rivals) {
    const floor = used.find(({ name }) => name === rival.floor) as Peer;
    const ratios: Ratio[] = [];
    for (const target of targets) {
      const [path = "", method] = target.split(" ").toReversed();
      const subject = ({ name, port }: Peer) => ({
        pid: pids.get(name) as number,
        url: `${scheme}://127.0.0.1:${port}${path}`,
        isHttp2,
        ...(method === undefined ? {} : { method }),
      });
      ratios.push(await inTurns(subject(floor), subject(rival), turns));
    }
    const parts = ratios.map(({ user, system }) => `${user.toFixed(2)}, ${system.toFixed(2)}`);
    const cells = [rival.name, floor.name, ...ratios.map(cell), parts.join("; ")];
    console.log(`| ${cells.join(" | ")} |`);
  }
  for (const pid of pids.values()) servers.stop(pid);
}

/** Another version of the project, with its own dependencies, in the benchmark's folder. */
function checkOut(revision: string): string {
  const path = join(folder, "before");
  const git = (...args: string[]): void => command("git", ["-C", root, ...args], root);
  git("worktree", "add", "--detach", path, revision);
  process.once("exit", () => git("worktree", "prune"));
  command("npm", ["ci", "--silent"], path);
  return path;
}

function command(program: string, args: readonly string[], cwd: string): void {
  const { status, stderr } = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr}`);
}

async function answers(server: string): Promise<void> {
  const curl = [
    "--silent",
    "--insecure",
    "--output",
    "/dev/null",
    "--write-out",
    "%{size_download}",
  ];
  for (let attempt = 0; attempt < 400; attempt++) {
    // Node's fetch would need the certificate's authority.
    const { stdout } = spawnSync("curl", [...curl, `${server}/1k.txt`], { encoding: "utf8" });
    if (stdout === "1024") return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing answers at ${server}`);
}
