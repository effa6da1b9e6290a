// CPU time per request of a passthrough, as medians of ratios in pairs. Needs nginx, caddy and wrk; see
// docs/benchmarks.md.
// npm run bench [-- --rounds 11] [--seconds 1] [--only REGEXP] [--target PATH]... [--compare REVISION]
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { cell, inTurns, keepAwake, type Ratio } from "./in-turns.ts";
import { LOAD_CORE, PROXY_CORE, root, Servers } from "./load.ts";
import { nginx, ORIGIN_PORT, peersOf, peersOfVersion, type Peer } from "./passthrough/peers.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "11" },
    seconds: { type: "string", default: "1" },
    only: { type: "string" },
    /** Each with its method before it, if that is not GET. */
    target: { type: "string", multiple: true, default: ["/1k.txt", "/20k.txt", "/1k.html"] },
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

const turns = { rounds: Number(values.rounds), seconds: Number(values.seconds) };
const wanted = new RegExp(values.only ?? "");
const servers = new Servers();
const { folder } = servers;

try {
  for (const [name, size] of Object.entries(FILES)) {
    writeFileSync(join(folder, name), "lantern ".repeat(size / 8));
  }
  servers.start(LOAD_CORE, ["nginx", "-c", nginx(folder, "origin", ORIGIN_PORT)]);
  keepAwake(servers);
  const peers =
    values.compare === undefined
      ? peersOf(servers)
      : peersOfVersion(servers, checkOut(values.compare));
  const rivals = peers.filter(({ name, floor }) => name !== floor && wanted.test(name));
  const floors = new Set(rivals.map(({ floor }) => floor));
  const used = peers.filter((peer) => rivals.includes(peer) || floors.has(peer.name));
  const pids = new Map<string, number>();
  for (const { name, command } of used) pids.set(name, servers.start(PROXY_CORE, command()));
  for (const { port } of used) await answers(port);

  console.log(`| CPU time per request | against | ${values.target.join(" | ")} | user, system |`);
  console.log(`| --- | --- | ${values.target.map(() => "---").join(" | ")} | --- |`);
  for (const rival of rivals) {
    const floor = used.find(({ name }) => name === rival.floor) as Peer;
    const ratios: Ratio[] = [];
    for (const target of values.target) {
      const [path = "", method] = target.split(" ").toReversed();
      const subject = ({ name, port }: Peer) => ({
        pid: pids.get(name) as number,
        url: `http://127.0.0.1:${port}${path}`,
        ...(method === undefined ? {} : { method }),
      });
      ratios.push(await inTurns(subject(floor), subject(rival), turns));
    }
    const parts = ratios.map(({ user, system }) => `${user.toFixed(2)}, ${system.toFixed(2)}`);
    const cells = [rival.name, floor.name, ...ratios.map(cell), parts.join("; ")];
    console.log(`| ${cells.join(" | ")} |`);
  }
} finally {
  servers.close();
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

async function answers(port: number): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/1k.txt`);
      if ((await response.text()).length === 1024) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing answers on port ${port}`);
}
