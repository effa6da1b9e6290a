// CPU time of a passthrough with history and metrics, against one without. Both run in one process, which
// has compiled its code once for both: no two processes are equally fast. The thread of the history counts.
// npm run bench -- telemetry [--processes 2] [--warm-up 10] [--rounds 12] [--seconds 2] [--only REGEXP]   (needs wrk)
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePort, untilReady } from "../test/support/runtimes.ts";
import { cell, inTurns, type Ratio } from "./in-turns.ts";
import { median, node, PROXY_CORE, Servers, startTextOrigin } from "./load.ts";

const { values } = parseArgs({
  options: {
    processes: { type: "string", default: "2" },
    /** Pairs of turns: after three, the runtime still compiles. */
    "warm-up": { type: "string", default: "10" },
    rounds: { type: "string", default: "12" },
    seconds: { type: "string", default: "2" },
    only: { type: "string", default: "" },
  },
});
const CONTENT = Buffer.from("lantern ".repeat(1024 / 8));
const GPTBOT = { "user-agent": "GPTBot/1.2" };
/** The rules, the fields of the requests, and if the second proxy is the one with history and metrics. */
const CASES = [
  ["neither has both: the error of this measurement", "off", {}, false],
  ["all off, a browser", "off", {}, true],
  ["all off, a claimed agent", "off", GPTBOT, true],
  ["default rules, a browser", "default", {}, true],
] as const;
/** Milliseconds after which the history has written all requests of a turn. */
const REST = 1200;

const servers = new Servers();
const origin = await startTextOrigin(CONTENT);

/** The ratio in one new process. */
async function compare(
  rules: string,
  fields: Readonly<Record<string, string>>,
  isCounting: boolean,
): Promise<Ratio> {
  const ports = [await freePort(), await freePort()];
  const file = join(servers.folder, `${ports.join("-")}.sqlite`);
  const [port, second] = ports.map(String) as [string, string];
  const argv = [origin.url, port, rules, "", "", "", "", file, second];
  const pid = servers.start(PROXY_CORE, node("wayleave-node.ts", ...argv));
  const at = (each: string) => ({ pid, url: `http://127.0.0.1:${each}/page.txt`, fields });
  await untilReady(`http://127.0.0.1:${second}/.wayleave/health`, () => "");
  try {
    const turns = {
      rounds: Number(values.rounds),
      warmUp: Number(values["warm-up"]),
      seconds: Number(values.seconds),
      rest: REST,
    };
    return await inTurns(at(port), at(isCounting ? second : port), turns);
  } finally {
    servers.stop(pid);
  }
}

try {
  console.log("| CPU time with history and metrics, against without | ratio | of each process |");
  console.log("| --- | --- | --- |");
  for (const [name, rules, fields, isCounting] of CASES) {
    if (!new RegExp(values.only).test(name)) continue;
    const ratios: Ratio[] = [];
    for (let i = 0; i < Number(values.processes); i++) {
      ratios.push(await compare(rules, fields, isCounting));
    }
    const middle = median(ratios.map((each) => each.median)).toFixed(3);
    console.log(`| ${name} | ${middle} | ${ratios.map(cell).join(", ")} |`);
  }
} finally {
  servers.close();
  origin.close();
}
