// Measures the cost of one request of an attacker, as a ratio to a passthrough of the same bytes in the same
// run, and the number of requests that it causes at the origin server. Exit code 1 if a bound is exceeded.
// npm run bench -- abuse [--requests 1000] [--only TEXT]... [--runtime node|workerd]
import process from "node:process";
import { parseArgs } from "node:util";
import { generateKeys } from "../src/agent/web-bot-auth/index.ts";
import { ATTACKS } from "./abuse/attacks/index.ts";
import { BROWSER, type Attack } from "./abuse/attack.ts";
import { cost, onNode, rulesOf, type Cost, type Measured } from "./abuse/measure.ts";
import { startSite } from "./abuse/site.ts";
import { onWorkerd } from "./abuse/workerd.ts";

/** CPU time, as a multiple of a passthrough of the same bytes. */
const MOST_CPU = 20;
/** Requests to the origin server for one request of the attacker. */
const MOST_REQUESTS = 3;

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "1000" },
    only: { type: "string", multiple: true, default: [""] },
    runtime: { type: "string", default: "node" },
  },
});
const count = Number(values.requests);
const start = values.runtime === "workerd" ? onWorkerd : onNode;
const attacks = ATTACKS.filter(
  ({ feature, name, onNodeOnly }) =>
    values.only.some((text) => `${feature}: ${name}`.includes(text)) &&
    !(values.runtime === "workerd" && onNodeOnly === true),
);

const site = await startSite((await generateKeys()).directory);
const passthrough = await start(site, {});
await warmUp(passthrough);
console.log("| feature | attack | CPU | of a passthrough | requests to the origin | others |");
console.log("| --- | --- | ---: | ---: | ---: | ---: |");
const exceeded: string[] = [];
try {
  for (const attack of attacks) {
    const { ratio, attacked, row } = await measured(attack);
    console.log(row);
    if (ratio > MOST_CPU || attacked.origin > MOST_REQUESTS) exceeded.push(attack.name);
  }
} finally {
  await passthrough.close();
  site.close();
}
if (exceeded.length > 0) {
  console.error(`over the bounds:\n${exceeded.map((name) => `  ${name}`).join("\n")}`);
  process.exitCode = 1;
}

/** The cost of an attack, and of a passthrough directly after it. */
async function measured(attack: Attack) {
  const proxy = await start(site, rulesOf(attack));
  let attacked: Cost;
  try {
    await warmUp(proxy);
    await attack.before?.((asked) => proxy.send(asked));
    attacked = await cost(proxy, site, count, (n) => attack.request(n));
  } finally {
    await proxy.close();
  }
  const plain = await cost(passthrough, site, count, (n) => plainOf(attack, n));
  const ratio = attacked.cpu / plain.cpu;
  const cells = [
    attack.feature,
    attack.name,
    `${attacked.cpu.toFixed(2)} ms`,
    ratio.toFixed(1),
    attacked.origin.toFixed(2),
    attacked.others.toFixed(2),
  ];
  const said = `${[...attacked.statuses].join("/")} ${attacked.bytes.toFixed(0)} B, plain ${[...plain.statuses].join("/")} ${plain.bytes.toFixed(0)} B ${plain.cpu.toFixed(2)} ms`;
  if (process.env["DETAILS"] !== undefined) cells.push(said);
  return { ratio, attacked, row: `| ${cells.join(" | ")} |` };
}

async function plainOf(attack: Attack, n: number) {
  if (attack.plain !== undefined) return attack.plain(n);
  const { target } = await attack.request(n);
  return { target, fields: { "accept-encoding": "identity" } };
}

/** Warms up the code by visitors' requests for other pages. */
async function warmUp(proxy: Measured): Promise<void> {
  const visits = Array.from({ length: 300 }, (_, n) => n);
  for (const n of visits) {
    await proxy.send({ target: `/plain/w${n}`, fields: BROWSER });
  }
}
