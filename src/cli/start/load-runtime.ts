import { describeError } from "../../telemetry/describe-error.ts";
import { CommandFailure } from "../usage.ts";

const RUNTIMES = {
  node: async () => (await import("./node.ts")).startRuntime,
  processes: async () => (await import("./processes.ts")).startProcesses,
  workers: async () => (await import("./workers.ts")).startRuntime,
};

/** Loads the start of a runtime, or of several processes of Node. */
export async function loadRuntime(name: string) {
  try {
    return await RUNTIMES[name as keyof typeof RUNTIMES]();
  } catch (error) {
    const why = describeError(error).replaceAll(/\s+/g, " ");
    throw new CommandFailure(`the runtime ${JSON.stringify(name)} can't be loaded: ${why}`);
  }
}
