// Preloaded into a proxy: tells its memory after full collections to each connection on a socket file,
// named by WAYLEAVE_PROBE and the process id. A line with a path gets a heap snapshot there first.
import { createServer } from "node:net";
import process from "node:process";
import { setFlagsFromString, writeHeapSnapshot } from "node:v8";
import { runInNewContext } from "node:vm";
import { isMainThread } from "node:worker_threads";

// The threads of the proxy are preloaded with this too.
if (isMainThread) listen();

function listen() {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const server = createServer((socket) => {
    socket.setEncoding("utf8").on("error", () => {});
    socket.once("data", (line) => {
      const path = line.trim();
      if (path !== "") writeHeapSnapshot(path);
      for (let i = 0; i < 3; i++) collect();
      socket.end(JSON.stringify({ pid: process.pid, ...process.memoryUsage() }));
    });
  });
  server.listen(`${process.env.WAYLEAVE_PROBE}/probe.${process.pid}`).unref();
}
