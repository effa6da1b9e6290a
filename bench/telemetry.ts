// CPU time of a passthrough with history and metrics, against one without: the median of the ratios of
// short turns next to each other, over several pairs of processes, since no two processes are equally fast.
// On a busy machine, the fastest turns say more. The thread of the history counts. Needs wrk.
// npm run bench -- telemetry [--pairs 4] [--rounds 12] [--seconds 1] [--only REGEXP]
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePort, untilReady } from "../test/support/runtimes.ts";
import { cpuParts, measure, median, node, PROXY_CORE, Servers, startTextOrigin } from "./load.ts";

const { values } = parseArgs({
  options: {
    pairs: { type: "string", default: "4" },
    rounds: { type: "string", default: "12" },
    seconds: { type: "string", default: "1" },
    only: { type: "string", default: "" },
  },
});
const CONTENT = Buffer.from("lantern ".repeat(1024 / 8));
const GPTBOT = { "user-agent": "GPTBot/1.2" };
/** The rules, the fields of the requests, and whether the second process has history and metrics. */
const CASES = [
  ["neither has both: the error of this measurement", "off", {}, false],
  ["all off, a browser", "off", {}, true],
  ["all off, a claimed agent", "off", GPTBOT, true],
  ["default rules, a browser", "default", {}, true],
] as const;

const servers = new Servers();
const origin = await startTextOrigin(CONTENT);
let files = 0;

interface Peer {
  readonly url: string;
  readonly pid: number;
  /** Microseconds of each request, by turn. */
  readonly samples: number[];
  user: number;
  system: number;
}

async function start(rules: string, isCounting: boolean): Promise<Peer> {
  const history = isCounting ? join(servers.folder, `${files++}.sqlite`) : "";
  const port = await freePort();
  const command = node("wayleave-node.ts", origin.url, `${port}`, rules, "", "", "", "", history);
  const pid = servers.start(PROXY_CORE, command);
  const url = `http://127.0.0.1:${port}`;
  await untilReady(`${url}/.wayleave/health`, () => "");
  return { url, pid, samples: [], user: 0, system: 0 };
}

async function takeTurn(peer: Peer, fields: Readonly<Record<string, string>>): Promise<void> {
  const before = cpuParts(peer.pid);
  peer.samples.push(await measure(peer.pid, `${peer.url}/page.txt`, values.seconds, fields));
  const after = cpuParts(peer.pid);
  peer.user += after.user - before.user;
  peer.system += after.system - before.system;
}

/** The ratios of turns of one pair of processes, and the share of the kernel in the time of each. */
async function comparePair(rules: string, fields: Readonly<Record<string, string>>, both: boolean) {
  const pair = [await start(rules, false), await start(rules, both)] as const;
  // The first turns only warm up.
  for (const { pid, url } of pair) await measure(pid, `${url}/page.txt`, "4", fields);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const peer of round % 2 === 0 ? pair : pair.toReversed()) await takeTurn(peer, fields);
  }
  for (const { pid } of pair) servers.stop(pid);
  const [without, counting] = pair;
  const fastest = pair.map(({ samples }) => Math.min(...samples)) as [number, number];
  return {
    fastest: fastest[1] / fastest[0],
    ratios: counting.samples.map((each, i) => each / (without.samples[i] ?? Number.NaN)),
    kernel: pair.map(({ user, system }) => system / (user + system)),
  };
}

function quantile(numbers: readonly number[], share: number): string {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(3);
}

try {
  console.log(
    "| CPU time with history and metrics, against without | ratio | quartiles | fastest turns | kernel |",
  );
  console.log("| --- | --- | --- | --- | --- |");
  for (const [name, rules, fields, both] of CASES) {
    if (!new RegExp(values.only).test(name)) continue;
    const pairs: Awaited<ReturnType<typeof comparePair>>[] = [];
    for (let i = 0; i < Number(values.pairs); i++) {
      pairs.push(await comparePair(rules, fields, both));
    }
    const ratios = pairs.flatMap((each) => each.ratios);
    const shares = [0, 1].map((i) => median(pairs.map(({ kernel }) => kernel[i] ?? Number.NaN)));
    const kernel = shares.map((share) => `${Math.round(share * 100)} %`).join(", ");
    const quartiles = `${quantile(ratios, 0.25)}–${quantile(ratios, 0.75)}`;
    const fastest = median(pairs.map((each) => each.fastest)).toFixed(3);
    console.log(
      `| ${name} | ${median(ratios).toFixed(3)} | ${quartiles} | ${fastest} | ${kernel} |`,
    );
  }
} finally {
  servers.close();
  origin.close();
}
