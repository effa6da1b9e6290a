// A proxy on Node whose second markdown engine never comes: loading it throws where nobody can catch it.
// Its argument is the origin server; it prints its own address, and then what it logs.
import process from "node:process";
import { handleUncaught } from "../../src/cli/start/process-life.ts";
import type { LoadTurndown } from "../../src/features/markdown/engines.ts";
import { RUNTIMES } from "./runtimes.ts";

const write = (event: string, facts: object): void =>
  console.log(JSON.stringify({ event, ...facts }));
const log = { warn: write, info: write };
const loadTurndown: LoadTurndown = () =>
  new Promise(() => {
    setTimeout(() => {
      throw new Error("thrown by a timer");
    }, 10);
    void Promise.resolve().then(() => {
      throw new Error("rejected, and nobody listens");
    });
  });

handleUncaught(log, (error) => proxy.answerStuck?.(error));
const proxy = await RUNTIMES.node({
  origin: process.argv[2] ?? "",
  rules: {
    timeouts: { connect: "1s", head: "1s" },
    rules: [{ name: "m", match: { path: "/m/*" }, markdown: { engine: "turndown" } }],
  },
  platform: { loadTurndown, log },
});
console.log(proxy.url);
