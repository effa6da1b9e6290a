import { createServer, isIP } from "node:net";
import { UsageError } from "../usage.ts";

export const LOOPBACK = "127.0.0.1";

/** The address of `--host`. */
export function readHost(text: string): string {
  if (isIP(text) === 0)
    throw new UsageError(`--host is an IP address, not ${JSON.stringify(text)}`);
  return text;
}

/** What trusts test keys must not be reached from outside. */
export function checkLoopback(host: string): void {
  if (host === "::1" || (isIP(host) === 4 && host.startsWith("127."))) return;
  throw new UsageError("the demo site and --dev are for loopback only: leave out --host");
}

/** Rejects with one clear line where the port is taken. */
export function checkPort(port: number, host: string): Promise<void> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => {
      fail(new UsageError(describe(error.code, port, host)));
    });
    probe.listen(port, host, () => probe.close(() => done()));
  });
}

function describe(code: string | undefined, port: number, host: string): string {
  if (code === "EADDRNOTAVAIL") return `${host} is no address of this machine; see --host`;
  const why =
    code === "EADDRINUSE"
      ? "is in use"
      : code === "EACCES"
        ? "needs rights that this user lacks"
        : `can't be used (${code})`;
  return `port ${port} ${why}; choose another with --port`;
}
