import { loadOptional } from "../../optional-packages.ts";
import { untilStopped } from "../../start/process-life.ts";
import { UsageError, type CommandContext } from "../../usage.ts";
import { isLoopbackAddress } from "../../../agent/public-address.ts";
import { startListener, type FetchHandler, type RunningEndpoint } from "./listener.ts";
import { Scanner, type ScannerOptions } from "./scan-tool.ts";

/** Audits at the same time. */
const CONCURRENT = 2;

export interface ServeOptions extends Pick<ScannerOptions, "time" | "dns" | "maxPages" | "lookup"> {
  readonly host: string;
  readonly port: number;
  /** Host names by which clients reach the endpoint. */
  readonly names: readonly string[];
  readonly version: string;
}

/**
 * Starts the MCP endpoint of the audit. Unless it listens on loopback alone, it refuses to audit
 * addresses that are not public, and needs the names by which clients reach it.
 */
export async function serveAudits(options: ServeOptions): Promise<RunningEndpoint> {
  const { host, port, names, version, ...more } = options;
  const isLocal = host === "localhost" || isLoopbackAddress(host);
  if (!isLocal && names.length === 0) {
    throw new UsageError(
      `--host ${host} lets others in: name the endpoint's host with --public-host NAME`,
    );
  }
  const { createScanEndpoint } = await loadOptional("mcp", () => import("./mcp.ts"));
  const createHandler = (allowsPrivate: boolean): FetchHandler =>
    createScanEndpoint(new Scanner({ ...more, allowsPrivate, concurrent: CONCURRENT }), version);
  return startListener({ host, port, names, createHandler });
}

/** Runs the endpoint until a signal stops it; the exit code is 0. */
export async function runEndpoint(
  options: ServeOptions,
  { env, out }: Pick<CommandContext, "env" | "out">,
): Promise<number> {
  const stopping = untilStopped(env);
  try {
    const endpoint = await serveAudits(options);
    out(`ready ${endpoint.url}\n`);
    await stopping.requested;
    await endpoint.close();
    return 0;
  } finally {
    stopping.release();
  }
}
