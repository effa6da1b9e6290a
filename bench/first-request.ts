// Measures the time that the first client of a new version waits: for a delta, for plain br, for neither.
// node scripts/node.mjs bench/first-request.ts [--rounds 25]
import { parseArgs } from "node:util";
import { freePort } from "../test/support/runtimes.ts";
import { LOAD_CORE, median, node, PROXY_CORE, Servers } from "./load.ts";
import { get, named, startVersionOrigin } from "./version-origin.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "25" } } });
const PAIRS = ["three-r160-r161", "react-dom-18.2-18.3"];
const RULES = JSON.stringify({
  defaults: { compression: false },
  rules: [
    { name: "br", match: { path: "/br/*" }, compression: true },
    {
      name: "bundles",
      match: { path: "/m/*" },
      compression: {
        dictionary: {
          match: "/m/app.*.js",
          // Each version of this run also becomes a dictionary.
          budget: { dictionaries: 200, bytes: 1_073_741_824 },
        },
      },
    },
  ],
});
const WAYS = [
  { name: "no compression", folder: "off", accepts: "br", coding: undefined },
  { name: "br", folder: "br", accepts: "br", coding: "br" },
  { name: "dcb", folder: "m", accepts: "br, dcb", coding: "dcb" },
  { name: "dcz", folder: "m", accepts: "br, dcz", coding: "dcz" },
] as const;
const servers = new Servers();

try {
  console.log("| runtime | pair | way | time against br | time against none | bytes |");
  console.log("| --- | --- | --- | ---: | ---: | ---: |");
  for (const runtime of ["node", "workerd"]) {
    for (const id of PAIRS) {
      const origin = await startVersionOrigin(id, false);
      const port = await freePort();
      const command =
        runtime === "node"
          ? node("wayleave-node.ts", origin.url, `${port}`, RULES)
          : servers.workerd("wayleave", port, undefined, { ORIGIN_URL: origin.url, RULES });
      // Node encodes on threads outside of the main one, so the proxy has no core of its own.
      const cores = runtime === "node" ? `${LOAD_CORE},${PROXY_CORE}` : PROXY_CORE;
      const pid = servers.start(cores, command);
      const url = `http://127.0.0.1:${port}`;
      origin.put("/m/app.old.js", "old");
      for (let tries = 0; tries < 200; tries++) {
        const got = await get(`${url}/m/app.old.js`, { "accept-encoding": "br" }).catch(() => {});
        if (got !== undefined) break;
        await pause(50);
      }
      await pause(1000);
      const times = new Map<string, number[]>(WAYS.map(({ name }) => [name, [] as number[]]));
      const sizes = new Map<string, number>();
      for (let round = 0; round < Number(values.rounds) + 3; round++) {
        for (const { name, folder, accepts, coding } of WAYS) {
          const target = `/${folder}/app.${round}${name.slice(0, 3).trim()}.js`;
          origin.put(target, `${round} ${name}`);
          const offer = { "available-dictionary": named(origin.old) };
          const got = await get(url + target, { "accept-encoding": accepts, ...offer });
          if (got.coding !== coding) throw new Error(`${target} came as ${got.coding}`);
          sizes.set(name, got.length);
          // The first rounds warm up.
          if (round >= 3) times.get(name)?.push(got.time);
          // Work after the response does not count.
          await pause(60);
        }
      }
      servers.stop(pid);
      origin.close();
      const time = (name: string): number => median(times.get(name) ?? []);
      for (const { name } of WAYS) {
        const ratios = [time("br"), time("no compression")].map((against) =>
          (time(name) / against).toFixed(2),
        );
        console.log(
          `| ${runtime} | ${id} | ${name} | ${ratios.join(" | ")} | ${sizes.get(name)} |`,
        );
      }
    }
  }
} finally {
  servers.close();
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
