import { spawn } from "node:child_process";
import { cpuTicks, Servers } from "../load.ts";
import { freePort, untilReady } from "../../test/support/runtimes.ts";
import { client, type Measured } from "./measure.ts";
import type { Site } from "./site.ts";

const servers = new Servers();
process.once("exit", () => servers.close());

/** Starts the proxy on bare workerd with storage in memory; its CPU time has a resolution of 10 ms. */
export async function onWorkerd(site: Site, rules: object): Promise<Measured> {
  const port = await freePort();
  const [command = "", ...args] = servers.workerd("wayleave", port, undefined, {
    ORIGIN_URL: site.url,
    RULES: JSON.stringify(rules),
    LOG: "off",
  });
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  process.once("exit", () => child.kill("SIGKILL"));
  const url = `http://127.0.0.1:${port}`;
  await untilReady(`${url}/.wayleave/ready`, () => "");
  const { send, end } = client(url);
  return {
    send,
    cpu: () => Promise.resolve(cpuTicks(child.pid as number) * 10_000),
    lookups: () => 0,
    async close() {
      await end();
      child.kill("SIGKILL");
    },
  };
}
