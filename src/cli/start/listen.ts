import { createServer, isIP } from "node:net";
import { UsageError, wrongValue } from "../usage.ts";

export const LOOPBACK = "127.0.0.1";

/** Parses the address of `--host`. */
export function readHost(text: string): string {
  if (isIP(text) === 0) throw wrongValue("--host", "an IP address", text);
  return text;
}

/** Throws a UsageError unless the address is on loopback, since --dev trusts test keys. */
export function checkLoopback(host: string): void {
  if (host === "::1" || (isIP(host) === 4 && host.startsWith("127."))) return;
  throw new UsageError("the demo site and --dev need loopback: omit --host");
}

/** Rejects with a UsageError of one line if the port can't be used. */
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
  if (code === "EADDRNOTAVAIL")
    return `${host} is not an address of this machine; choose another with --host`;
  const why =
    code === "EADDRINUSE"
      ? "is in use"
      : code === "EACCES"
        ? "needs privileges that this user does not have"
        : `can't be used (${code})`;
  return `port ${port} ${why}; choose another with --port`;
}
