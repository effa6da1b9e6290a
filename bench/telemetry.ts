// CPU time of a passthrough with history and metrics, as a ratio of medians to one without, in turns in
// one run; the thread of the history counts. Needs wrk.
// npm run bench -- telemetry [--rounds 9] [--seconds 2]
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePort, untilReady } from "../test/support/runtimes.ts";
import { measure, median, node, PROXY_CORE, Servers, startTextOrigin } from "./load.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    seconds: { type: "string", default: "2" },
  },
});
const CONTENT = Buffer.from("lantern ".repeat(1024 / 8));
const GPTBOT = { "user-agent": "GPTBot/1.2" };
/** The rules, and the fields of the requests. */
const CASES = [
  ["all off, a browser", "off", {}],
  ["all off, a claimed agent", "off", GPTBOT],
  ["default rules, a browser", "default", {}],
] as const;

const servers = new Servers();
const origin = await startTextOrigin(CONTENT);

try {
  const from = origin.url;
  console.log("| CPU time with history and metrics, against without | ratio |");
  console.log("| --- | --- |");
  for (const [name, rules, fields] of CASES) {
    const peers: { url: string; pid: number; samples: number[] }[] = [];
    for (const history of ["", join(servers.folder, `${peers.length}-${rules}.sqlite`)]) {
      const port = await freePort();
      const command = node("wayleave-node.ts", from, String(port), rules, "", "", "", "", history);
      const pid = servers.start(PROXY_CORE, command);
      peers.push({ url: `http://127.0.0.1:${port}`, pid, samples: [] });
    }
    for (const { url } of peers) await untilReady(`${url}/.wayleave/health`, () => "");
    for (let round = 0; round <= Number(values.rounds); round++) {
      for (const { url, pid, samples } of peers) {
        const cost = await measure(pid, `${url}/page.txt`, values.seconds, fields);
        // The first round only warms up.
        if (round > 0) samples.push(cost);
      }
    }
    const [without = 0, withBoth = 0] = peers.map(({ samples }) => median(samples));
    console.log(`| ${name} | ${(withBoth / without).toFixed(3)} |`);
    for (const { pid } of peers) servers.stop(pid);
  }
} finally {
  servers.close();
  origin.close();
}
